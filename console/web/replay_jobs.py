"""Replays of the ledger that a page starts.

Only one runs at a time, in the background. Its report is stored with the account that started it, and the ledger
records the digest of the report: a stored report that the ledger does not record counts as forged. A short ledger is
replayed in a thread; a long one in a process of low priority, so that the pages stay fast. Both ways run
`audit/replay.py` on a database that is open only for reading.

Not here: the table of these replays (`storage/replay_jobs.py`) and the page (`pages/ledger/verification.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from threading import Thread

import msgspec

from audit.parallel import replay_in_background
from audit.reader import DatabaseReader
from audit.replay import Progress, replay
from audit.report import Report
from audit.seals.keys import Key
from audit.seals.seal_checks import Evidence
from audit.tables.all_tables import check_tables
from config.logs import logger
from states.custody.tables import VERIFICATION
from states.user_errors import UserError
from states.vocabulary import Actor, Text
from storage import replay_jobs
from storage.bilingual_column import encode
from storage.database.database import Database
from storage.master_key import MasterKey
from storage.tables.replay_jobs import VerificationRow
from workflow.engine import Engine
from workflow.tables import note_rows, noted_table

MAX_DEFECTS = 1000
"""The most defects of one report that are stored. The number of all defects is stored too."""

LONG_LEDGER = 20_000
"""A ledger with at least this number of entries is replayed in its own process.

A thread would slow the pages for seconds.
"""

PROGRESS_INTERVAL = timedelta(seconds=1)
"""The progress of a replay is written to the database at most once in this time."""


class ReplayUnderWay(UserError):
    """Another replay is not finished."""

    zh = "已有一次核验正在进行，请等它完成后再发起。"
    en = "Another check is running. Start yours when it has finished."


FORGED = Text(
    zh="此报告不是台账所登记的那一份，不予显示：在库中被改动或直接写入，请重新核验",
    en=(
        "This report is not the one recorded in the ledger, so it is not shown. It was changed or written directly "
        "into the database. Run another check"
    ),
)


class StoredReport(msgspec.Struct, frozen=True):
    """A stored report with at most `MAX_DEFECTS` defects. `defect_count` is the number of all defects."""

    report: Report
    defect_count: int


_VERIFYING = Text(zh="核验台账", en="check the ledger")


def start_replay(engine: Engine, actor: Actor, expected: Sequence[Evidence], trusted: Sequence[Key]) -> int:
    """Start a replay of the ledger and return its number. Raises `ReplayUnderWay`, `TimeInDoubt`."""
    engine.check_time(_VERIFYING)
    database, clock = engine.ledger.database, engine.clock
    size = DatabaseReader(database).size()
    sources = "\n".join(dict.fromkeys((*(one.source for one in expected), *map(str, trusted))))
    number = replay_jobs.begin(database, actor.id, clock.now(), sources, size)
    if number is None:
        raise ReplayUnderWay
    job = _ReplayJob(engine, actor, number, expected, trusted)
    Thread(target=job.run, name=f"verification-{number}", daemon=True).start()
    return number


def stored_report(engine: Engine, row: VerificationRow) -> StoredReport | None:
    """The report of a replay. None if the replay is not finished or failed, or if the ledger records another report.

    In the last case `row.fault` is set to `FORGED`.
    """
    # A forged report could claim that the ledger has no defect. A report that lists defects is shown even if the ledger
    # does not record it: a damaged ledger accepts no entry (`_ReplayJob._finish`), and its defects must be visible.
    is_finished = row.finished_at is not None
    is_recorded = not is_finished or _recorded_digest(engine, row) == replay_jobs.digest_of(row)
    stored = msgspec.json.decode(row.report, type=StoredReport) if row.report is not None else None
    if not is_recorded and (stored is None or stored.report.ok):
        row.report, row.fault = None, encode(FORGED)
        return None
    return stored


def _recorded_digest(engine: Engine, row: VerificationRow) -> str | None:
    return noted_table(engine, VERIFICATION).rows.get(str(row.number))


class _ReplayJob:
    """One replay that runs in the background."""

    def __init__(
        self, engine: Engine, actor: Actor, number: int, expected: Sequence[Evidence], trusted: Sequence[Key]
    ) -> None:
        self._engine, self._actor = engine, actor
        self._database, self._clock, self._number = engine.ledger.database, engine.clock, number
        self._expected, self._trusted = expected, trusted
        self._progress_written_at = engine.clock.now()

    def run(self) -> None:
        """Replay the ledger, check the tables beside it, and store the report or the error."""
        try:
            report, tables = self._replay(self._write_progress), check_tables(self._database)
            report = report.with_tables(tables.defects, tables.caveats)
        except UserError as error:
            self._finish(fault=error.text)
        except Exception as error:  # noqa: BLE001
            self._finish(fault=Text(zh=f"出错：{type(error).__name__}", en=f"it failed: {type(error).__name__}"))
            logger("console").error("verification failed", number=self._number, error=type(error).__name__)
        else:
            shortened = msgspec.structs.replace(report, defects=report.defects[:MAX_DEFECTS])
            self._finish(report=msgspec.json.encode(StoredReport(shortened, len(report.defects))).decode())

    def _replay(self, progress: Progress) -> Report:
        url = self._database.address
        key = self._database.key
        with Database.open(url, read_only=True) as database:
            database.key, reader = key, DatabaseReader(database)
            if reader.size() < LONG_LEDGER:
                return replay(reader, progress, evidence=self._expected, trusted=self._trusted)
        master = key if isinstance(key, MasterKey) else None
        return replay_in_background(url, progress, evidence=self._expected, trusted=self._trusted, master=master)

    def _write_progress(self, entries_read: int) -> None:
        now = self._clock.now()
        if now - self._progress_written_at >= PROGRESS_INTERVAL:
            self._progress_written_at = now
            replay_jobs.record_progress(self._database, self._number, entries_read, now)

    def _finish(self, *, report: str | None = None, fault: Text | None = None) -> None:
        # The entry in the ledger comes first: a report that the ledger does not record counts as forged
        # (`stored_report`).
        now, row = self._clock.now(), replay_jobs.find(self._database, self._number)
        try:
            if row is not None:
                row.finished_at, row.report, row.fault = now, report, encode(fault)
                note_rows(self._engine, VERIFICATION, {str(self._number): replay_jobs.digest_of(row)}, self._actor)
        except Exception as error:  # noqa: BLE001
            # A damaged ledger accepts no entry. The report is stored all the same, and `stored_report` shows it because
            # it lists defects.
            logger("console").error("verification not noted", number=self._number, error=type(error).__name__)
        replay_jobs.finish(self._database, self._number, now, report=report, fault=fault)
