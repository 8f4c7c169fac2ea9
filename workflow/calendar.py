"""The calendar of an institution: the tables it imported, and what a new one does to deadlines already set."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from msgspec import Struct

from config.calendars import Table, WorkingDays, kept, source
from states.deadlines import due_dates
from states.refusals import Refusal
from states.vocabulary import Actor
from states.year import Year
from storage import holidays
from storage.database import Database

from .engine import Engine
from .year import move_deadline


class Moved(Struct, frozen=True):
    """A deadline a new table re-dates: its year and stage, from which day to which, and why it was refused, if it was."""

    year: int
    stage: str
    before: date
    after: date
    refused: Refusal | None = None


def working_days(database: Database) -> WorkingDays:
    """The working days as this institution knows them."""
    return WorkingDays(kept(holidays.sources(database)))


def adopt(engine: Engine, table: Table, actor: Actor) -> list[Moved]:
    """Keep a year's table, and re-date by entries the deadlines that rested on a provisional day.

    Only a deadline that still stands where the old calendar put the rulebook's default is moved; what somebody set
    is theirs. Safe to repeat.
    """
    database = engine.ledger.database
    known = kept(holidays.sources(database))
    before = WorkingDays(known)
    after = WorkingDays([one for one in known if one.year != table.year] + [table])
    moved = [
        _move(engine, change, actor)
        for year in (table.year - 1, table.year)
        for change in list(_changes(engine, year, before, after))
    ]
    # Last, so that an interrupted adoption still knows what the old calendar said.
    holidays.keep(database, table.year, source(table))
    return moved


def _changes(engine: Engine, number: int, before: WorkingDays, after: WorkingDays) -> Iterator[Moved]:
    """The defaults of a year that the two calendars put on different days, where they still stand."""
    year, _, law = engine.context(f"year/{number}", _NOBODY)
    assert isinstance(year, Year)
    if not year.version:
        return
    rulebook = law.edition.rulebook
    new = due_dates(rulebook, number, after.is_working)
    for stage, old in due_dates(rulebook, number, before.is_working).items():
        if year.due.get(stage) == old != new[stage]:
            yield Moved(number, stage, old, new[stage])


def _move(engine: Engine, moved: Moved, actor: Actor) -> Moved:
    try:
        move_deadline(engine, moved.year, moved.stage, moved.after, REASON, actor)
    except Refusal as refusal:
        return Moved(moved.year, moved.stage, moved.before, moved.after, refusal)
    return moved


REASON = "放假安排已公布，按工作日调整期限 / the notice of working days has come out"
_NOBODY = Actor("reader", "office")
