"""The working days of an institution, the visits on its days off, and the import of a holiday table, which moves deadlines.

A deadline is *untouched* while it is on the day that follows from the rulebook and the old calendar. Only an untouched
deadline is moved. A date that somebody set, for the year or for one department, is not changed. Not here: how a table
is read from a file (`config/calendars.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import chain

from msgspec import Struct
from msgspec.structs import replace

from config.calendars import HolidayTable, WorkingDays, decode_tables, encode_table, notice_of
from states.assessment import Assessment
from states.custody.tables import HOLIDAYS
from states.deadlines.dates import default_deadlines
from states.deadlines.reminders import MoveDeadline
from states.records.year import Visit, Year
from states.refusals import DayOff, NotKnown, Refusal
from states.streams import year_stream
from states.vocabulary import Actor, Citation, Words
from states.year.year import MoveYearDeadline
from storage import holidays, queries
from storage.database.database import Database

from .engine import Engine, Submission
from .tables import note_rows
from .year import submit_in_batches


class MovedDeadline(Struct, frozen=True):
    """A deadline of a year that a new table moves: the stage, the old day (`before`) and the new day (`after`).

    `refused`: the refusal of the move for the year, or the first refusal of a department; None if all were moved.
    """

    year: int
    stage: str
    before: date
    after: date
    refused: Refusal | None = None


def working_days(database: Database) -> WorkingDays:
    """The working days of this institution: those of the package and of the imported tables."""
    return WorkingDays(decode_tables(holidays.sources(database)))


class Calendar:
    """The working days for a long-running process. `refresh` reads tables that were imported meanwhile."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sources: list[str] = []
        self._days = WorkingDays()
        self.refresh()

    def refresh(self) -> WorkingDays:
        """The working days now. The same object is returned until the tables change."""
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


# Pages check this before they submit the command; the rules in `states` do not. The next holiday notice may turn a
# working day into a day off, and a later replay must not find an entry wrong because of that.
def without_needless_reasons(visits: Iterable[Visit], is_working: Callable[[date], bool]) -> tuple[Visit, ...]:
    """The visits, without the reason for a day off if the visit is on a working day."""
    return tuple(replace(visit, day_off=None) if is_working(visit.day) else visit for visit in visits)


def refuse_days_off(
    visits: Iterable[Visit], is_working: Callable[[date], bool], clause: Citation
) -> Iterator[tuple[str, Refusal]]:
    """For every visit on a day off without a reason: its department and the refusal."""
    for visit in visits:
        if not is_working(visit.day) and not visit.day_off:
            yield visit.unit, DayOff(unit=visit.unit, day=visit.day, clause=clause)


def import_table(engine: Engine, table: HolidayTable, actor: Actor) -> list[MovedDeadline]:
    """Move the untouched deadlines of a year, note the holiday table in the ledger, and store it. Safe to repeat.

    Returns the deadlines of the table's year and of the year before that had to move, also those whose move was
    refused.
    """
    # Because of the order, the import can be repeated after an interruption at any point. The table is stored last:
    # until then the old calendar is still there, and shows which deadlines are untouched. The table is noted in the
    # ledger before it is stored: if the process dies in between, the replay reports the missing table, and somebody
    # repeats the import.
    database = engine.ledger.database
    moved = [_move(engine, change, actor) for change in moves_of(engine, table)]
    note_rows(engine, HOLIDAYS, {str(table.year): holidays.digest_of(encode_table(table))}, actor)
    holidays.store(database, table.year, encode_table(table))
    return moved


def moves_of(engine: Engine, table: HolidayTable) -> list[MovedDeadline]:
    """The untouched deadlines that a table would move, in the order in which they must be moved. Nothing is moved."""
    old_tables = decode_tables(holidays.sources(engine.ledger.database))
    old_days = WorkingDays(old_tables)
    new_days = WorkingDays([other for other in old_tables if other.year != table.year] + [table])
    years = (table.year - 1, table.year)  # a notice also sets days of the December before its year
    return [change for year in years for change in _changes(engine, year, old_days, new_days)]


def present_notice(database: Database, year: int) -> HolidayTable | None:
    """The present table of a year (`config/calendars.py: notice_of`)."""
    return notice_of(year, decode_tables(holidays.sources(database)))


def _changes(engine: Engine, number: int, old_days: WorkingDays, new_days: WorkingDays) -> Iterator[MovedDeadline]:
    """The untouched default deadlines that differ between the two calendars, in the order in which they must be moved.

    None for a year that is not open yet, or is closed. One that somebody set is left out.
    """
    # First the deadlines that move to an earlier day, the earliest stage first; then those that move to a later day,
    # the latest stage first. So after every single move the deadlines are in the order of the stages, which each move
    # checks.
    year, _, compiled = engine.context(year_stream(number), _READER)
    assert isinstance(year, Year)
    if not year.version or year.closed:
        return
    old, new = (default_deadlines(compiled.rulebook, number, days.is_working) for days in (old_days, new_days))
    to_earlier_day = [stage for stage in old if new[stage] < old[stage]]
    to_later_day = [stage for stage in old if new[stage] > old[stage]]
    for stage in chain(to_earlier_day, reversed(to_later_day)):
        if year.due[stage] in (old[stage], new[stage]):
            yield MovedDeadline(number, stage, old[stage], new[stage])


def _move(engine: Engine, moved: MovedDeadline, actor: Actor) -> MovedDeadline:
    """Move an untouched deadline of the year, then that of each department. Returns it with the first refusal."""
    stream = year_stream(moved.year)
    year = engine.state(stream)
    assert isinstance(year, Year)
    if year.due[moved.stage] == moved.before:
        command = MoveYearDeadline(stage=moved.stage, due=moved.after, reason=REASON)
        try:
            engine.submit(stream, command, actor, f"move-{stream}@{year.version}")
        except Refusal as refusal:
            return replace(moved, refused=refusal)
    answers = submit_in_batches(engine, list(_unit_moves(engine, moved, actor)))
    # `NotKnown`: the assessment is past the stage, so its deadline does not move.
    refusals = (answer for answer in answers if isinstance(answer, Refusal) and not isinstance(answer, NotKnown))
    return replace(moved, refused=next(refusals, None))


def _unit_moves(engine: Engine, moved: MovedDeadline, actor: Actor) -> Iterator[Submission]:
    """The commands for the same move in the annual assessment of each department whose deadline is untouched."""
    for row in queries.assessments(engine.ledger.database, moved.year):
        state = engine.state(row.stream)
        assert isinstance(state, Assessment)
        if row.occasion is None and state.due.get(moved.stage) == moved.before:
            command = MoveDeadline(stage=moved.stage, due=moved.after, reason=REASON)
            yield Submission(row.stream, command, actor, f"move-{row.stream}@{state.version}")


REASON = Words("放假安排已公布，按工作日调整期限")
_READER = Actor("reader", "office")
