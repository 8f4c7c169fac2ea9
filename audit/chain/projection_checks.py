"""The projections held against the folds: every row the ledger makes, and no other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from audit.defect import make_defect
from audit.reader import Projection, Reader
from audit.rules.rule_checks import ReplayedStream, RuleChecks
from states.assessment import WITHDRAWN, Assessment
from states.cases.case import Case
from states.deadlines import rectification
from states.deadlines.dates import LATEST
from states.deadlines.reminders import next_due
from states.routine_check import RoutineCheck
from states.stages.circulation import Circulated
from states.stream_kinds import STREAM_KINDS, State
from states.vocabulary import Text
from storage.ledger.projection import AGENDA, assessment_row, case_row, routine_check_row

from .hash_chain import Defects


class ProjectionChecks:
    """The rows as they stood before the ledger was read, each compared when the fold reaches its `number`.

    The ledger then had at least `upto` entries. Only the rows of `own` streams are looked at. `lets_go` frees the state of a
    finished assessment once compared. Where a reader keeps no rows, as a bundle, nothing is held against it.
    """

    def __init__(self, reader: Reader, upto: int, own: Callable[[str], bool], *, lets_go: bool) -> None:
        self._upto = upto
        self._lets_go = lets_go
        self._rows: dict[tuple[str, str], dict[str, Any]] = {}
        self.due: defaultdict[int, list[Projection]] = defaultdict(list)
        kept = reader.projections()
        self.kept = kept is not None
        for table, row in kept or ():
            if not own(row["stream"]):
                continue
            self._rows[table, row["stream"]] = row
            self.due[row["number"]].append((table, row))
        self._differ: dict[tuple[str, str], Text | None] = {}
        self._put_off: dict[str, _PutOff] = {}

    def compare(self, number: int, kept: ReplayedStream) -> None:
        """The fold stands at entry `number`: compare the rows that say they were made there."""
        state = kept.state
        for table, row in self.due.pop(number):
            if row["stream"] == state.stream:
                self._differ[table, state.stream] = _difference(row, state, number)
                self._look_ahead(row, kept)
                if self._lets_go and table == "assessment" and isinstance(state, Assessment) and state.stage in _ENDS:
                    kept.release_state()

    def finish(self, streams: RuleChecks, found: Defects, *, moving: bool) -> None:
        """Everything wrong with the rows; `moving` says that entries were added after the rows were read."""
        if not self.kept:
            return
        upto = self._upto if moving else None
        for stream, one in streams.streams.items():
            kind = STREAM_KINDS.get(one.stream_kind)
            table = kind.projection if kind is not None else ""
            row = self._rows.pop((table, stream), None)
            if table and not one.broken:
                self._finish(table, one, row, upto, streams, found)
        for table, stream in self._rows:
            found.append(make_defect("projection_surplus", None, stream, table=table))

    def _finish(
        self,
        table: str,
        kept: ReplayedStream,
        row: dict[str, Any] | None,
        upto: int | None,
        streams: RuleChecks,
        found: Defects,
    ) -> None:
        """One stream's row. Of a stream written to after the rows were read, what was compared then counts."""
        stream, number = kept.state.stream, kept.number
        if row is None:
            if upto is None or kept.first <= upto:
                found.append(make_defect("projection_missing", number, stream, table=table))
            return
        differ = self._differ.get((table, stream), _UNKNOWN)
        if differ is _UNKNOWN or (row["number"] != number and (upto is None or number <= upto)):
            differ = _difference(row, kept.state, number)
        if differ is not None:
            found.append(make_defect("projection", number, stream, table=table, columns=differ))
        elif (put_off := self._put_off.get(stream)) and not streams.may_wait_for_case(kept, self._upto):
            weekly = not isinstance(put_off.state, Assessment) or streams.goes_on(put_off.state)
            wanted = put_off.weekly if weekly else put_off.named
            if wanted is not None:
                found.append(make_defect("agenda", number, stream, held=put_off.held or "—", wanted=wanted))

    def _look_ahead(self, row: Mapping[str, Any], kept: ReplayedStream) -> None:
        """Note an assessment or a routine check that the clock would look at later than its deadlines ask, or never.

        Earlier is never wrong: a round that finds nothing sets it right.
        """
        held = row[AGENDA] if isinstance(row.get(AGENDA), datetime) else None
        try:
            moments = [_next_due(kept, weekly=weekly) for weekly in (False, True)]
        except (ArithmeticError, LookupError, ValueError):
            return  # a state no rule foresees: told of where it arose
        named, weekly = (m if m is not None and (held is None or held > m) else None for m in moments)
        if named is not None or weekly is not None:
            self._put_off[kept.state.stream] = _PutOff(held, named, weekly, kept.state)


class _PutOff(NamedTuple):
    """What the row says, and by when the clock owes something: by the rungs that are named alone, and by the weekly ones too."""

    held: datetime | None
    named: datetime | None
    weekly: datetime | None
    state: State


_UNKNOWN = Text(zh="", en="")
_ENDS = frozenset({Circulated.stage, WITHDRAWN})


def _next_due(kept: ReplayedStream, *, weekly: bool) -> datetime | None:
    """By when the clock owes a stream something, on whichever calendar; None for never, or where no edition binds it.

    The working days of then are not known here. What lies before a deadline or on it is later on none than where every day is
    worked; only what is counted from a deadline on is allowed a holiday (docs/decisions/0026-the-ladder.md).
    """
    if kept.compiled is None:
        return None
    if isinstance(kept.state, RoutineCheck):
        return rectification.next_due(kept.state, kept.compiled.rulebook, LATEST)
    return (
        next_due(kept.state, kept.compiled.rulebook, LATEST, weekly=weekly)
        if isinstance(kept.state, Assessment)
        else None
    )


def _difference(row: Mapping[str, Any], state: State, number: int) -> Text | None:
    """Where a row differs from the one this state makes; None where it does not."""
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
