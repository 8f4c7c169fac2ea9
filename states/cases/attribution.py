"""F12 after a reorganisation: the cases and routine checks of an assessment, and the department that answers for each.

The roster says which department answers now. It is written into copies; the recorded case is not changed. If a
department was closed, its successor answers from the year after its last year. The department at the time of the act
never changes.
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
    state: Assessment, roster: Roster | None, rulebook: Rulebook, records_of: Callable[[str], CasesAndChecks]
) -> CasesAndChecks:
    """The cases and checks that may count in an assessment: those of its department and of its predecessors.

    `records_of` returns the cases and checks on record for a department.
    """
    if roster is None or not roster.reorganisations:
        return records_of(state.unit)
    on_record = [records_of(unit) for unit in (state.unit, *predecessors(state.unit, roster))]
    cases = {case.stream: case for unit_cases, _ in on_record for case in unit_cases}
    checks = [check for _, unit_checks in on_record for check in unit_checks]
    if rulebook.readings["attribution"].value == "unit_now":
        checks = [_reassign_check(check, state, roster) for check in checks]
    return tuple(_reassign_case(cases[stream], state, roster) for stream in sorted(cases)), tuple(checks)


def _reassign_case(case: Case, state: Assessment, roster: Roster) -> Case:
    """The case with the department that answers for it in this year as its `unit_now`.

    It is unassigned if several departments may answer.
    """
    if case.body is None:
        return case
    units = answering_units(case.body.unit, case.body.unit_now, state.year, roster)
    # After a split, the case may not say which successor answers for it. Then it counts for no successor, and the
    # result of each shows it as open: otherwise it would be forgotten.
    responsible = state.unit if state.unit in units else units[0]
    return replace(case, body=replace(case.body, unit_now=Opaque(responsible)), is_unassigned=len(units) > 1)


def _reassign_check(check: RoutineCheck, state: Assessment, roster: Roster) -> RoutineCheck:
    """The check with the department that answers for it in this year. After a split every successor answers."""
    units = answering_units(check.unit, None, state.year, roster)
    return replace(check, unit=state.unit if state.unit in units else units[0])
