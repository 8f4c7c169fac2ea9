"""文书: the papers of a year, to make and save; those of one kind for every department as one file; those of one assessment.

A paper says what the ledger has at that moment. Nothing is recorded. Not here: what is in a paper (`workflow/papers/`),
and their templates (`paper_template.py`).
"""

from __future__ import annotations

from collections import Counter
from io import BytesIO
from zipfile import ZipFile

from msgspec import Struct
from starlette.responses import Response

from console.papers.archive import archive_files, size_of
from console.papers.file_names import safe_name
from console.papers.making import make_paper, papers_of_year, stream_of_paper, why_not_possible
from console.papers.sheets.source import PaperMaker
from console.web import downloads, recusal
from console.web.assessment_paths import assessment_path
from console.web.forms.refusal_status import status_of
from console.web.pages.ledger.exports import TooLargeForPage
from console.web.pages.year.year import annual_assessments
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from documents.kinds import KINDS
from documents.packing import pack
from states.assessment import Assessment
from states.papers.catalogue import PAPERS
from states.papers.paper import Paper
from states.records.lineage import is_recused
from states.refusals import Refusal
from states.rulebook.types import Rulebook
from states.user_errors import UserError
from states.vocabulary import Text, listed
from storage import queries
from workflow.assessments import stream_of
from workflow.papers.archive import ArchivePiece
from workflow.papers.sources import present_sources

from .paper_access import find_paper, may_make_paper, may_read_of_year, require_of_unit, require_of_year, title_of

pages = Pages()

MAX_ARCHIVE_SIZE = 200 * 2**20
"""The size of a folder for the archive that a page makes, at most, in bytes: it is in memory as a whole."""


_MOST_OF_UNIT = 50
"""The most characters of a department's name in the name of a file."""


class PaperRow(Struct, frozen=True):
    """One paper that the user may make: the titles of its stages and of its makers.

    `made`: how many were made for good in the year; `returned`: of how many the sealed copy came back.
    """

    paper: Paper
    stages: tuple[Text, ...]
    makers: Text
    made: int
    returned: int


@pages.get("/papers", view="papers")
def show_latest(request: PageRequest) -> Response:
    return _page(request, next(iter(queries.years(request.database)), request.today.year))


@pages.get("/papers/{year:int}", view="papers")
def show(request: PageRequest, year: int) -> Response:
    return _page(request, year)


@pages.get("/papers/{year:int}/archive.zip", view="papers", reauthenticates=True)
def make_archive(request: PageRequest, year: int) -> Response:
    """The folder for the archive as one file, without what says how the user's own department was judged."""
    paper = find_paper("archive-list")
    try:
        require_of_year(request, paper, year)
        if size_of(request.engine, year) > MAX_ARCHIVE_SIZE:
            raise TooLargeForPage(
                what=Text(zh="归档文件", en="the folder for the archive"), command=f"kaohe papers archive {year} DIR"
            )
        name = f"{year}年度考核归档文件.zip"
        files = archive_files(
            request.engine,
            year,
            fonds=request.query.get("fonds", "")[:20],
            office=request.query.get("office", "")[:20],
            may_have=lambda piece: _may_have(request, piece),
            with_ledger=_may_have_ledger(request),
        )
        data = _packed(dict(files))
        request.log_security("exported", detail=name)
        return downloads.download_response(data, "application/zip", name)
    except UserError as refusal:
        return _page(request, year, refusal)


def _may_have(request: PageRequest, piece: ArchivePiece) -> bool:
    """Whether the user may have a piece: not if it says how the own department was judged, or what the user may not see."""
    paper = PAPERS.get(piece.paper)
    if paper is None:
        return True  # documents of a step: no entry that is hidden from a department has any (`display/entries.py`)
    if piece.unit:
        may_see = not paper.view or request.permissions.may_view(paper.view, piece.unit)
        return may_see and not (
            paper.says_judgement and any(is_recused(own, piece.unit, request.roster) for own in request.user.units)
        )
    return may_read_of_year(request, paper, piece.year)


def _may_have_ledger(request: PageRequest) -> bool:
    """Whether the user may export the whole ledger, as on the page for auditors."""
    if not request.permissions.may_view("audit"):
        return False
    try:
        recusal.require_read(request)
    except Refusal:
        return False
    return True


@pages.get("/papers/{year:int}/{key}.zip", view="papers")
def make_each(request: PageRequest, year: int, key: str) -> Response:
    """A paper for every department of the year, in one file. Departments without it are listed in a text beside them."""
    try:
        paper = find_paper(key, "assessment")
        files, left = dict[str, bytes](), list[str]()
        states = annual_assessments(request, year)
        names = _names_of_files([(state.unit, request.roster.title(state.unit, year)) for state in states])
        for state in states:
            unit = request.roster.title(state.unit, year)
            try:
                require_of_unit(request, paper, state)
                files[f"{names[state.unit]}-{paper.title.zh}.{paper.file}"] = _make(request, paper, state.stream)
            except UserError as refusal:
                left.append(f"{unit}：{refusal.render('zh')}")
        if left or not files:
            files["未制作.txt"] = "\r\n".join(left).encode("utf-8-sig")
        name = f"{year}年度{paper.title.zh}.zip"
        request.log_security("exported", detail=name)
        return downloads.download_response(_packed(files), "application/zip", name)
    except UserError as refusal:
        return _page(request, year, refusal)


