"""One assessment year: opened under one edition, for a list of units, with the deadlines that bind."""

from __future__ import annotations

from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from .context import Context
from .opening import Reason, check_due, check_moved
from .refusals import AlreadyThere, Incomplete, NotKnown
from .vocabulary import Command, Fact, Opaque, Stamp


class YearBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The year, its units, and the deadline of each stage. The measure sets no dates: these are the binding ones."""

    year: int
    units: tuple[Opaque, ...]
    due: dict[str, date]


class OpenYear(Command, YearBody, frozen=True, kw_only=True):
    """Open an assessment year."""


class YearFact(Fact, frozen=True, kw_only=True):
    """A fact of a year's stream."""

    def fold(self, state: Year, stamp: Stamp) -> Year:
        raise NotImplementedError


class YearOpened(YearFact, YearBody, frozen=True, kw_only=True):
    """The year is open. The edition it was opened under is the entry's."""

    def fold(self, state: Year, stamp: Stamp) -> Year:
        return replace(state, year=self.year, units=self.units, due=self.due)


class MoveYearDeadline(Command, Reason, frozen=True, kw_only=True):
    """Move one stage's deadline for every unit of the year."""

    stage: str
    due: date


class YearDeadlineMoved(YearFact, Reason, frozen=True, kw_only=True):
    """The year's deadline was moved; each unit's is moved by an entry of its own."""

    stage: str
    due: date

    def fold(self, state: Year, stamp: Stamp) -> Year:
        return replace(state, due={**state.due, self.stage: self.due})


class Year(Struct, frozen=True):
    """The year as it stands now."""

    stream: str = ""
    version: int = 0
    year: int = 0
    units: tuple[str, ...] = ()
    due: dict[str, date] = {}


def fold(state: Year, fact: YearFact, stamp: Stamp) -> Year:
    """The year after one more fact."""
    return replace(fact.fold(state, stamp), version=stamp.version)


def check_open(state: Year, record: YearBody, context: Context) -> None:
    """第六条: once a year. Every dated stage has its deadline, in order."""
    clause = context.clause("opening")
    if state.version:
        raise AlreadyThere(stream=state.stream, act="启动年度考核 / open the year", clause=clause)
    if state.stream != f"year/{record.year}":
        raise NotKnown(what="年度 / year", value=record.year, known=state.stream, clause=clause)
    if not record.units:
        raise Incomplete(missing="被考核部门 / units", clause=clause)
    check_due(record.due, context)


def check_move(state: Year, record: MoveYearDeadline | YearDeadlineMoved, context: Context) -> None:
    """A deadline the year has, to another day, not a past one; the deadlines keep their order."""
    if record.stage not in state.due:
        known, clause = ", ".join(state.due), context.rulebook.cited("move_year_deadline")
        raise NotKnown(what="环节 / stage", value=record.stage, known=known, clause=clause)
    check_moved(state.due, record.stage, record.due, context)
