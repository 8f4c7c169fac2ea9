"""F12 after a reorganisation: the records of an assessment, cases and routine checks too, and who answers for each.

The roster says which department answers now. It is written into copies; what is recorded is not changed. If a
department was closed, its successor answers from the year after its last year. The department at the time of the act
never changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from states.assessment import Assessment
from states.records.case import Case
from states.records.lineage import answering_units, predecessors
from states.records.record import Record, RecordState
from states.records.roster import Roster
from states.records.routine_check import ROUTINE_CHECK, RoutineCheck
from states.rulebook.types import Rulebook
from states.vocabulary import Opaque


class RecordsOfUnit(Struct, frozen=True):
    """What is on record about one department."""

    cases: tuple[Case, ...] = ()
    checks: tuple[RoutineCheck, ...] = ()
    records: tuple[Record, ...] = ()


def split_records(states: Iterable[object]) -> RecordsOfUnit:
    """Cases, routine checks and other records apart. Other states are left out."""
    every = list(states)
    return RecordsOfUnit(
        tuple(state for state in every if isinstance(state, Case)),
        tuple(state for state in every if isinstance(state, RoutineCheck)),
        tuple(state for state in every if isinstance(state, Record)),
    )


def units_of(state: object) -> tuple[str, ...]:
    """The departments of a case, another record or a routine check; empty for any other state."""
    if isinstance(state, RecordState):
        return state.units
    return (state.unit,) if isinstance(state, RoutineCheck) else ()


def records_for(
    state: Assessment, roster: Roster | None, rulebook: Rulebook, records_of: Callable[[str], RecordsOfUnit]
) -> RecordsOfUnit:
    """What is on record that may count in an assessment: about its department and about its predecessors.

    `records_of` returns what is on record about a department.
    """
    if roster is None or not roster.reorganisations:
        return records_of(state.unit)
    on_record = [records_of(unit) for unit in (state.unit, *predecessors(state.unit, roster))]
    checks = [check for of_unit in on_record for check in of_unit.checks]
    if any(ladder.answers == "unit_now" for ladder in rulebook.ladders_over(ROUTINE_CHECK)):
        checks = [_reassign_check(check, state, roster) for check in checks]
    return RecordsOfUnit(
        tuple(_reassign((case for of_unit in on_record for case in of_unit.cases), state, roster)),
        tuple(checks),
        tuple(_reassign((record for of_unit in on_record for record in of_unit.records), state, roster)),
    )


Assigned = TypeVar("Assigned", Case, Record)


def _reassign(records: Iterable[Assigned], state: Assessment, roster: Roster) -> Iterator[Assigned]:
    """Each record once, with the department that answers for it in this year as its `unit_now`.

    It is unassigned if several departments may answer.
    """
    by_stream = {record.stream: record for record in records}
    for stream in sorted(by_stream):
        record = by_stream[stream]
        if record.body is None:
            yield record
            continue
        units = answering_units(record.body.unit, record.body.unit_now, state.year, roster)
        # After a split, the record may not say which successor answers for it. Then it counts for no successor, and the
        # result of each shows it as open: otherwise it would be forgotten.
        responsible = Opaque(state.unit if state.unit in units else units[0])
        yield replace(record, body=replace(record.body, unit_now=responsible), is_unassigned=len(units) > 1)


def _reassign_check(check: RoutineCheck, state: Assessment, roster: Roster) -> RoutineCheck:
    """The check with the department that answers for it in this year. After a split every successor answers."""
    units = answering_units(check.unit, None, state.year, roster)
    return replace(check, unit=state.unit if state.unit in units else units[0])
