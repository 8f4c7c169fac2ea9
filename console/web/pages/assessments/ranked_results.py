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
from console.web.request.page_request import PageRequest
from states.assessment import Assessment
from states.rulebook.types import Rulebook
from states.stages.scoring import Scored
from states.vocabulary import Text
from storage import queries
from storage.tables.projections import AssessmentRow


class RankedResult(Struct, frozen=True):
    """One assessment that has a result.

    `unit_title` is the title of the department. `place` is the place in the category, by grade and then by score; equal
    results share a place, and a special assessment has the place 0. `change` is the difference to the department's
    annual score of the year before; None if there was none. `own_department`: the user may read the result only as one
    of the department's own people, who must not see cases.
    """

    state: Assessment
    scored: Scored
    unit_title: str
    place: int = 0
    change: Decimal | None = None
    own_department: bool = False

    @property
    def link(self) -> str:
        return assessment_path(self.state)

    @property
    def vetoed(self) -> bool:
        """Whether a veto decided the grade, or exists now. The department's own people do not learn of the second."""
        return (bool(self.state.vetoes) and not self.own_department) or bool(self.scored.result.limits)


def grade_titles(rulebook: Rulebook) -> dict[str, Text]:
    """The title of each grade of the department, best first; and, by an empty key, of a result without a grade."""
    ranks = rulebook.first_scale.ranks if rulebook.first_scale is not None else {}
    return {**{key: rulebook.grade_title(key) for key in ranks}, "": rulebook.grade_title(None)}


def year_results(request: PageRequest, rows: Iterable[AssessmentRow], rulebook: Rulebook) -> list[RankedResult]:
    """The results of these assessments that the user may read, the best first, special assessments last.

    A withdrawn assessment has no result.
    """
    results = read_results(request, [row for row in rows if row.grade is not None and not row.withdrawn])
    return ranked(results, rulebook, _scores(request, {result.state.year - 1 for result in results}))


def read_results(request: PageRequest, rows: Iterable[AssessmentRow]) -> list[RankedResult]:
    """The results of these assessments that the user may read, without places."""
    states = request.engine.assessments_at({row.stream: row.version for row in rows})
    return [
        RankedResult(
            state,
            scored,
            request.roster.title(state.unit, state.year),
            own_department=not request.permissions.may_view("results", state.unit),
        )
        for state in states
        if (scored := state.fact(Scored)) is not None and request.permissions.may_read_result(state)
    ]


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
    ranked_results = []
    for result in ordered:
        # A special assessment (第六条) is not compared with the annual ones.
        if result.state.occasion is not None:
            ranked_results.append(result)
            continue
        counts[result.state.unit_kind] += 1
        place = places.setdefault((result.state.unit_kind, *rank(result)), counts[result.state.unit_kind])
        last_score, score = before.get((result.state.year - 1, result.state.unit)), result.scored.result.score
        change = None if last_score is None or score is None else score - last_score
        ranked_results.append(replace(result, place=place, change=change))
    return ranked_results


def _scores(request: PageRequest, years: Iterable[int]) -> dict[tuple[int, str], Decimal]:
    """The annual scores of these years, by year and department."""
    return {
        (row.year, row.unit): Decimal(row.score) / 100
        for year in years
        for row in queries.assessments(request.database, year)
        if row.score is not None and row.occasion is None and not row.withdrawn
    }
