"""The calendar of an institution: the holiday tables it imported, and the deadlines that a new table moves.

A deadline is *untouched* as long as it is on the day that the rulebook and the old calendar give. Only an untouched one
is moved: a date that somebody set, for the year or for one department, stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import chain

from msgspec import Struct
from msgspec.structs import replace

from config.calendars import HolidayTable, WorkingDays, decode_tables, encode_table
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
from .tables import note_rows
from .year import submit_in_batches


class MovedDeadline(Struct, frozen=True):
    """A deadline that a new table moves: its year and stage, the two days, and the refusal, if there was one."""

    year: int
    stage: str
    before: date
    after: date
    refused: Refusal | None = None


def working_days(database: Database) -> WorkingDays:
    """The working days of this institution: the package's, and the imported tables."""
    return WorkingDays(decode_tables(holidays.sources(database)))


class Calendar:
    """The working days for a process that runs for long. `refresh` reads the tables that were imported since."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sources: list[str] = []
        self._days = WorkingDays()
        self.refresh()

    def refresh(self) -> WorkingDays:
        """The working days now; the same object while the tables are the same."""
        sources = holidays.sources(self._database)
        if sources != self._sources:
            self._days, self._sources = WorkingDays(decode_tables(sources)), sources
        return self._days

    @property
    def days(self) -> WorkingDays:
        """The working days as of the last `refresh`."""
        return self._days

    def is_working(self, day: date) -> bool:
        """Whether `day` is a working day, as of the last `refresh`."""
        return self._days.is_working(day)


def import_table(engine: Engine, table: HolidayTable, actor: Actor) -> list[MovedDeadline]:
    """Store a year's holiday table, and move the untouched deadlines that followed the old calendar. Safe to repeat."""
    # The order makes it safe to repeat after an interruption at any point. The table is stored last: until then the old
    # calendar is known, and with it which deadlines are untouched. It is noted in the ledger before it is stored: if
    # the process dies in between, the replay reports the missing table and the import is repeated.
    database = engine.ledger.database
    known = decode_tables(holidays.sources(database))
    before = WorkingDays(known)
    after = WorkingDays([one for one in known if one.year != table.year] + [table])
    years = (table.year - 1, table.year)  # a notice also sets days of the December before its year
    changes = [change for year in years for change in _changes(engine, year, before, after)]
    moved = [done for change in changes if (done := _move(engine, change, actor)) is not None]
    note_rows(engine, HOLIDAYS, {str(table.year): holidays.digest_of(encode_table(table))}, actor)
    holidays.store(database, table.year, encode_table(table))
    return moved


def _changes(engine: Engine, number: int, before: WorkingDays, after: WorkingDays) -> Iterator[MovedDeadline]:
    """The default deadlines that the two calendars put on different days, in the order to move them."""
    # First those that move to an earlier day, the earliest stage first; then those that move to a later day, the latest
    # stage first. So the deadlines are in the order of the stages after every single move, as each move's check
    # demands.
    year, _, compiled = engine.context(year_stream(number), _NOBODY)
    assert isinstance(year, Year)
    if not year.version or year.closed:
        return
    old, new = (due_dates(compiled.rulebook, number, days.is_working) for days in (before, after))
    back = [stage for stage in old if new[stage] < old[stage]]
    forward = [stage for stage in old if new[stage] > old[stage]]
    for stage in chain(back, reversed(forward)):
        yield MovedDeadline(number, stage, old[stage], new[stage])


def _move(engine: Engine, moved: MovedDeadline, actor: Actor) -> MovedDeadline | None:
    """Move an untouched deadline: the year's, then each department's. None if somebody set the year's."""
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
    answers = submit_in_batches(engine, list(_units(engine, moved, actor)))
    # `NotKnown`: the assessment is past the stage and keeps its deadline.
    refusals = (answer for answer in answers if isinstance(answer, Refusal) and not isinstance(answer, NotKnown))
    return replace(moved, refused=next(refusals, None))


def _units(engine: Engine, moved: MovedDeadline, actor: Actor) -> Iterator[Submission]:
    """The same move for each department whose own deadline is untouched."""
    for row in queries.assessments(engine.ledger.database, moved.year):
        state = engine.state(row.stream)
        assert isinstance(state, Assessment)
        if row.occasion is None and state.due.get(moved.stage) == moved.before:
            command = MoveDeadline(stage=moved.stage, due=moved.after, reason=REASON)
            yield Submission(row.stream, command, actor, f"move-{row.stream}@{state.version}")


REASON = Words("放假安排已公布，按工作日调整期限")
_NOBODY = Actor("reader", "office")
