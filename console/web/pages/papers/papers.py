"""文书: the papers of a year, to make and save as Word files; all of one kind as one file; and those of one assessment.

A paper says what the ledger has at that moment. Nothing is recorded. Not here: what is in a paper (`workflow/papers/`),
and their templates (`paper_template.py`).
"""

from __future__ import annotations

from io import BytesIO
from zipfile import ZipFile

from msgspec import Struct
from starlette.responses import Response

from console.papers.making import make_paper, stream_of_paper, values_of
from console.web import downloads
from console.web.assessment_paths import assessment_path
from console.web.forms.refusal_status import status_of
from console.web.pages.year.year import annual_assessments
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from documents.kinds import KINDS
from documents.packing import pack
from states.assessment import Assessment
from states.papers.catalogue import PAPERS
from states.papers.paper import Paper, may_make
from states.refusals import NotKnown, Refusal
from states.rulebook.types import Rulebook
from states.user_errors import UserError
from states.views import any_reader_may
from states.vocabulary import Text, listed
from storage import queries
from workflow.assessments import stream_of

pages = Pages()

CLAUSE = Text(zh="本系统·文书", en="our rule for papers")
_PAPER = Text(zh="文书", en="paper")


class NotYourPaper(Refusal):
    """The user has no role that makes the paper, or it says how the user's own department is judged."""

    grave = True
    zh = "不能制作“{paper}”：由{by}制作，且涉及本部门评定的，本部门人员按回避规定不得制作（{clause}）。请由其他部门的人员制作。"
    en = (
        "You cannot make “{paper}”: it is made by {by}, and nobody makes a paper that says how their own department is "
        "judged ({clause}, recusal). Ask somebody from another department."
    )


class PaperRow(Struct, frozen=True):
    """One paper that the user may make: the titles of its stages, of its makers, and the paths of its files.

    `each`: of a paper about a department, the path of one file with that of every department.
    """

    paper: Paper
    stages: tuple[Text, ...]
    makers: Text
    path: str
    each: str


@pages.get("/papers", view="papers")
def show_latest(request: PageRequest) -> Response:
    return _page(request, next(iter(queries.years(request.database)), request.today.year))


@pages.get("/papers/{year:int}", view="papers")
def show(request: PageRequest, year: int) -> Response:
    return _page(request, year)


@pages.get("/papers/{year:int}/{key}.docx", view="papers")
def make_of_year(request: PageRequest, year: int, key: str) -> Response:
    """A paper about the year."""
    try:
        paper = _paper(key, "year")
        _require_of_year(request, paper, year)
        return _download(make_paper(request.engine, paper, stream_of_paper(year)), f"{year}年度{paper.title.zh}.docx")
    except UserError as refusal:
        return _page(request, year, refusal)


@pages.get("/papers/{year:int}/{key}.zip", view="papers")
def make_each(request: PageRequest, year: int, key: str) -> Response:
    """A paper for every department of the year, in one file. Departments without it are listed in a text beside them."""
    try:
        paper = _paper(key, "assessment")
        files, left = dict[str, bytes](), list[str]()
        for state in annual_assessments(request, year):
            unit = request.roster.title(state.unit, year)
            try:
                _require_of_unit(request, paper, state)
                files[f"{unit}-{paper.title.zh}.docx"] = make_paper(request.engine, paper, state.stream)
            except UserError as refusal:
                left.append(f"{unit}：{refusal.render('zh')}")
        if left or not files:
            files["未制作.txt"] = "\r\n".join(left).encode("utf-8-sig")
        return downloads.download_response(_packed(files), "application/zip", f"{year}年度{paper.title.zh}.zip")
    except UserError as refusal:
        return _page(request, year, refusal)


