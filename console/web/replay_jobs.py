"""Replays asked for on a page: one at a time, aside from the pages, and what each answered is kept with who asked.

A short ledger is replayed in a thread of ours; a long one by a process of low priority, so that no page waits for it. Either
way by `audit/replay.py`, over a database opened for reading only.
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
from workflow.tables import note, table

MOST = 1000
"""How many defects are kept of one report; how many there are is said."""

LONG = 20_000
"""From how many entries on a replay goes to a process of its own: what takes longer than a second would be felt on the pages."""

BEAT = timedelta(seconds=1)
"""How often it is written down how far a replay has come."""


class UnderWay(UserError):
    """Another replay is not finished."""

    zh = "已有一次核验正在进行，请等它完成后再发起。"
    en = "Another check is running. Start yours when it has finished."


FORGED = Text(
    zh="此报告不是台账所登记的那一份，不予显示：在库中被改动或直接写入，请重新核验",
    en="This report is not the one recorded in the ledger, so it is not shown. It was changed or written directly into the database. Run another check",
)


class Kept(msgspec.Struct, frozen=True):
    """What is kept of a report: the report with its first defects, and how many there were."""

    report: Report
    found: int


def start(engine: Engine, actor: Actor, expected: Sequence[Evidence], trusted: Sequence[Key]) -> int:
    """Begin to replay the ledger; the number to ask for it by. UnderWay, TimeInDoubt."""
    engine.check_time(_VERIFYING)
    database, by, clock = engine.ledger.database, actor.id, engine.clock
    size, told = (
        DatabaseReader(database).size(),
        "\n".join(dict.fromkeys((*(one.source for one in expected), *map(str, trusted)))),
    )
    number = replay_jobs.begin(database, by, clock.now(), told, size)
    if number is None:
        raise UnderWay
    work = _Work(engine, actor, number, expected, trusted)
    Thread(target=work.run, name=f"verification-{number}", daemon=True).start()
    return number


def kept(engine: Engine, row: VerificationRow) -> Kept | None:
    """What a replay answered; None where it has not, or could not, or the ledger knows another answer, which `fault` then says."""
    noted = row.finished_at is None or table(engine, VERIFICATION).rows.get(str(row.number)) == replay_jobs.digest_of(
        row
    )
    found = msgspec.json.decode(row.report, type=Kept) if row.report is not None else None
    if not noted and (found is None or found.report.ok):  # one that tells of defects does nobody harm
        row.report, row.fault = None, encode(FORGED)
        return None
    return found


_VERIFYING = Text(zh="核验台账", en="check the ledger")


class _Work:
    """One replay under way."""

    def __init__(
        self, engine: Engine, actor: Actor, number: int, expected: Sequence[Evidence], trusted: Sequence[Key]
    ) -> None:
        self._engine, self._actor = engine, actor
        self._database, self._clock, self._number = engine.ledger.database, engine.clock, number
        self._expected, self._trusted = expected, trusted
        self._told = engine.clock.now()

    def run(self) -> None:
        """Replay, and keep the answer, whatever it is."""
        try:
            report, beside = self._replayed(self._beat), check_tables(self._database)
            report = report.with_tables(beside.defects, beside.caveats)
        except UserError as why:
            self._finish(fault=why.text)
        except Exception as error:  # noqa: BLE001
            self._finish(fault=Text(zh=f"出错：{type(error).__name__}", en=f"it failed: {type(error).__name__}"))
            logger("console").error("verification failed", number=self._number, error=type(error).__name__)
        else:
            shortened = msgspec.structs.replace(report, defects=report.defects[:MOST])
            self._finish(report=msgspec.json.encode(Kept(shortened, len(report.defects))).decode())

    def _replayed(self, progress: Progress) -> Report:
        url = self._database.address
        key = self._database.key
        with Database.open(url, read_only=True) as opened:
            opened.key, reader = key, DatabaseReader(opened)
            if reader.size() < LONG:
                return replay(reader, progress, evidence=self._expected, trusted=self._trusted)
        master = key if isinstance(key, MasterKey) else None
        return replay_in_background(url, progress, evidence=self._expected, trusted=self._trusted, master=master)

    def _beat(self, read: int) -> None:
        now = self._clock.now()
        if now - self._told >= BEAT:
            self._told = now
            replay_jobs.record_progress(self._database, self._number, read, now)

    def _finish(self, *, report: str | None = None, fault: Text | None = None) -> None:
        # Noted first: an answer without its entry is nobody's.
        now, row = self._clock.now(), replay_jobs.find(self._database, self._number)
        try:
            if row is not None:
                row.finished_at, row.report, row.fault = now, report, encode(fault)
                note(self._engine, VERIFICATION, {str(self._number): replay_jobs.digest_of(row)}, self._actor)
        except Exception as error:  # noqa: BLE001
            # A ledger that is broken takes no entry: what is wrong with it is shown all the same (`kept`).
            logger("console").error("verification not noted", number=self._number, error=type(error).__name__)
        replay_jobs.finish(self._database, self._number, now, report=report, fault=fault)
