"""F12 after a reorganisation: which cases and routine checks an assessment gets, and which department each counts for.

The department that a case counts for now is read off the roster; the case itself is not changed. Where a department was
closed, its successor answers from the year after its last one. The department at the time of the act stays the same.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from states.assessment import Assessment
from states.records.case import Case
from states.records.lineage import answering_units, predecessors
from states.records.roster import Roster
from states.records.routine_check import RoutineCheck
from states.rulebook.types import Rulebook
from states.vocabulary import Opaque

CasesAndChecks = tuple[tuple[Case, ...], tuple[RoutineCheck, ...]]
"""The cases and the routine checks of one department."""


def cases_and_checks_for(
    state: Assessment, roster: Roster | None, rulebook: Rulebook, of: Callable[[str], CasesAndChecks]
) -> CasesAndChecks:
    """The cases and checks that may count in an assessment: those of its department and of the ones it took over.

    `of` gives the cases and checks on record for a department.
    """
    if roster is None or not roster.reorganisations:
        return of(state.unit)
    on_record = [of(unit) for unit in (state.unit, *predecessors(state.unit, roster))]
    cases = {case.stream: case for of_unit, _ in on_record for case in of_unit}
    checks = [check for _, of_unit in on_record for check in of_unit]
    if rulebook.settings.attribution.value == "unit_now":
        checks = [_reassign_check(check, state, roster) for check in checks]
    return tuple(_reassign_case(cases[stream], state, roster) for stream in sorted(cases)), tuple(checks)


def _reassign_case(case: Case, state: Assessment, roster: Roster) -> Case:
    """The case with the department that answers for it in this year as its "unit now"."""
    if case.body is None:
        return case
    units = answering_units(case.body.unit, case.body.unit_now, state.year, roster)
    # After a split a case may name no successor. Then it counts for none of them, and each shows it as open: otherwise
    # it would be forgotten.
    responsible = state.unit if state.unit in units else units[0]
    return replace(case, body=replace(case.body, unit_now=Opaque(responsible)), is_unassigned=len(units) > 1)


def _reassign_check(check: RoutineCheck, state: Assessment, roster: Roster) -> RoutineCheck:
    """The check with the department that answers for it in this year. After a split every successor answers."""
    units = answering_units(check.unit, None, state.year, roster)
    return replace(check, unit=state.unit if state.unit in units else units[0])
