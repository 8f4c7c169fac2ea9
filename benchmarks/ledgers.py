"""Makes ledgers of any size: the commands of a sample college's year are recorded once and submitted again and again.

`record` runs some departments through one year on a virtual clock. A `RecordedYear` has every accepted command, also
those of the daemon. `grow` submits them for many colleges at once, every second year, until a ledger has its size. The
engine writes every entry. Also here: the shipped edition, read once. Not here: the databases (`places.py`).
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
from demo.college import units
from demo.sample import Sample
from demo.steps import steps_of_year
from scheduler.simulation import Simulation
from states.streams import ROSTER, Stream, kind_of
from states.vocabulary import Actor
from states.year.roster import ChangeUnit, RegisterUnit
from storage.database.database import Database
from storage.ledger.ledger import Ledger
from storage.ledger.transaction import LedgerHead
from workflow.engine import Accepted, Answer, Engine, Submission
from workflow.year import open_year

FIRST = 2026
"""The first year of a ledger."""

TRANSACTION_SIZE = 200
"""The number of commands in one transaction while a ledger grows."""


class CommandBatch(msgspec.Struct, frozen=True):
    """The commands of one transaction, and their time."""

    at: datetime
    submissions: tuple[Submission, ...]


class Progress(Protocol):
    """A function that is called with the number of entries so far."""

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
        """Submit as usual, and note the accepted commands."""
        answers = super().submit_many(submissions)
        now = self.clock.now()
        self.accepted += [(now, s) for s, a in zip(submissions, answers, strict=True) if isinstance(a, Accepted)]
        return answers


class RecordedYear:
    """The commands that were accepted in one sample year, in order. `record` makes it.

    In its methods, `registered` are the departments that a ledger already has. The commands change these to their data
    of this year, and register the others. Each department that a command registers is added to the set.
    """

    def __init__(self, year: int, accepted: Sequence[tuple[datetime, Submission]]) -> None:
        self.year = year
        self.accepted = accepted

    def batches(self, registered: set[str]) -> Iterator[CommandBatch]:
        """Every command in a transaction of its own, for the one college."""
        for at, submission in self.accepted:
            roster = submission.stream == ROSTER
            yield CommandBatch(at, (_registering(submission, self.year, registered) if roster else submission,))

    def batches_for(self, colleges: int, registered: set[str]) -> Iterator[CommandBatch]:
        """One transaction for each command, with one copy of the command for each of so many colleges."""
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
    """The shipped edition, read once, because an edit of its file during a long run would make another edition."""
    return default_edition()


def record(year: int, count: int) -> RecordedYear:
    """Run `count` departments through a year on a ledger of their own, and note the accepted commands."""
    edition = edition_in_force()
    sample = Sample(units(count, year), edition.rulebook, year, seed=year)
    clock = VirtualClock(sample.start.astimezone(UTC))
    with (
        TemporaryDirectory(prefix="kaohe-bench-") as folder,
        Database.create(str(Path(folder) / "year.db")) as database,
    ):
        engine = RecordingEngine(Ledger(database), clock, edition)
        open_year(engine, year, sample.units, sample.office, _is_working)
        Simulation(engine, clock).run(steps_of_year(sample), sample.end)
        engine.ledger.close()
    return RecordedYear(year, engine.accepted)


def grow(database: Database, size: int, count: int, progress: Progress) -> None:
    """Grow a ledger to exactly `size` entries, from wherever it ends.

    `count` is the number of departments of a college. A year has as many colleges as the ledger needs, at most sixty.
    `progress` is called after each batch.
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
            for start in range(0, min(missing, len(batch.submissions)), TRANSACTION_SIZE):
                submissions = batch.submissions[start : min(start + TRANSACTION_SIZE, missing)]
                require_accepted(engine.submit_many(submissions))
            missing -= min(missing, len(batch.submissions))
            progress(size - missing)
        year += 2
    engine.ledger.close()


def next_year(head: LedgerHead) -> int:
    """The first year that a ledger with this end does not have yet.

    The last entries of a year are from the January after it.
    """
    return FIRST if head.recorded_at is None else head.recorded_at.year + 1


def require_accepted(answers: Sequence[Answer]) -> None:
    """Raise the refusal if a command is refused that was accepted when it was recorded: the figure would be wrong."""
    for answer in answers:
        if not isinstance(answer, Accepted):
            raise answer


def registered(engine: Engine) -> set[str]:
    """The departments on an engine's roster."""
    return set(engine.roster().units)


def _registering(submission: Submission, year: int, registered: set[str]) -> Submission:
    """The command that registers a department, or that changes it to its data of this year."""
    unit = submission.command
    assert isinstance(unit, RegisterUnit)
    command = ChangeUnit(**asdict(unit)) if unit.unit in registered else unit
    registered.add(unit.unit)
    return replace(submission, command=command, command_id=f"enrol-{year}-{unit.unit}")


def _of_college(submission: Submission, year: int, college: int) -> Submission:
    """The same command for another college, with its own departments, streams, cases and ids."""
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
    """The department of a command that registers one, or of the stream of an assessment or of a case."""
    if isinstance(submission.command, RegisterUnit):
        return submission.command.unit
    stream = Stream.parse(submission.stream)
    return stream.unit or stream.id.split("-")[2]


def _is_working(day: date) -> bool:
    """A plain week, because no notice exists for the years of these ledgers."""
    return day.weekday() < 5
