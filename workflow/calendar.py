"""The calendar of an institution: the tables it imported, and what a new one does to deadlines already set.

A deadline is *untouched* while it stands where the rulebook and the old calendar put it. Only such a one is re-dated;
what somebody set, for the year or for one unit, is theirs.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import chain

from msgspec import Struct
from msgspec.structs import replace

from config.calendars import Table, WorkingDays, decode_tables, encode_table
from states.assessment import Assessment
from states.custody.tables import HOLIDAYS
from states.deadlines.dates import due_dates
from states.deadlines.reminders import MoveDeadline
from states.records.year import Year
from states.refusals import NotKnown, Refusal
from states.streams import year_stream
from states.vocabulary import Actor, Words
from states.year.year import MoveYearDeadline
from storage import holidays, queries
from storage.database.database import Database

from .engine import Engine, Submission
from .tables import note
from .year import in_holds


class Moved(Struct, frozen=True):
    """A deadline a new table re-dates: its year and stage, from which day to which, and why it was refused, if it was."""

    year: int
    stage: str
    before: date
    after: date
    refused: Refusal | None = None


def working_days(database: Database) -> WorkingDays:
    """The working days as this institution knows them."""
    return WorkingDays(decode_tables(holidays.sources(database)))


class Calendar:
    """The working days for who stays: `refresh` takes in what was imported since."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sources: list[str] = []
        self._days = WorkingDays()
        self.refresh()

    def refresh(self) -> WorkingDays:
        """The working days now; the same object while the tables are the same."""
        found = holidays.sources(self._database)
        if found != self._sources:
            self._days, self._sources = WorkingDays(decode_tables(found)), found
        return self._days

    @property
    def days(self) -> WorkingDays:
        """The working days as of the last `refresh`."""
        return self._days

    def is_working(self, day: date) -> bool:
        """Is `day` worked?"""
        return self._days.is_working(day)


def adopt(engine: Engine, table: Table, actor: Actor) -> list[Moved]:
    """Keep a year's table, and re-date by entries the untouched deadlines that rested on another calendar.

    Safe to repeat, and after an interruption at any point: the table is decode_tables last, so that until then the old
    calendar, and with it what is untouched, is known.
    """
    database = engine.ledger.database
    known = decode_tables(holidays.sources(database))
    before = WorkingDays(known)
    after = WorkingDays([one for one in known if one.year != table.year] + [table])
    # A notice settles days of its year and of the December before.
    years = (table.year - 1, table.year)
    changes = [change for year in years for change in _changes(engine, year, before, after)]
    moved = [done for change in changes if (done := _move(engine, change, actor)) is not None]
    # Noted first: a table that was then not decode_tables is told of, and the import is repeated.
    note(engine, HOLIDAYS, {str(table.year): holidays.digest_of(encode_table(table))}, actor)
    holidays.store(database, table.year, encode_table(table))
    return moved


def _changes(engine: Engine, number: int, before: WorkingDays, after: WorkingDays) -> Iterator[Moved]:
    """The defaults of a year under way that the two calendars put on different days.

    What goes back comes first, earliest stage first, then what goes forward, latest stage first: so the deadlines keep their
    order at every step.
    """
    year, _, compiled = engine.context(year_stream(number), _NOBODY)
    assert isinstance(year, Year)
    if not year.version or year.closed:
        return
    old, new = (due_dates(compiled.rulebook, number, days.is_working) for days in (before, after))
    back = [stage for stage in old if new[stage] < old[stage]]
    forward = [stage for stage in old if new[stage] > old[stage]]
    for stage in chain(back, reversed(forward)):
        yield Moved(number, stage, old[stage], new[stage])


def _move(engine: Engine, moved: Moved, actor: Actor) -> Moved | None:
    """Move a deadline where it is untouched: the year's, then each unit's. None if somebody set the year's."""
    stream = year_stream(moved.year)
    year = engine.state(stream)
    assert isinstance(year, Year)
    if year.due[moved.stage] not in (moved.before, moved.after):
        return None
    if year.due[moved.stage] == moved.before:
        command = MoveYearDeadline(stage=moved.stage, due=moved.after, reason=REASON)
        try:
            engine.submit(stream, command, actor, f"move-{stream}@{year.version}")
        except Refusal as refusal:
            return replace(moved, refused=refusal)
    answers = in_holds(engine, list(_units(engine, moved, actor)))
    # Who is past the stage keeps the deadline that was.
    told = (answer for answer in answers if isinstance(answer, Refusal) and not isinstance(answer, NotKnown))
    return replace(moved, refused=next(told, None))


def _units(engine: Engine, moved: Moved, actor: Actor) -> Iterator[Submission]:
    """The same for each unit whose own deadline is untouched."""
    for row in queries.assessments(engine.ledger.database, moved.year):
        state = engine.state(row.stream)
        assert isinstance(state, Assessment)
        if row.occasion is None and state.due.get(moved.stage) == moved.before:
            command = MoveDeadline(stage=moved.stage, due=moved.after, reason=REASON)
            yield Submission(row.stream, command, actor, f"move-{row.stream}@{state.version}")


REASON = Words("放假安排已公布，按工作日调整期限")
_NOBODY = Actor("reader", "office")
