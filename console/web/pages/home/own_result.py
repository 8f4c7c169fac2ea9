"""我的结果: what the circulated assessments say of the member of a team to whom the user's account belongs.

Each result with its grade, its score and its explanation; never that of another member, and nothing of how the
department is judged beyond what the department reads (docs/decisions/0051). Not here: the results of departments.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from msgspec import Struct
from starlette.responses import Response

from console.web.display.grades import SubjectGrade, subject_grades
from console.web.display.terms import terms_of
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states.assessment import Assessment
from states.explanation import explain_member
from states.rulebook.sentences.explained_lines import ExplainedLine
from states.stages.circulation import Circulated
from states.views import may_read_own_result
from storage import queries

pages = Pages()


class OwnResult(Struct, frozen=True):
    """What one assessment says of the member: the grades, and the lines that explain them.

    `unit_title` is the department in that year. `document` is the notice that announced the result, on
    `circulated_on`.
    """

    state: Assessment
    unit_title: str
    document: str
    circulated_on: date
    grades: list[SubjectGrade]
    lines: list[ExplainedLine]


@pages.get("/my-result", view="own_result")
def show(request: PageRequest) -> Response:
    return request.answer.page("own_result.html", results=list(_own_results(request)))


def _own_results(request: PageRequest) -> Iterator[OwnResult]:
    """The results of the member, the last year first."""
    # All departments, because the member may have been in another team in an earlier year.
    person = request.user.account.person
    for year in queries.years(request.database):
        for state in request.engine.assessments_at(queries.active_assessments(request.database, year)):
            if person is not None and may_read_own_result(state, person):
                yield _own_result(request, state, person)


def _own_result(request: PageRequest, state: Assessment, person: str) -> OwnResult:
    rulebook = request.context(state.stream)[2].rulebook
    notice = state.fact(Circulated)
    assert notice is not None, "the result is circulated"
    every = subject_grades(state, terms_of(request, state, rulebook), with_members=True)
    return OwnResult(
        state=state,
        unit_title=request.roster.title(state.unit, state.year),
        document=notice.document,
        circulated_on=notice.circulated_on,
        grades=[one for one in every if one.id.partition("@")[2] == person],
        lines=explain_member(state, person, rulebook),
    )
