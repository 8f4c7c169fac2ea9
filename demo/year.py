"""The first year of the sample college, on a virtual clock: run through, replayed and summed up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from audit.reader import DatabaseReader
from audit.replay import replay
from audit.report import Report
from config.calendars import WorkingDays
from config.clock import VirtualClock
from config.rulebooks import Edition
from scheduler.rehearsal import Rehearsal
from states.records.year import Year
from states.refusals import Refusal
from states.streams import year_stream
from storage import private_files
from storage.database.database import Database
from storage.master_key import MasterKey
from workflow import wiring
from workflow.engine import Answer, Engine
from workflow.year import open_year

from .post import letters_by_role, post
from .sample import Sample, units
from .seals import Vouching, brought
from .summary import summary

FOLDER = Path("demo-data")
"""Where the demonstration puts its database, its letters and its keys, in the folder it is started in."""

Progress = Callable[[int, int, datetime], None]
"""Is called after each event of the year with the number of events so far, of all events, and the virtual time."""


def run(
    url: str, edition: Edition, year: int, count: int, seed: int, progress: Progress, mail: Path | None = None,
    keys: Path | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Run `count` departments through the year, unless the database at `url` already holds it; replay the ledger; return the figures.

    With a folder for `mail` the letters are really sent, to a mail server of the demonstration's own (`mailbox.py`). With a folder
    for `keys` the ledger is sealed and witnessed as the year goes on.
    """
    sample = Sample(units(count, seed), edition.rulebook, year, seed)
    clock = VirtualClock(sample.begins.astimezone(UTC))
    with wiring.compose_engine(url, clock, edition, vault_key(keys)) as engine:
        before = engine.state(year_stream(year))
        assert isinstance(before, Year)
        refused = {} if before.version else dict(_run_events(engine, clock, sample, progress, mail, keys))
        figures = {
            "year": year, "seed": seed, "units": count, "rulebook": edition.pin,
            "lived_now": not before.version, "refused": refused, **summary(engine, sample, year),
            "letters": len(list(mail.glob("*.eml"))) if mail else 0, "letters_by_role": letters_by_role(sample, mail),
        }  # fmt: skip
    return {**figures, "replay": _replay(url, keys).as_json()}


def vault_key(folder: Path | None) -> Path | None:
    """The file of the demonstration's own vault key in this folder, made if need be."""
    if folder is None:
        return None
    private_files.make_folder(folder)
    file = folder / "vault.key"
    if not file.exists():
        MasterKey.create(file)
    return file


def _run_events(
    engine: Engine, clock: VirtualClock, sample: Sample, progress: Progress, mail: Path | None, keys: Path | None
) -> Counter[str]:
    """Open the year and let every event of it happen. Returns how many commands were refused, by the refusal's code."""
    refused: Counter[str] = Counter()
    events = sample.happenings()
    count = 0

    def after_event(at: datetime, answers: list[Answer]) -> None:
        nonlocal count
        count += 1
        refused.update(answer.code for answer in answers if isinstance(answer, Refusal))
        progress(count, len(events), at)

    open_year(engine, sample.year, sample.units, sample.office, WorkingDays().is_working)
    timezone = sample.rulebook.timezone
    seals = Vouching(engine.ledger.database, keys, timezone, clock.now()) if keys is not None else None
    with post(engine, clock, sample, mail) as outbox:
        rehearsal = Rehearsal(engine, clock, heard=after_event, post=outbox, seal=seals.run if seals else None)
        rehearsal.run(events, sample.ends)
    if seals is not None:
        seals.cosign(sample.ends)
    return refused


def _replay(url: str, keys: Path | None) -> Report:
    expected, trusted = brought(keys) if keys else ([], [])
    with Database.open(url, read_only=True) as database:
        return replay(DatabaseReader(database), evidence=expected, trusted=trusted)
