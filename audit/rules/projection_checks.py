"""The projections compared with the states folded from the entries: every row the ledger makes is there, and no other.

A ledger may be written to while it is replayed. The rows are therefore read first, and each is compared when the fold has reached the
very entry the row says it was made from.
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
from states.records.case import Case
from states.records.routine_check import RoutineCheck
from states.stages.circulation import Circulated
from states.stream_kinds import STREAM_KINDS, State
from states.vocabulary import Text
from storage.ledger.projection import AGENDA, assessment_row, case_row, routine_check_row

from .rule_checks import ReplayedStream, RuleChecks


class ProjectionChecks:
    """The rows as they were before the ledger was read, each compared when the fold reaches its `number`.

    The ledger then had at least `upto` entries. Only rows of streams that this pass `owns` are compared. `releases_states` frees the
    state of a finished assessment once it was compared. A reader without rows (of a bundle) has nothing to compare.
    """

    def __init__(self, reader: Reader, upto: int, owns: Callable[[str], bool], *, releases_states: bool) -> None:
        self._upto = upto
        self._releases_states = releases_states
        self._rows: dict[tuple[str, str], dict[str, Any]] = {}
        self.due: defaultdict[int, list[Projection]] = defaultdict(list)
        rows = reader.projections()
        self._has_rows = rows is not None
        for table, row in rows or ():
            if not owns(row["stream"]):
                continue
            self._rows[table, row["stream"]] = row
            self.due[row["number"]].append((table, row))
        self._differ: dict[tuple[str, str], Text | None] = {}
        self._put_off: dict[str, _PutOff] = {}

    def compare(self, number: int, replayed: ReplayedStream) -> None:
        """The fold has reached entry `number`: compare the rows that say they were made from it."""
        state = replayed.state
        for table, row in self.due.pop(number):
            if row["stream"] == state.stream:
                self._differ[table, state.stream] = _difference(row, state, number)
                self._look_ahead(row, replayed)
                if (
                    self._releases_states
                    and table == "assessment"
                    and isinstance(state, Assessment)
                    and state.stage in _ENDS
                ):
                    replayed.release_state()

    def finish(self, streams: RuleChecks, defects: Defects, *, moving: bool) -> None:
        """Everything wrong with the rows. `moving`: entries were added after the rows were read."""
        if not self._has_rows:
            return
        upto = self._upto if moving else None
        for stream, one in streams.streams.items():
            kind = STREAM_KINDS.get(one.stream_kind)
            table = kind.projection if kind is not None else ""
            row = self._rows.pop((table, stream), None)
            if table and not one.broken:
                self._finish(table, one, row, upto, streams, defects)
        for table, stream in self._rows:
            defects.append(make_defect("projection_surplus", None, stream, table=table))

    def _finish(
        self,
        table: str,
        replayed: ReplayedStream,
        row: dict[str, Any] | None,
        upto: int | None,
        streams: RuleChecks,
        defects: Defects,
    ) -> None:
        """One stream's row. If the stream was written to after the rows were read, the comparison made then counts."""
        stream, number = replayed.state.stream, replayed.number
        if row is None:
            if upto is None or replayed.first <= upto:
                defects.append(make_defect("projection_missing", number, stream, table=table))
            return
        differ = self._differ.get((table, stream), _UNKNOWN)
        if differ is _UNKNOWN or (row["number"] != number and (upto is None or number <= upto)):
            differ = _difference(row, replayed.state, number)
        if differ is not None:
            defects.append(make_defect("projection", number, stream, table=table, columns=differ))
        elif (put_off := self._put_off.get(stream)) and not streams.may_wait_for_case(replayed, self._upto):
            weekly = not isinstance(put_off.state, Assessment) or streams.goes_on(put_off.state)
            wanted = put_off.weekly if weekly else put_off.named
            if wanted is not None:
                defects.append(make_defect("agenda", number, stream, held=put_off.held or "—", wanted=wanted))

    def _look_ahead(self, row: Mapping[str, Any], replayed: ReplayedStream) -> None:
        """Note an assessment or a routine check that the clock would look at later than its deadlines require, or never.

        Earlier is never wrong: a round that finds nothing to do sets the next time right.
        """
        held = row[AGENDA] if isinstance(row.get(AGENDA), datetime) else None
        try:
            moments = [_next_due(replayed, weekly=weekly) for weekly in (False, True)]
        except (ArithmeticError, LookupError, ValueError):
            return  # a state that no rule foresees is reported where it arose
        named, weekly = (m if m is not None and (held is None or held > m) else None for m in moments)
        if named is not None or weekly is not None:
            self._put_off[replayed.state.stream] = _PutOff(held, named, weekly, replayed.state)


class _PutOff(NamedTuple):
    """The time in the row, and when the clock has something to do: by the named reminder steps alone, and with the weekly ones."""

    held: datetime | None
    named: datetime | None
    weekly: datetime | None
    state: State


_UNKNOWN = Text(zh="", en="")
_ENDS = frozenset({Circulated.stage, WITHDRAWN})


def _next_due(replayed: ReplayedStream, *, weekly: bool) -> datetime | None:
    """When the clock has something to do for a stream, on whichever calendar of working days; None: never, or no edition binds it."""
    # The working days of that time are not known here. A step before a deadline, or on it, comes latest where every day is a working
    # day, so that calendar is taken; a step after a deadline may be delayed by a holiday (docs/decisions/0026-the-ladder.md).
    if replayed.compiled is None:
        return None
    if isinstance(replayed.state, RoutineCheck):
        return rectification.next_due(replayed.state, replayed.compiled.rulebook, LATEST_CALENDAR)
    return (
        next_due(replayed.state, replayed.compiled.rulebook, LATEST_CALENDAR, weekly=weekly)
        if isinstance(replayed.state, Assessment)
        else None
    )


def _difference(row: Mapping[str, Any], state: State, number: int) -> Text | None:
    """Where a row differs from the one this state makes; None if it does not."""
    try:
        wanted = _row(state, number)
    except (ArithmeticError, ValueError) as error:
        return Text(zh=str(error), en=str(error))
    differ = [(name, row.get(name), value) for name, value in wanted.items() if row.get(name) != value]
    if not differ:
        return None
    return Text(
        zh="、".join(f"{name} 为 {held}，应为 {value}" for name, held, value in differ),
        en=", ".join(f"{name} is {held}, should be {value}" for name, held, value in differ),
    )


def _row(state: State, number: int) -> dict[str, Any]:
    if isinstance(state, Assessment | RoutineCheck):
        row = (
            assessment_row(state, number, None)
            if isinstance(state, Assessment)
            else routine_check_row(state, number, None)
        )
        del row[AGENDA]
        return row
    assert isinstance(state, Case)
    return case_row(state, number)
