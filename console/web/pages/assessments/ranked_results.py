"""The results that the user may read: those of a year in order, or those of any assessments without order.

In a year, each annual result has its place in its category (第三条（一） 分类考核) and its change since the year before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from console.web.assessment_paths import assessment_path
from console.web.display.grades import cause_of_grade
from console.web.request.page_request import PageRequest
from states.assessment import Assessment
from states.rulebook.types import VETOED, Rulebook
from states.stages.scoring import Scored
from states.streams import year_stream
from states.vocabulary import Text
from storage import queries
from storage.tables.projections import AssessmentRow


class RankedResult(Struct, frozen=True):
    """One assessment that has a result.

    `unit_title` is the title of the department. `place` is the place in the category, by grade and then by score; equal
    results share a place, and a special assessment, and a result whose grade is not known yet, have the place 0.
    `change` is the difference to the department's annual score of the round before; None if there was none. `cause`:
    一票否决 or 等次受限; None without a limit. `own_department`: the user may read the result only as one of the
    department's own people, who must not see cases.
    """

    state: Assessment
    scored: Scored
    unit_title: str
    place: int = 0
    change: Decimal | None = None
    own_department: bool = False
    cause: Text | None = None

    @property
    def link(self) -> str:
        return assessment_path(self.state)

    @property
    def vetoed(self) -> bool:
        return self.cause == VETOED


def grade_titles(rulebook: Rulebook) -> dict[str, Text]:
    """The title of each grade of the department, best first; and, by an empty key, of a result without a grade."""
    ranks = rulebook.first_scale.ranks if rulebook.first_scale is not None else {}
    return {**{key: rulebook.grade_title(key) for key in ranks}, "": rulebook.grade_title(None)}


def year_results(request: PageRequest, rows: Iterable[AssessmentRow], rulebook: Rulebook) -> list[RankedResult]:
    """The results of these assessments that the user may read, the best first, special assessments last.

    A withdrawn assessment has no result. A result may have no grade yet, and one of an occasion none at all.
    """
    results = read_results(request, [row for row in rows if has_result(row)])
    back = rulebook.period.years
    return ranked(results, rulebook, _scores(request, {result.state.year - back for result in results}))


def has_result(row: AssessmentRow) -> bool:
    """Whether the assessment has a result, with a grade or at least with a score."""
    return (row.score, row.grade) != (None, None) and not row.withdrawn


def read_results(request: PageRequest, rows: Iterable[AssessmentRow]) -> list[RankedResult]:
    """The results of these assessments that the user may read, without places."""
    states = request.engine.assessments_at({row.stream: row.version for row in rows})
    return [
        _result(request, state, scored)
        for state in states
        if (scored := state.fact(Scored)) is not None and request.permissions.may_read_result(state)
    ]


def _result(request: PageRequest, state: Assessment, scored: Scored) -> RankedResult:
    rulebook = request.context(year_stream(state.year))[2].rulebook.at(state.occasion)
    sees_all = request.permissions.may_view("results", state.unit)
    cause = cause_of_grade(state, rulebook, with_findings=sees_all)
    title = request.roster.title(state.unit, state.year)
    return RankedResult(state, scored, title, own_department=not sees_all, cause=cause)


def ranked(
    results: Iterable[RankedResult], rulebook: Rulebook, before: Mapping[tuple[int, str], Decimal]
) -> list[RankedResult]:
    """The results in order, with place and change.

    `before` has the annual scores by year and department. No side effects.
    """
    ranks = rulebook.first_scale.ranks if rulebook.first_scale is not None else {}

    def rank(result: RankedResult) -> tuple[int, Decimal]:
        grade, score = result.scored.result.grade, result.scored.result.score
        return ranks.get(grade or "", len(ranks)), Decimal(0) if score is None else -score

    ordered = sorted(results, key=lambda result: (result.state.occasion is not None, *rank(result), result.unit_title))
    places: dict[tuple[str, int, Decimal], int] = {}
    counts: Counter[str] = Counter()
    with_change = []
    for result in ordered:
        # A special assessment is not compared with the annual ones, nor one whose grade is not known yet.
        if result.state.occasion is not None or (ranks and result.scored.result.grade is None):
            with_change.append(result)
            continue
        counts[result.state.unit_kind] += 1
        place = places.setdefault((result.state.unit_kind, *rank(result)), counts[result.state.unit_kind])
        last_score = before.get((result.state.year - rulebook.period.years, result.state.unit))
        score = result.scored.result.score
        change = None if last_score is None or score is None else score - last_score
        with_change.append(replace(result, place=place, change=change))
    return with_change


def _scores(request: PageRequest, years: Iterable[int]) -> dict[tuple[int, str], Decimal]:
    """The annual scores of these years, by year and department."""
    return {
        (row.year, row.unit): Decimal(row.score) / 100
        for year in years
        for row in queries.assessments(request.database, year)
        if row.score is not None and row.occasion is None and not row.withdrawn
    }
