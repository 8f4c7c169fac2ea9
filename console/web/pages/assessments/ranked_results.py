"""The results of a year in order, with place in the category (第三条（一） 分类考核) and change on the year before."""

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
from storage import queries
from storage.tables.projections import AssessmentRow


class RankedResult(Struct, frozen=True):
    """One assessment that has a result.

    `place` is its place in its category, by grade and then by score; equal results share a place. A special assessment
    has none (0). `change` is the difference to the department's annual score of the year before; None if there was
    none. `own_department`: the account reads it only as one of the department's own people, who see nothing of cases.
    """

    state: Assessment
    scored: Scored
    unit: str
    place: int = 0
    change: Decimal | None = None
    own_department: bool = False

    @property
    def link(self) -> str:
        return assessment_path(self.state)

    @property
    def vetoed(self) -> bool:
        """Whether a veto made the grade, or was raised since. The department's own people see only the first."""
        return (bool(self.state.vetoes) and not self.own_department) or self.scored.result.cause == "veto"


def year_results(request: PageRequest, rows: Iterable[AssessmentRow], rulebook: Rulebook) -> list[RankedResult]:
    """The results of these assessments that the account may read, the best first, special ones last.

    A withdrawn one has no result.
    """
    results = read_results(request, [row for row in rows if row.grade is not None and not row.withdrawn])
    return ranked(results, rulebook, _scores(request, {one.state.year - 1 for one in results}))


def read_results(request: PageRequest, rows: Iterable[AssessmentRow]) -> list[RankedResult]:
    """The results of these assessments that the account may read, without a place."""
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
    """The results in order, with place and change. `before` has the annual scores by year and department. Pure."""
    grades = list(rulebook.grades)

    def rank(one: RankedResult) -> tuple[int, Decimal]:
        return grades.index(one.scored.result.grade), -one.scored.result.score

    ordered = sorted(results, key=lambda one: (one.state.occasion is not None, *rank(one), one.unit))
    places: dict[tuple[str, int, Decimal], int] = {}
    counted: Counter[str] = Counter()
    complete = []
    for one in ordered:
        # A special assessment (第六条) is not compared with the annual ones.
        if one.state.occasion is not None:
            complete.append(one)
            continue
        counted[one.state.unit_kind] += 1
        place = places.setdefault((one.state.unit_kind, *rank(one)), counted[one.state.unit_kind])
        last = before.get((one.state.year - 1, one.state.unit))
        complete.append(replace(one, place=place, change=None if last is None else one.scored.result.score - last))
    return complete


def _scores(request: PageRequest, years: Iterable[int]) -> dict[tuple[int, str], Decimal]:
    """The annual scores of these years, by year and department."""
    return {
        (row.year, row.unit): Decimal(row.score) / 100
        for year in years
        for row in queries.assessments(request.database, year)
        if row.score is not None and row.occasion is None and not row.withdrawn
    }
