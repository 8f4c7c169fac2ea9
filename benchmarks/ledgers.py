"""Ledgers of any size, made of sample years: the commands of a college's year are recorded once and submitted again and again.

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
"""The first year a ledger batches."""

TOGETHER = 200
"""Commands in one transaction while a ledger is grown."""


class CommandBatch(msgspec.Struct, frozen=True):
    """Commands of one transaction, and their time."""

    at: datetime
    submissions: tuple[Submission, ...]


class Progress(Protocol):
    """Is called with the number of entries so far."""

    def __call__(self, entries: int) -> object: ...


class SilentLog:
    """A log that drops every event."""

    def info(self, event: str, **values: object) -> None:
        """Drop the event."""


class RecordingEngine(Engine):
    """An engine that notes the commands it accepted, each with its time."""

    def __init__(self, ledger: Ledger, clock: VirtualClock, edition: Edition) -> None:
        super().__init__(ledger, clock, edition, SilentLog())
        self.accepted: list[tuple[datetime, Submission]] = []

    def submit_many(self, submissions: Sequence[Submission]) -> list[Answer]:
        """Submit as usual, and note what was accepted."""
        answers = super().submit_many(submissions)
        now = self.clock.now()
        self.accepted += [(now, s) for s, a in zip(submissions, answers, strict=True) if isinstance(a, Accepted)]
        return answers


class RecordedYear:
    """The commands accepted in one sample year, in order. Made by `record`.

    `registered` are the departments that a ledger has already; those are changed to what they are in this year, the others registered.
    """

    def __init__(self, year: int, accepted: Sequence[tuple[datetime, Submission]]) -> None:
        self.year = year
        self.accepted = accepted

    def batches(self, registered: set[str]) -> Iterator[CommandBatch]:
        """Every command in a transaction of its own."""
        for at, submission in self.accepted:
            roster = submission.stream == ROSTER
            yield CommandBatch(at, (_registering(submission, self.year, registered) if roster else submission,))

    def batches_for(self, colleges: int, registered: set[str]) -> Iterator[CommandBatch]:
        """Every command for so many colleges at once: one transaction for each command, with one copy of it for each college."""
        for at, submission in self.accepted:
            if kind_of(submission.stream) == "year":
                yield CommandBatch(at, (submission,))
                continue
            copies = [_of_college(submission, self.year, n) for n in range(colleges)]
            roster = submission.stream == ROSTER
            yield CommandBatch(
                at, tuple(_registering(s, self.year, registered) for s in copies) if roster else tuple(copies)
            )


@cache
def edition_in_force() -> Edition:
    """The shipped edition, read once: a file edited during a long run would be another edition."""
    return default_edition()


def record(year: int, count: int) -> RecordedYear:
    """Run `count` departments through a year on a ledger of their own, and note what was accepted."""
    edition = edition_in_force()
    sample = Sample(units(count, year), edition.rulebook, year, seed=year)
    clock = VirtualClock(sample.begins.astimezone(UTC))
    with (
        TemporaryDirectory(prefix="kaohe-bench-") as folder,
        Database.create(str(Path(folder) / "year.db")) as database,
    ):
        engine = RecordingEngine(Ledger(database), clock, edition)
        open_year(engine, year, sample.units, sample.office, _is_working)
        Rehearsal(engine, clock).run(sample.happenings(), sample.ends)
        engine.ledger.close()
    return RecordedYear(year, engine.accepted)


def grow(database: Database, size: int, count: int, progress: Progress) -> None:
    """Grow a ledger to exactly `size` entries, from wherever it ends.

    `count` units make a college; the ledger gets as many colleges a year as it needs, at most sixty.
    """
    clock = VirtualClock(datetime(FIRST, 1, 1, tzinfo=UTC))
    engine = Engine(Ledger(database), clock, edition_in_force(), SilentLog())
    head = engine.ledger.head()
    missing, year = size - head.number, next_year(head)
    while missing > 0:
        recorded = record(year, count)
        colleges = min(60, -(-missing // len(recorded.accepted)))
        for batch in recorded.batches_for(colleges, registered(engine)):
            clock.advance_to(batch.at)
            for at in range(0, min(missing, len(batch.submissions)), TOGETHER):
                wanted = batch.submissions[at : min(at + TOGETHER, missing)]
                accepted(engine.submit_many(wanted))
            missing -= min(missing, len(batch.submissions))
            progress(size - missing)
        year += 2
    engine.ledger.close()


def next_year(head: LedgerHead) -> int:
    """The first year a ledger that ends here does not batch. A year's last entries are of the January after."""
    return FIRST if head.recorded_at is None else head.recorded_at.year + 1


def accepted(answers: Sequence[Answer]) -> None:
    """Raise if a command that was accepted once is refused when it is submitted again: the figure would be of something else."""
    for answer in answers:
        if not isinstance(answer, Accepted):
            raise answer


def registered(engine: Engine) -> set[str]:
    """The units on an engine's roster."""
    roster = engine.roster()
    return set(roster.units)


def _registering(submission: Submission, year: int, registered: set[str]) -> Submission:
    """A unit put on the roster: newly, or as it is in this year."""
    unit = submission.command
    assert isinstance(unit, RegisterUnit)
    command = ChangeUnit(**asdict(unit)) if unit.unit in registered else unit
    registered.add(unit.unit)
    return replace(submission, command=command, command_id=f"enrol-{year}-{unit.unit}")


def _of_college(submission: Submission, year: int, college: int) -> Submission:
    """The same command of the same unit in another college: its stream, its cases and its ids are its own."""
    unit = _unit_of(submission)
    encoded = msgspec.json.encode(submission.command)
    for old, new in ((f'"{unit}"', f'"{unit}.{college}"'), (f"c-{year}-{unit}-", f"c-{year}-{unit}.{college}-")):
        encoded = encoded.replace(old.encode(), new.encode())
    actor = submission.actor
    return Submission(
        stream=submission.stream.replace(unit, f"{unit}.{college}", 1),
        command=msgspec.json.decode(encoded, type=type(submission.command)),
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
