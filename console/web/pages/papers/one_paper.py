"""定稿和盖章件: one paper in a year: for each department what was made for good, and the sealed copies that came back.

A year's paper has one row. Not here: how a paper is made (`console/papers/`), and the rules of papers
(`states/papers/issue.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct
from starlette.responses import Response

from console.papers.file_names import safe_name
from console.papers.issue import issue, store_file
from console.papers.making import papers_of_year, stream_of_paper, why_not_possible
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
from states.papers.issue import SEALED_COPIES, MadePaper, MakePaper, ReturnPaper
from states.papers.paper import CLAUSE, Paper
from states.refusals import Incomplete, Refusal, combine_faults
from states.streams import Stream, paper_stream
from states.titles import same_text
from states.user_errors import UserError
from states.vocabulary import Document, Text
from storage import queries
from storage.papers import documents
from workflow.papers.sources import present_sources

from .paper_access import NoSuchFile, find_paper, may_make_paper, require_of_year, title_of

pages = Pages()

_COPIES = "copies"
"""The field for sealed copies."""
_DIGITS = 16
"""How many digits of a digest tell files apart."""


class IssueRow(Struct, frozen=True):
    """What the paper is about: its stream, its title and its page.

    `file_path`: that of the file as it is now; `why_not`: why it cannot be made now. `made`: what was made for good.
    """

    of: str
    title: str
    page_path: str
    file_path: str
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
        count = _return(request, paper, year) if request.form.text("_do") == "return" else _issue(request, paper, year)
    except UserError as refusal:
        return _page(request, year, paper, refusal)
    return request.answer.redirect(f"/papers/{year}/{key}?done={count}")


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
    raise NoSuchFile(paper=paper.title, clause=CLAUSE)


def _files(made: MadePaper) -> list[tuple[Document, str]]:
    files = [(made.body.paper, ""), *((copy, "（盖章件）") for copy in made.copies)]
    return [*files, *(file for earlier in made.earlier for file in _files(earlier))]


def _issue(request: PageRequest, paper: Paper, year: int) -> int:
    """Make the ticked papers for good. Raises `InvalidForm` with every row whose paper cannot be made; then none is."""
    ticked = [row for row in _rows(request, paper, year) if row.of in request.form.texts("of")]
    if not ticked:
        raise Incomplete(missing=Text(zh="要定稿的文书（请勾选）", en="what to make for good (tick it)"), clause=CLAUSE)
    faults, commands = dict[str, UserError](), list[BatchCommand]()
    for of, answer in issue(request.engine, paper, [row.of for row in ticked]):
        if isinstance(answer, MakePaper):
            commands.append(BatchCommand(of, paper_stream(year, paper.key), answer, _key(of, answer.paper)))
        else:
            faults[of] = answer
    if faults:
        raise InvalidForm(faults)
    submit_all(request, commands, lambda row, refusal: {row: refusal})
    return len(commands)


def _return(request: PageRequest, paper: Paper, year: int) -> int:
    """Record the sealed copies, each for the row that its name says. One that is refused does not stop the others.

    Raises `InvalidForm` with every file that was not recorded, and why.
    """
    files = request.form.files(_COPIES)
    if not files:
        raise Incomplete(
            missing=Text(zh="盖章件（请选择文件）", en="the sealed copies (choose the files)"), clause=CLAUSE
        )
    rows = list(_rows(request, paper, year))
    titles = [request.roster.title(unit, year) for unit in request.roster.units]
    refusals = list[Refusal]()
    for file in files:
        try:
            row = rows[0] if paper.of == "year" else row_of_file(file.filename or "", rows, titles, year)
            accepted = uploads.inspect(request, file)
            copy = store_file(request.engine, accepted.data, accepted.media_type)
            returned = ReturnPaper(of=row.of, copy=copy)
            command = BatchCommand(_COPIES, paper_stream(year, paper.key), returned, _key(row.of, copy))
            submit_all(request, [command], lambda _row, refusal: {_COPIES: refusal})
        except InvalidForm as form:
            refusals += [NotRecorded(name=file.filename, why=why.text) for why in form.errors.values()]
        except Refusal as refusal:
            refusals.append(NotRecorded(name=file.filename, why=refusal.text))
    if refusals:
        raise InvalidForm({_COPIES: refusals[0] if len(refusals) == 1 else combine_faults(refusals, clause=CLAUSE)})
    return len(files)


def _key(of: str, file: Document) -> str:
    """What tells a command from another one of the same form: the browser goes back to a form, and other files are chosen."""
    return f"{of}/{file.sha256[:_DIGITS]}"


def row_of_file(name: str, rows: list[IssueRow], titles: Iterable[str], year: int) -> IssueRow:
    """The row whose title the name of a file has, of those made for good. Raises `NoRowOfFile`.

    `titles`: those of all departments. A title with the year after it, as the program itself names a paper, counts
    before others, because titles may end in digits: 系1 in 2026 and 系12. Of several titles within another, the longest
    counts. A title is compared as browsers and the archive write it, without a slash. Of departments with the same
    title, the id says which.
    """
    name = safe_name(name, len(name))
    row_titles = [safe_name(row.title) for row in rows]
    named = {title for title in (*map(safe_name, titles), *row_titles) if title and title in name}
    named = {title for title in named if f"{title}{year}年度" in name} or named
    longest = {title for title in named if not any(title in other for other in named if other != title)}
    rows = [row for row, title in zip(rows, row_titles, strict=True) if title in longest]
    if len(rows) > 1:
        rows = [row for row in rows if f"（{Stream.parse(row.of).unit}）" in name]
    if len(longest) != 1 or len(rows) != 1 or rows[0].made is None:
        raise NoRowOfFile(clause=CLAUSE)
    return rows[0]


class NoRowOfFile(Refusal):
    """The name of a sealed copy has the name of no department, or of several, whose paper was made for good."""

    zh = "文件名中没有已定稿的部门名称，或有几个部门名称（{clause}）。请把文件名改成“部门名称”开头（同名的部门，其后加编号，如“（u-1）”）后再登记。"
    en = (
        "its name has the name of no department with a paper made for good, or of several ({clause}). Let the name "
        "begin with the department's name, followed by its id if others have the same name, as in “（u-1）”, and record "
        "it again."
    )


class NotRecorded(Refusal):
    """A sealed copy was not recorded. It does not stop the others."""

    zh = "“{name}”未登记：{why}"
    en = "“{name}” was not recorded: {why}"


def _page(request: PageRequest, year: int, paper: Paper, refusal: UserError | None = None) -> Response:
    rows = list(_rows(request, paper, year))
    return request.answer.page(
        "paper_of_year.html",
        status_of(refusal),
        field_of=lambda path: path,
        label_of={_COPIES: Text(zh="盖章件", en="sealed copies"), **{row.of: same_text(row.title) for row in rows}},
        paper=paper,
        year=year,
        rows=rows,
        refusal=refusal,
        done=whole_number(request.query.get("done", "")),
        kinds=SEALED_COPIES,
    )


def _rows(request: PageRequest, paper: Paper, year: int) -> Iterator[IssueRow]:
    """What of the year the user may make the paper about, departments by their names.

    Raises `NotYourPaper` for a paper about the year.
    """
    made, sources = papers_of_year(request.engine, paper, year).made, present_sources(request.engine)
    if paper.of == "year":
        require_of_year(request, paper, year)
        of = stream_of_paper(year)
        title = Text(zh=f"{year} 年度", en=str(year))
        yield IssueRow(
            of,
            request.format.text(title),
            f"/years/{year}",
            f"/papers/{year}/{paper.key}.{paper.file}",
            why_not_possible(sources, paper, of),
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
                title_of(request, state),
                assessment_path(state),
                assessment_path(state, f"papers/{paper.key}.{paper.file}"),
                why_not_possible(sources, paper, one.stream),
                made.get(one.stream),
            )
        )
    yield from sorted(rows, key=lambda row: row.title)
