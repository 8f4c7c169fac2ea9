"""定稿和盖章件: one paper in a year: for each department what was made for good, and the sealed copies that came back.

A year's paper has one row. Not here: how a paper is made (`console/papers/`), and the rules of papers
(`states/papers/history.py`).
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from starlette.responses import Response

from console.papers.issue import issue
from console.papers.making import history_of, stream_of_paper, values_of
from console.web import downloads
from console.web.assessment_paths import assessment_path
from console.web.forms import uploads
from console.web.forms.command_batch import BatchCommand, submit_all
from console.web.forms.refusal_status import status_of
from console.web.numbers import whole_number
from console.web.request.field_errors import InvalidForm
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from documents.inspection import ENDING_OF_MEDIA_TYPE
from states.assessment import Assessment
from states.papers.history import CLAUSE, SEALED_COPIES, MadePaper, MakePaper, ReturnPaper
from states.papers.paper import Paper
from states.refusals import Incomplete, NotThere, Refusal
from states.streams import paper_stream
from states.user_errors import UserError
from states.vocabulary import Document, Text
from storage import queries
from storage.papers import documents

from .paper_access import find_paper, may_make_paper, require_of_year

pages = Pages()

_COPY = "copy."
"""The beginning of the name of a row's field for the sealed copy."""


class IssueRow(Struct, frozen=True):
    """What the paper is about: its stream and its title; whether it can be made now, or why not; and what was made."""

    of: str
    title: str
    page: str
    draft: str
    why_not: Text | None
    made: MadePaper | None


@pages.get("/papers/{year:int}/{key}", view="papers")
def show(request: PageRequest, year: int, key: str) -> Response:
    return _page(request, year, find_paper(key))


@pages.post("/papers/{year:int}/{key}", view="papers")
def save(request: PageRequest, year: int, key: str) -> Response:
    """Make the ticked papers for good, or record the sealed copies that came with the form."""
    paper = find_paper(key)
    try:
        commands = list(
            _copies(request, paper, year) if request.form.text("_do") == "return" else _made(request, paper, year)
        )
        submit_all(request, commands, lambda row, refusal: {row: refusal})
    except Refusal as refusal:
        return _page(request, year, paper, refusal)
    return request.answer.redirect(f"/papers/{year}/{key}?done={len(commands)}")


@pages.get("/papers/{year:int}/{key}/files/{sha256}", view="papers")
def file(request: PageRequest, year: int, key: str, sha256: str) -> Response:
    """A paper that was made for good, or its sealed copy."""
    paper = find_paper(key)
    for row in _rows(request, paper, year):
        if row.made is None:
            continue
        for document, words in _files(row.made):
            if document.sha256 == sha256 and (data := documents.read(request.database, sha256)) is not None:
                name = f"{'' if paper.of == 'year' else row.title}{year}年度{paper.title.zh}{words}"
                ending = ENDING_OF_MEDIA_TYPE.get(document.media_type, "bin")
                return downloads.download_response(
                    data, document.media_type, f"{name}.{ending}", inline="open" in request.query
                )
    why = Text(zh="没有这份文件", en="there is no such file")
    raise NotThere(act=Text(zh="下载文件", en="download"), stream=sha256[:12], first=why)


def _files(made: MadePaper) -> list[tuple[Document, str]]:
    return [(made.body.paper, ""), *((copy, "（盖章件）") for copy in made.copies)]


def _made(request: PageRequest, paper: Paper, year: int) -> Iterator[BatchCommand]:
    """The commands for the ticked rows. Raises `InvalidForm` with every row whose paper cannot be made."""
    ticked = [row for row in _rows(request, paper, year) if row.of in request.form.texts("of")]
    if not ticked:
        raise Incomplete(missing=Text(zh="要定稿的文书（请勾选）", en="what to make for good (tick it)"), clause=CLAUSE)
    faults = dict[str, UserError]()
    commands = dict[str, MakePaper]()
    for of, answer in issue(request.engine, paper, [row.of for row in ticked]):
        if isinstance(answer, MakePaper):
            commands[of] = answer
        else:
            faults[of] = answer
    if faults:
        raise InvalidForm(faults)
    for of, command in commands.items():
        yield BatchCommand(of, paper_stream(paper.key), command, of)


def _copies(request: PageRequest, paper: Paper, year: int) -> Iterator[BatchCommand]:
    """The commands for the rows with a file. Raises `InvalidForm` with every file that is not accepted."""
    faults = uploads.store_files(request)
    if faults:
        raise InvalidForm(faults)
    count = 0
    for row in _rows(request, paper, year):
        for upload in uploads.uploads_of_field(request, _COPY + row.of):
            count += 1
            command = ReturnPaper(of=row.of, copy=uploads.document_of_upload(request, upload))
            yield BatchCommand(_COPY + row.of, paper_stream(paper.key), command, row.of)
    if not count:
        raise Incomplete(missing=Text(zh="盖章件（请选择文件）", en="a sealed copy (choose a file)"), clause=CLAUSE)


def _page(request: PageRequest, year: int, paper: Paper, refusal: UserError | None = None) -> Response:
    if paper.of == "year":
        require_of_year(request, paper, year)
    rows = list(_rows(request, paper, year))
    return request.answer.page(
        "paper_of_year.html",
        status_of(refusal),
        field_of=lambda path: path,
        label_of={name: Text(zh=row.title, en=row.title) for row in rows for name in (row.of, _COPY + row.of)},
        paper=paper,
        year=year,
        rows=rows,
        refusal=refusal,
        done=whole_number(request.query.get("done", "")),
        kinds=SEALED_COPIES,
    )


def _rows(request: PageRequest, paper: Paper, year: int) -> Iterator[IssueRow]:
    """What of the year the user may make the paper about, departments by their names."""
    made = history_of(request.engine, paper).made
    if paper.of == "year":
        of = stream_of_paper(year)
        title = Text(zh=f"{year} 年度", en=str(year))
        yield IssueRow(
            of,
            request.format.text(title),
            f"/years/{year}",
            f"/papers/{year}/{paper.key}.docx",
            _why_not(request, paper, of),
            made.get(of),
        )
        return
    rows = []
    for one in queries.assessments(request.database, year):
        state = request.engine.state(one.stream)
        if one.withdrawn or not isinstance(state, Assessment):
            continue
        if not may_make_paper(request, paper, request.engine.rulebook_of(one.stream), state.unit):
            continue
        rows.append(
            IssueRow(
                one.stream,
                _title(request, state),
                assessment_path(state),
                assessment_path(state, f"papers/{paper.key}.docx"),
                _why_not(request, paper, one.stream),
                made.get(one.stream),
            )
        )
    yield from sorted(rows, key=lambda row: row.title)


def _title(request: PageRequest, state: Assessment) -> str:
    special = request.special_title(state.stream)
    return request.roster.title(state.unit, state.year) + (f"（{special}）" if special else "")


def _why_not(request: PageRequest, paper: Paper, of: str) -> Text | None:
    try:
        values_of(request.engine, paper, of)
    except UserError as reason:
        return reason.text
    return None
