"""Compares the rows of the projections with the states folded from the entries.

Each state must have its row, and there must be no other row. The time in the row at which the scheduler must act next
(`agenda`) must not be later than the deadlines require.

A ledger may be written to while it is replayed. So the rows are read first, and each row is compared when the replay
has folded the entry that the row names as its last one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from audit.chain.hash_chain import Defects
from audit.defect import make_defect
from audit.reader import Projection, Reader
from states.assessment import WITHDRAWN, Assessment
from states.deadlines import rectification
from states.deadlines.dates import LATEST_CALENDAR
from states.deadlines.reminders import next_due
from states.records.record import RecordState
from states.records.routine_check import RoutineCheck
from states.stages.circulation import Circulated
from states.stream_kinds import STREAM_KINDS, State
from states.vocabulary import Text
from storage.ledger.projection import AGENDA, assessment_row, record_row, routine_check_row

from .rule_checks import ReplayedStream, RuleChecks


class ProjectionChecks:
    """Compares the rows, which are read before the entries. A reader without rows (of a bundle) has nothing to compare.

    `size`: the number of entries before the rows were read. `owns`: only rows of these streams are compared.
    `releases_states`: free the state of a finished assessment after its comparison, or at the last entry of one that
    another process compares. `due`: the rows to compare and those of such assessments, by the entry that they name.
    """

    def __init__(self, reader: Reader, size: int, owns: Callable[[str], bool], *, releases_states: bool) -> None:
        self._size, self._owns = size, owns
        self._releases_states = releases_states
        self._rows: dict[tuple[str, str], dict[str, Any]] = {}
        self.due: defaultdict[int, list[Projection]] = defaultdict(list)
        rows = reader.projections()
        self._has_rows = rows is not None
        for table, row in rows or ():
            if owns(row["stream"]):
                self._rows[table, row["stream"]] = row
            elif table != "assessment":
                continue
            self.due[row["number"]].append((table, row))
        self._differences: dict[tuple[str, str], Text | None] = {}
        self._late_agendas: dict[str, _LateAgenda] = {}

    def compare(self, number: int, replayed: ReplayedStream) -> None:
        """Compare the rows that name entry `number` as their last one. Call it when that entry was folded.

        Only notes the differences, which `finish` reports. May free the state of the stream.
        """
        state = replayed.state
        for table, row in self.due.pop(number):
            if row["stream"] == state.stream:
                if self._owns(state.stream):
                    self._differences[table, state.stream] = _difference(row, state, number)
                    self._check_agenda(row, replayed)
                is_finished = isinstance(state, Assessment) and state.stage in _FINAL_STAGES
                if self._releases_states and table == "assessment" and is_finished:
                    replayed.release_state()

    def finish(self, rules: RuleChecks, defects: Defects, *, moving: bool) -> None:
        """Report the defects of all rows.

        `moving`: a difference may come from entries that were added after the rows were read. It is False if the head
        is wrong; then every difference is reported.
        """
        if not self._has_rows:
            return
        size = self._size if moving else None
        for stream, replayed in rules.streams.items():
            if not self._owns(stream):
                continue
            kind = STREAM_KINDS.get(replayed.stream_kind)
            table = kind.projection if kind is not None else ""
            row = self._rows.pop((table, stream), None)
            if table and not replayed.broken:
                self._finish_stream(table, replayed, row, size, rules, defects)
        for table, stream in self._rows:
            defects.append(make_defect("projection_surplus", None, stream, table=table))

    def _finish_stream(
        self,
        table: str,
        replayed: ReplayedStream,
        row: dict[str, Any] | None,
        size: int | None,
        rules: RuleChecks,
        defects: Defects,
    ) -> None:
        """Report the defects of one stream's row.

        `size`: the number of entries before the rows were read; None if every difference should be reported.
        """
        stream, number = replayed.state.stream, replayed.number
        if row is None:
            if size is None or replayed.first <= size:
                defects.append(make_defect("projection_missing", number, stream, table=table))
            return
        difference = self._differences.get((table, stream), _NOT_COMPARED)
        # If the stream has entries from after the reading of the rows, the comparison at the row's own entry counts.
        if difference is _NOT_COMPARED or (row["number"] != number and (size is None or number <= size)):
            difference = _difference(row, replayed.state, number)
        if difference is not None:
            defects.append(make_defect("projection", number, stream, table=table, columns=difference))
        elif (late := self._late_agendas.get(stream)) and not rules.may_wait_for_case(replayed, self._size):
            with_weekly = not isinstance(late.state, Assessment) or rules.sends_weekly(late.state)
            latest = late.latest_with_weekly if with_weekly else late.latest
            if latest is not None:
                defects.append(make_defect("agenda", number, stream, stored=late.stored or "—", latest=latest))

    def _check_agenda(self, row: Mapping[str, Any], replayed: ReplayedStream) -> None:
        """Note a row for which the scheduler would act later than the deadlines require, or never.

        An earlier time is no defect: a round that finds nothing to do then sets the right time.
        """
        stored = row[AGENDA] if isinstance(row.get(AGENDA), datetime) else None
        try:
            times = [_next_due(replayed, weekly=weekly) for weekly in (False, True)]
        except (ArithmeticError, LookupError, ValueError):
            return  # A state that the rules do not foresee is reported at the entry that led to it.
        latest, with_weekly = (time if time and (stored is None or stored > time) else None for time in times)
        if latest is not None or with_weekly is not None:
            self._late_agendas[replayed.state.stream] = _LateAgenda(stored, latest, with_weekly, replayed.state)


class _LateAgenda(NamedTuple):
    """A row whose stored time is too late, with the latest right time (None: by that count the stored time is right).

    `latest` counts only the reminder steps that the rulebook names, `latest_with_weekly` also the weekly ones.
    """

    stored: datetime | None
    latest: datetime | None
    latest_with_weekly: datetime | None
    state: State


_NOT_COMPARED = Text(zh="", en="")
_FINAL_STAGES = frozenset({Circulated.stage, WITHDRAWN})


def _next_due(replayed: ReplayedStream, *, weekly: bool) -> datetime | None:
    """The latest time at which the scheduler must act for a stream, whatever the working days.

    None: never, or no edition binds it.
    """
    # The working days of that time are not known here. A step before a deadline, or on it, comes latest if every day is
    # a working day, so that calendar is used. A step after a deadline may be delayed by a holiday
    # (docs/decisions/0026-the-ladder.md).
    if replayed.compiled is None:
        return None
    state, rulebook = replayed.state, replayed.compiled.rulebook
    if isinstance(state, RoutineCheck):
        return rectification.next_due(state, rulebook, LATEST_CALENDAR)
    return next_due(state, rulebook, LATEST_CALENDAR, weekly=weekly) if isinstance(state, Assessment) else None


def _difference(row: Mapping[str, Any], state: State, number: int) -> Text | None:
    """The columns in which a row differs from the row of this state; None if it does not."""
    try:
        expected = _expected_row(state, number)
    except (ArithmeticError, ValueError) as error:
        return Text(zh=str(error), en=str(error))
    differing = [(name, row.get(name), value) for name, value in expected.items() if row.get(name) != value]
    if not differing:
        return None
    return Text(
        zh="、".join(f"{name} 为 {stored}，应为 {value}" for name, stored, value in differing),
        en=", ".join(f"{name} is {stored}, should be {value}" for name, stored, value in differing),
    )


def _expected_row(state: State, number: int) -> dict[str, Any]:
    """The row that a state should have, without its agenda, which `_check_agenda` compares."""
    if isinstance(state, RecordState):
        return record_row(state, number)
    assert isinstance(state, Assessment | RoutineCheck)
    if isinstance(state, Assessment):
        row = assessment_row(state, number, None)
    else:
        row = routine_check_row(state, number, None)
    del row[AGENDA]
    return row
