"""Which paper a page is about, and whether the user may make it.

Not here: the rule itself (`states/papers/paper.py`).
"""

from __future__ import annotations

from console.web.pages.year.year import annual_assessments
from console.web.request.page_request import PageRequest
from states.assessment import Assessment
from states.papers.catalogue import PAPERS
from states.papers.paper import CLAUSE, Paper, may_make
from states.papers.template import NoOwnTemplate
from states.refusals import NotKnown, Refusal
from states.rulebook.types import Rulebook
from states.views import any_reader_may
from states.vocabulary import Text, listed


class NotYourPaper(Refusal):
    """The user has no role that makes the paper, or it says how the user's own department is judged."""

    grave = True
    zh = "不能制作“{paper}”：由{by}制作，且涉及本部门评定的，本部门人员按回避规定不得制作（{clause}）。请由其他部门的人员制作。"
    en = (
        "You cannot make “{paper}”: it is made by {by}, and nobody makes a paper that says how their own department is "
        "judged ({clause}, recusal). Ask somebody from another department."
    )


class NoSuchFile(Refusal):
    """There is no such file of a paper, or not for this user."""

    zh = "“{paper}”没有这份文件，或已重新定稿（{clause}）。请从“文书”页重新打开。"
    en = (
        "“{paper}” has no such file, or was made for good again since ({clause}). Open it again from the page of "
        "papers."
    )


def find_paper(key: str, of: str = "", ending: str = "") -> Paper:
    """The paper with this key; with `of`, only one about a year or an assessment; with `ending`, only of this kind of file.

    Raises `NotKnown`.
    """
    paper = PAPERS.get(key)
    if paper is None or of not in ("", paper.of) or ending not in ("", paper.file):
        known = listed(one.title for one in PAPERS.values() if of in ("", one.of))
        raise NotKnown(what=Text(zh="文书", en="paper"), value=key[:40], known=known, clause=CLAUSE)
    return paper


def find_word_paper(key: str) -> Paper:
    """The Word paper with this key, of which an institution may replace the template. Raises `NotKnown`, `NoOwnTemplate`."""
    paper = find_paper(key)
    if paper.file != "docx":
        raise NoOwnTemplate(paper=paper.title, clause=CLAUSE)
    return paper


def may_make_paper(request: PageRequest, paper: Paper, rulebook: Rulebook, unit: str | None = None) -> bool:
    """Whether the user may make a paper; with `unit`, the one about this department."""
    return any_reader_may(
        request.user.readers, lambda roles, own: may_make(paper, roles, own, rulebook, unit, request.roster)
    )


def may_read_of_year(request: PageRequest, paper: Paper, year: int) -> bool:
    """Whether the user may read the results that a paper of the year says."""
    return not paper.says_judgement or all(
        request.permissions.may_read_result(state) for state in annual_assessments(request, year)
    )


def require_of_year(request: PageRequest, paper: Paper, year: int) -> None:
    """Refuse a paper of the year to whom it is not for, and one with results that the user may not read yet."""
    if not may_read_of_year(request, paper, year) or not may_make_paper(request, paper, request.rulebook):
        raise _refused(paper, request.rulebook)


def require_of_unit(request: PageRequest, paper: Paper, state: Assessment) -> None:
    """Refuse a paper about an assessment to whom it is not for."""
    request.permissions.require_view("assessment", state.unit)
    rulebook = request.engine.rulebook_of(state.stream)
    if not may_make_paper(request, paper, rulebook, state.unit):
        raise _refused(paper, rulebook)


def title_of(request: PageRequest, state: Assessment) -> str:
    """The name of the department in the year, with the title of a special assessment."""
    special = request.special_title(state.stream)
    return request.roster.title(state.unit, state.year) + (f"（{special}）" if special else "")


def _refused(paper: Paper, rulebook: Rulebook) -> NotYourPaper:
    by = listed((rulebook.role_title(role) for role in paper.makers(rulebook)), Text(zh="无人", en="nobody"))
    return NotYourPaper(paper=paper.title, by=by, clause=CLAUSE)
