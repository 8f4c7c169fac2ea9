"""F12 over the years: which cases and routine checks an assessment is handed, and the unit each counts for in its year.

"The unit now" is read off the roster, not written into a case again: where a unit was retired, its successor answers from the
year after its last; what the unit's own years had, stays there. "The unit at the act" stays that unit.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from states.assessment import Assessment
from states.records.case import Case
from states.records.lineage import answering, predecessors
from states.records.roster import Roster
from states.records.routine_check import RoutineCheck
from states.rulebook.types import Rulebook
from states.vocabulary import Opaque

Concerning = tuple[tuple[Case, ...], tuple[RoutineCheck, ...]]
"""The cases and the routine checks of one unit."""


def concerning(
    state: Assessment, roster: Roster | None, rulebook: Rulebook, of: Callable[[str], Concerning]
) -> Concerning:
    """The cases and checks that may bear on an assessment: those `of` its unit and of the units it took over."""
    if roster is None or not roster.reorganisations:
        return of(state.unit)
    found = [of(unit) for unit in (state.unit, *predecessors(state.unit, roster))]
    cases = {case.stream: case for theirs, _ in found for case in theirs}
    checks = [check for _, theirs in found for check in theirs]
    if rulebook.settings.attribution.value == "unit_now":
        checks = [_answered_for(check, state, roster) for check in checks]
    return tuple(_answered(cases[stream], state, roster) for stream in sorted(cases)), tuple(checks)


def _answered(case: Case, state: Assessment, roster: Roster) -> Case:
    """The case with the unit that answers for it in this year as its "unit now"."""
    if case.body is None:
        return case
    units = answering(case.body.unit, case.body.unit_now, state.year, roster)
    # A split nobody decided on counts for no successor and is forgotten by none: each of them shows it as open.
    mine = state.unit if state.unit in units else units[0]
    return replace(case, body=replace(case.body, unit_now=Opaque(mine)), is_unassigned=len(units) > 1)


def _answered_for(check: RoutineCheck, state: Assessment, roster: Roster) -> RoutineCheck:
    """The check with the unit that answers for it in this year. What was to be mended in a split unit, each successor mends."""
    units = answering(check.unit, None, state.year, roster)
    return replace(check, unit=state.unit if state.unit in units else units[0])