@pages.get("/assessments/{year:int}/{unit}/papers/{key}.docx", view="assessment")
def make_of_unit(request: PageRequest, year: int, unit: str, key: str) -> Response:
    """A paper about one assessment: the annual one, or a special one (`?occasion=`)."""
    occasion = request.query.get("occasion") or None
    try:
        paper = _paper(key, "assessment")
        state = request.engine.state(stream_of(year, unit, occasion))
        if isinstance(state, Assessment):
            _require_of_unit(request, paper, state)
        data = make_paper(request.engine, paper, stream_of_paper(year, unit, occasion))
        return _download(data, f"{request.roster.title(unit, year)}{year}年度{paper.title.zh}.docx")
    except UserError as refusal:
        return _page(request, year, refusal)


def papers_of(request: PageRequest, state: Assessment, rulebook: Rulebook) -> list[tuple[Paper, str]]:
    """The papers about an assessment that the user may make and that can be made now, each with the path of its file."""
    papers = (paper for paper in PAPERS.values() if paper.of == "assessment")
    return [
        (paper, assessment_path(state, f"papers/{paper.key}.docx"))
        for paper in papers
        if _may_make(request, paper, rulebook, state.unit) and _is_possible(request, paper, state)
    ]


def _is_possible(request: PageRequest, paper: Paper, state: Assessment) -> bool:
    try:
        values_of(request.engine, paper, state.stream)
    except UserError:
        return False
    return True


def _page(request: PageRequest, year: int, refusal: UserError | None = None) -> Response:
    rulebook = request.rulebook
    return request.answer.page(
        "papers.html",
        status_of(refusal),
        year=year,
        years=queries.years(request.database),
        rows=[_row(paper, year, rulebook) for paper in PAPERS.values() if _may_make(request, paper, rulebook, None)],
        refusal=refusal,
    )


def _row(paper: Paper, year: int, rulebook: Rulebook) -> PaperRow:
    stages = tuple(rulebook.stages[kind].title.text for kind in paper.stages if kind in rulebook.stages)
    makers = listed(rulebook.role_title(role) for role in paper.makers(rulebook))
    path = f"/papers/{year}/{paper.key}"
    is_of_year = paper.of == "year"
    return PaperRow(paper, stages, makers, f"{path}.docx" if is_of_year else "", "" if is_of_year else f"{path}.zip")


def _paper(key: str, of: str) -> Paper:
    paper = PAPERS.get(key)
    if paper is None or paper.of != of:
        known = listed(one.title for one in PAPERS.values() if one.of == of)
        raise NotKnown(what=_PAPER, value=key[:40], known=known, clause=CLAUSE)
    return paper


def _may_make(request: PageRequest, paper: Paper, rulebook: Rulebook, unit: str | None) -> bool:
    return any_reader_may(
        request.user.readers, lambda roles, own: may_make(paper, roles, own, rulebook, unit, request.roster)
    )


def _require_of_year(request: PageRequest, paper: Paper, year: int) -> None:
    """Refuse a paper of the year to whom it is not for, and one with results that the user may not read yet."""
    reads_all = not paper.says_judgement or all(
        request.permissions.may_read_result(state) for state in annual_assessments(request, year)
    )
    if not reads_all or not _may_make(request, paper, request.rulebook, None):
        raise _refused(paper, request.rulebook)


def _require_of_unit(request: PageRequest, paper: Paper, state: Assessment) -> None:
    request.permissions.require_view("assessment", state.unit)
    rulebook = request.engine.rulebook_of(state.stream)
    if not _may_make(request, paper, rulebook, state.unit):
        raise _refused(paper, rulebook)


def _refused(paper: Paper, rulebook: Rulebook) -> NotYourPaper:
    by = listed((rulebook.role_title(role) for role in paper.makers(rulebook)), Text(zh="无人", en="nobody"))
    return NotYourPaper(paper=paper.title, by=by, clause=CLAUSE)


def _download(data: bytes, name: str) -> Response:
    return downloads.download_response(data, KINDS["docx"].media_type, name)


def _packed(files: dict[str, bytes]) -> bytes:
    """The files in one. The same files give the same bytes."""
    made = BytesIO()
    with ZipFile(made, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return pack(made.getvalue())
