"""The first year of the sample college: simulates it on a virtual clock, replays the ledger, computes the figures.

Also here: the folder of the demonstration and its vault key. Not here: the events (`steps.py`), and the second year
(`second_year.py`).
"""

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
from scheduler.simulation import Simulation, SimulationStep
from states.records.year import Year
from states.refusals import Refusal
from states.streams import year_stream
from storage import private_files
from storage.database.database import Database
from storage.master_key import MasterKey
from workflow import wiring
from workflow.engine import Answer, Engine
from workflow.year import open_year

from .any_rulebook.acts import ActWriter
from .any_rulebook.college import RulebookSample, units_of
from .any_rulebook.steps import steps_of_rulebook
from .college import units
from .post import letters_by_role, post
from .sample import Sample
from .seals import SealsAndWitness, auditor_evidence
from .steps import steps_of_year
from .summary import summary

FOLDER = Path("demo-data")
"""The folder for the database, the letters and the keys of the demonstration, within the current folder."""

Progress = Callable[[int, int, datetime], None]
"""Called after each event of the year with the number of events so far, the number of all, and the virtual time."""


def run(
    url: str,
    edition: Edition,
    year: int,
    count: int,
    seed: int,
    progress: Progress,
    mail: Path | None = None,
    keys: Path | None = None,
) -> dict[str, Any]:
    """Simulate the year for `count` departments, replay the ledger, and return the figures.

    The year is not simulated again if the database at `url` already has it. With a folder `mail`, letters are sent to
    the demonstration's own mail server (`mailbox.py`). With a folder `keys`, the ledger is sealed and witnessed.
    """
    sample = Sample(units(count, seed), edition.rulebook, year, seed)
    return _run(url, edition, sample, steps_of_year(sample), None, progress, mail, keys)


def run_any(
    url: str,
    edition: Edition,
    year: int,
    count: int,
    seed: int,
    progress: Progress,
    mail: Path | None = None,
    keys: Path | None = None,
) -> dict[str, Any]:
    """Like `run`, with departments and events that are made from the rulebook. No command of it may be refused.

    Raises `YearStopped` if one is, or if the rulebook needs what the program cannot do yet.
    """
    sample = RulebookSample(units_of(edition.rulebook, count, seed), edition.rulebook, year, seed)
    writer = ActWriter(sample)
    return _run(url, edition, sample, steps_of_rulebook(writer), writer, progress, mail, keys)


def _run(
    url: str,
    edition: Edition,
    sample: Sample,
    events: list[SimulationStep],
    writer: ActWriter | None,
    progress: Progress,
    mail: Path | None,
    keys: Path | None,
) -> dict[str, Any]:
    """Simulate these events. With a `writer`, the first refusal ends the year."""
    year = sample.year
    clock = VirtualClock(sample.start.astimezone(UTC))
    with wiring.compose_engine(url, clock, edition, vault_key(keys)) as engine:
        before = engine.state(year_stream(year))
        assert isinstance(before, Year)
        refused = (
            {} if before.version else dict(_run_events(engine, clock, sample, events, writer, progress, mail, keys))
        )
        figures = {
            "year": year,
            "seed": sample.seed,
            "units": len(sample.units),
            "rulebook": edition.pin,
            "lived_now": not before.version,
            "refused": refused,
            **summary(engine, sample, year),
            "letters": len(list(mail.glob("*.eml"))) if mail else 0,
            "letters_by_role": letters_by_role(sample, mail),
        }
    return {**figures, "replay": _replay(url, keys).as_json()}


def vault_key(folder: Path | None) -> Path | None:
    """The file of the demonstration's vault key in this folder, created if it does not exist. None without a folder."""
    if folder is None:
        return None
    private_files.make_folder(folder)
    file = folder / "vault.key"
    if not file.exists():
        MasterKey.create(file)
    return file


def _run_events(
    engine: Engine,
    clock: VirtualClock,
    sample: Sample,
    events: list[SimulationStep],
    writer: ActWriter | None,
    progress: Progress,
    mail: Path | None,
    keys: Path | None,
) -> Counter[str]:
    """Open the year and simulate its events. Returns the number of refused commands by the code of the refusal."""
    refused: Counter[str] = Counter()
    count = 0

    def after_event(moment: datetime, answers: list[Answer]) -> None:
        nonlocal count
        count += 1
        if writer is not None:
            writer.stop_if_refused(answers, moment.astimezone(sample.zone).date())
        refused.update(answer.code for answer in answers if isinstance(answer, Refusal))
        progress(count, len(events), moment)

    open_year(engine, sample.year, sample.units, sample.office, WorkingDays().is_working)
    timezone = sample.rulebook.timezone
    seals = SealsAndWitness(engine.ledger.database, keys, timezone, clock.now()) if keys is not None else None
    with post(engine, clock, sample, mail) as letters:
        simulation = Simulation(engine, clock, on_answers=after_event, post=letters, seal=seals.run if seals else None)
        simulation.run(events, sample.end)
    if seals is not None:
        seals.cosign(sample.end)
    return refused


def _replay(url: str, keys: Path | None) -> Report:
    evidence, trusted_keys = auditor_evidence(keys) if keys else ([], [])
    with Database.open(url, read_only=True) as database:
        return replay(DatabaseReader(database), evidence=evidence, trusted=trusted_keys)
