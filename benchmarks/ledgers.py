"""Ledgers of any size, made of sample years: what a college's year asks for is recorded once and told again.

A `Year` is every command that was accepted while sixteen units (or fewer) lived through one year on a virtual
clock, the clock's own among them. `tell` tells it to another engine as it was; `grow` tells it for many more
units at once, year after year, until a ledger has its size. Every entry is written by the engine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

import msgspec
from msgspec.structs import asdict, replace

from config.clock import VirtualClock
from config.rulebooks import Edition, default_edition
from demo.sample import Sample, units
from scheduler.rehearsal import Rehearsal
from states.streams import ROSTER, Stream, kind_of
from states.vocabulary import Actor
from states.year.roster import ChangeUnit, RegisterUnit
from storage.database.database import Database
from storage.ledger.ledger import Ledger
from storage.ledger.transaction import LedgerHead
from workflow.engine import Accepted, Answer, Engine, Submission
from workflow.year import open_year

FIRST = 2026
"""The first year a ledger holds."""

TOGETHER = 200
"""Commands under one hold while a ledger is grown."""


class Hold(msgspec.Struct, frozen=True):
    """Commands that go in one transaction, and when."""

    at: datetime
    submissions: tuple[Submission, ...]


class Progress(Protocol):
    """Whoever wants to know how far a ledger has grown."""

    def __call__(self, entries: int) -> object: ...


class Silent:
    """A log nobody reads."""

    def info(self, event: str, **values: object) -> None:
        """Say nothing."""


class Recording(Engine):
    """An engine that notes what it accepted, and when."""

    def __init__(self, ledger: Ledger, clock: VirtualClock, edition: Edition) -> None:
        super().__init__(ledger, clock, edition, Silent())
        self.accepted: list[tuple[datetime, Submission]] = []

    def submit_many(self, submissions: Sequence[Submission]) -> list[Answer]:
        """As ever; what was not refused is noted."""
        answers = super().submit_many(submissions)
        now = self.clock.now()
        self.accepted += [(now, s) for s, a in zip(submissions, answers, strict=True) if isinstance(a, Accepted)]
        return answers


class Year:
    """What was accepted in one sample year, in order. Made by `record`.

    Whoever tells it says which units are `enrolled` already: those are put on the roster as they are in this year,
    the others newly, and all are enrolled then.
    """

    def __init__(self, year: int, accepted: Sequence[tuple[datetime, Submission]]) -> None:
        self.year = year
        self.accepted = accepted

    def tell(self, enrolled: set[str]) -> Iterator[Hold]:
        """Every command by itself, as it was."""
        for at, submission in self.accepted:
            roster = submission.stream == ROSTER
            yield Hold(at, (_enrolling(submission, self.year, enrolled) if roster else submission,))

    def tell_for(self, colleges: int, enrolled: set[str]) -> Iterator[Hold]:
        """Every command for so many colleges together: one hold for each command, with as many of it as colleges."""
        for at, submission in self.accepted:
            if kind_of(submission.stream) == "year":
                yield Hold(at, (submission,))
                continue
            told = [_of_college(submission, self.year, n) for n in range(colleges)]
            roster = submission.stream == ROSTER
            yield Hold(at, tuple(_enrolling(s, self.year, enrolled) for s in told) if roster else tuple(told))


@cache
def edition_in_force() -> Edition:
    """The shipped edition, read once: a file edited during a long run would be another edition."""
    return default_edition()


def record(year: int, count: int) -> Year:
    """Let `count` units live through a year in a ledger of their own, and note what was accepted."""
    edition = edition_in_force()
    sample = Sample(units(count, year), edition.rulebook, year, seed=year)
    clock = VirtualClock(sample.begins.astimezone(UTC))
    with (
        TemporaryDirectory(prefix="kaohe-bench-") as folder,
        Database.create(str(Path(folder) / "year.db")) as database,
    ):
        engine = Recording(Ledger(database), clock, edition)
        open_year(engine, year, sample.units, sample.office, _is_working)
        Rehearsal(engine, clock).run(sample.happenings(), sample.ends)
        engine.ledger.close()
    return Year(year, engine.accepted)


def grow(database: Database, size: int, count: int, progress: Progress) -> None:
    """Grow a ledger to exactly `size` entries, from wherever it ends.

    `count` units make a college; the ledger gets as many colleges a year as it needs, at most sixty.
    """
    clock = VirtualClock(datetime(FIRST, 1, 1, tzinfo=UTC))
    engine = Engine(Ledger(database), clock, edition_in_force(), Silent())
    head = engine.ledger.head()
    missing, year = size - head.number, next_year(head)
    while missing > 0:
        told = record(year, count)
        colleges = min(60, -(-missing // len(told.accepted)))
        for hold in told.tell_for(colleges, enrolled(engine)):
            clock.advance_to(hold.at)
            for at in range(0, min(missing, len(hold.submissions)), TOGETHER):
                wanted = hold.submissions[at : min(at + TOGETHER, missing)]
                accepted(engine.submit_many(wanted))
            missing -= min(missing, len(hold.submissions))
            progress(size - missing)
        year += 2
    engine.ledger.close()


def next_year(head: LedgerHead) -> int:
    """The first year a ledger that ends here does not hold. A year's last entries are of the January after."""
    return FIRST if head.recorded_at is None else head.recorded_at.year + 1


def accepted(answers: Sequence[Answer]) -> None:
    """Nothing that was accepted once is refused when it is told again; else a figure would be of something else."""
    for answer in answers:
        if not isinstance(answer, Accepted):
            raise answer


def enrolled(engine: Engine) -> set[str]:
    """The units on an engine's roster."""
    roster = engine.roster()
    return set(roster.units)


def _enrolling(submission: Submission, year: int, enrolled: set[str]) -> Submission:
    """A unit put on the roster: newly, or as it is in this year."""
    unit = submission.command
    assert isinstance(unit, RegisterUnit)
    command = ChangeUnit(**asdict(unit)) if unit.unit in enrolled else unit
    enrolled.add(unit.unit)
    return replace(submission, command=command, command_id=f"enrol-{year}-{unit.unit}")


def _of_college(submission: Submission, year: int, college: int) -> Submission:
    """The same command of the same unit in another college: its stream, its cases and its ids are its own."""
    unit = _unit_of(submission)
    told = msgspec.json.encode(submission.command)
    for old, new in ((f'"{unit}"', f'"{unit}.{college}"'), (f"c-{year}-{unit}-", f"c-{year}-{unit}.{college}-")):
        told = told.replace(old.encode(), new.encode())
    actor = submission.actor
    return Submission(
        stream=submission.stream.replace(unit, f"{unit}.{college}", 1),
        command=msgspec.json.decode(told, type=type(submission.command)),
        actor=Actor(actor.id, actor.role, f"{unit}.{college}") if actor.unit == unit else actor,
        command_id=f"{submission.command_id}.{college}",
        expected_version=submission.expected_version,
    )


def _unit_of(submission: Submission) -> str:
    """The unit a command of the roster, of an assessment or of a case is about."""
    if isinstance(submission.command, RegisterUnit):
        return submission.command.unit
    stream = Stream.parse(submission.stream)
    return stream.unit or stream.id.split("-")[2]


def _is_working(day: date) -> bool:
    """A plain week: no notice knows the years these ledgers reach."""
    return day.weekday() < 5