def _names_of_files(titles: list[tuple[str, str]]) -> dict[str, str]:
    """By department, what the name of its file begins with: its title, and its id if others have the same."""
    safe = {unit: safe_name(title, _MOST_OF_UNIT) for unit, title in titles}
    # Windows and macOS do not tell capital and small letters apart.
    counts = Counter(name.casefold() for name in safe.values())
    return {unit: name if counts[name.casefold()] == 1 else f"{name}（{unit}）" for unit, name in safe.items()}


@pages.get("/papers/{year:int}/cases.xlsx", view="cases", reauthenticates=True)
def make_cases(request: PageRequest, year: int) -> Response:
    """The cases of the year, for those who may see the page of cases, and as recently signed in as there."""
    return make_of_year(request, year, "cases", "xlsx")


@pages.get("/papers/{year:int}/{key}.{ending}", view="papers")
def make_of_year(request: PageRequest, year: int, key: str, ending: str) -> Response:
    """A paper about the year."""
    try:
        paper = find_paper(key, "year", ending)
        require_of_year(request, paper, year)
        return _download(request, paper, _make(request, paper, stream_of_paper(year)), str(year))
    except UserError as refusal:
        return _page(request, year, refusal)


@pages.get("/assessments/{year:int}/{unit}/papers/{key}.{ending}", view="assessment")
def make_of_unit(request: PageRequest, year: int, unit: str, key: str, ending: str) -> Response:
    """A paper about one assessment: the annual one, or a special one (`?occasion=`)."""
    occasion = request.query.get("occasion") or None
    try:
        paper = find_paper(key, "assessment", ending)
        state = request.engine.state(stream_of(year, unit, occasion))
        assert isinstance(state, Assessment)
        require_of_unit(request, paper, state)
        data = _make(request, paper, stream_of_paper(year, unit, occasion))
        return _download(request, paper, data, f"{title_of(request, state)}{year}")
    except UserError as refusal:
        return _page(request, year, refusal)


def papers_of(
    request: PageRequest, state: Assessment, rulebook: Rulebook, stage: str | None = None
) -> list[tuple[Paper, str]]:
    """The papers about an assessment that the user may make and that can be made now, each with the path of its file.

    `stage`: only those of this kind of stage.
    """
    papers = (one for one in PAPERS.values() if one.of == "assessment" and (stage is None or stage in one.stages))
    sources = present_sources(request.engine)
    return [
        (paper, assessment_path(state, f"papers/{paper.key}.{paper.file}"))
        for paper in papers
        if may_make_paper(request, paper, rulebook, state.unit)
        and why_not_possible(sources, paper, state.stream) is None
    ]


def _page(request: PageRequest, year: int, refusal: UserError | None = None) -> Response:
    rulebook = request.rulebook
    return request.answer.page(
        "papers.html",
        status_of(refusal),
        year=year,
        years=queries.years(request.database),
        rows=[_row(request, one, year) for one in PAPERS.values() if may_make_paper(request, one, rulebook)],
        refusal=refusal,
        may_archive=may_make_paper(request, find_paper("archive-list"), rulebook),
    )


def _row(request: PageRequest, paper: Paper, year: int) -> PaperRow:
    rulebook = request.rulebook
    stages = tuple(rulebook.stages[kind].title.text for kind in paper.stages if kind in rulebook.stages)
    makers = listed(rulebook.role_title(role) for role in paper.makers(rulebook))
    made = papers_of_year(request.engine, paper, year).made.values()
    return PaperRow(paper, stages, makers, len(made), sum(bool(one.copies) for one in made))


def _make(request: PageRequest, paper: Paper, of: str) -> bytes:
    maker = PaperMaker(request.user.id, request.permissions.may_view)
    return make_paper(request.engine, paper, of, maker=maker)


def _download(request: PageRequest, paper: Paper, data: bytes, of: str) -> Response:
    """The file. `of`: of which department and year it is. The log says who saved it, because it may have names."""
    name = f"{of}年度{paper.title.zh}.{paper.file}"
    request.log_security("exported", detail=name)
    return downloads.download_response(data, KINDS[paper.file].media_type, name)


def _packed(files: dict[str, bytes]) -> bytes:
    """The files in one. The same files give the same bytes."""
    made = BytesIO()
    with ZipFile(made, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return pack(made.getvalue())
