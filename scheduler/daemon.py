"""The daemon: one tick after the other, nothing remembered between them.

A tick takes the lease, opens the year when its day has come, does a round, gathers and delivers the post, and
leaves a sign of life. Each part is fenced off from the others: one that fails is logged and counted, and what it
owed is still owed at the next tick, because what is due is asked of the ledger and of the deliveries each time.

APScheduler is the bare tick and no more: one interval job in memory, missed runs folded into one, never given up
(docs/decisions/0005-the-tick.md).
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from types import FrameType
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED, JobEvent
from apscheduler.schedulers.blocking import BlockingScheduler
from msgspec import Struct

from notifications.post import Post
from states.roster import Roster
from states.vocabulary import CLOCK
from states.year import Year
from storage import lease, queries
from storage.database import Database
from workflow.engine import Engine
from workflow.year import open_year

from . import rounds

T = TypeVar("T")

EVERY = timedelta(seconds=60)
"""From one tick to the next."""

SILENT = timedelta(minutes=10)
"""After how long without a sign of life the clock counts as having stopped."""

TELL_SILENCE = timedelta(hours=12)
"""A stop at least this long is told to the office once the clock is back."""


NOTHING: Mapping[str, int] = {}


class Log(Protocol):
    """One event a tick, one a failure; never personal data."""

    def info(self, event: str, **values: object) -> None: ...
    def warning(self, event: str, **values: object) -> None: ...
    def error(self, event: str, **values: object) -> None: ...


class Counters(Protocol):
    """Where ticks are counted (`counters.py`)."""

    def tick(self, tick: Tick) -> None: ...
    def failed(self, part: str) -> None: ...


class Tick(Struct, frozen=True, kw_only=True):
    """What one tick did. `idle` means that another daemon held the lease; `failed` names the parts that failed."""

    idle: bool = False
    opened: int = 0
    due: int = 0
    written: int = 0
    refused: int = 0
    gathered: int = 0
    delivered: Mapping[str, int] = {}
    failed: tuple[str, ...] = ()


class Daemon:
    """One daemon of one database. `owner` tells it from others; `ping` is told of each whole tick.

    A `watchful` one tells the office when the clock had stopped; on a virtual clock, which leaps, it cannot be.
    """

    def __init__(
        self, engine: Engine, post: Post, is_working: Callable[[date], bool], log: Log, counters: Counters, *,
        owner: str, every: timedelta = EVERY, ping: Callable[[], None] | None = None, watchful: bool = True,
    ) -> None:  # fmt: skip
        self._engine, self._post, self._is_working = engine, post, is_working
        self._log, self._counters, self._ping = log, counters, ping
        self._owner, self._every, self._watchful = owner, every, watchful
        self._stopping = threading.Event()
        self._ticking = threading.Lock()
        self._opened: date | None = None
        self._failed: list[str] = []

    def run(self) -> None:
        """Tick until SIGTERM or SIGINT; a tick under way is brought to an orderly end first."""
        scheduler = BlockingScheduler(timezone=UTC)
        scheduler.add_listener(self._missed, EVENT_JOB_ERROR | EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES)
        scheduler.add_job(
            self.tick, "interval", seconds=self._every.total_seconds(), next_run_time=self._engine.clock.now(),
            coalesce=True, max_instances=1, misfire_grace_time=None,
        )  # fmt: skip

        def stop(number: int, _frame: FrameType | None) -> None:
            self._log.info("stopping", signal=signal.Signals(number).name)
            self._stopping.set()
            scheduler.shutdown(wait=False)

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        self._log.info("started", owner=self._owner, every=self._every.total_seconds())
        scheduler.start()
        with self._ticking:
            lease.give_up(self._engine.ledger.database, self._owner)
        self._log.info("stopped")

    def tick(self) -> Tick:
        """Do everything owed now. Raises nothing the database or a channel can cause."""
        with self._ticking:
            self._failed = []
            done = self._tick()
        self._counters.tick(done)
        level = self._log.warning if done.failed else self._log.info
        level("tick", **{name: getattr(done, name) for name in done.__struct_fields__ if getattr(done, name)})
        return done

    def _tick(self) -> Tick:
        database = self._engine.ledger.database
        before = self._do("lease", lambda: lease.look(database), None)
        term = self._do("lease", lambda: lease.take(database, self._owner, 3 * self._every), None)
        if term is None or before is None:
            return Tick(idle=True, failed=tuple(self._failed))
        now = self._engine.clock.now()
        opened = self._do("year", lambda: self._open_year(now), 0)
        done = self._do("round", lambda: rounds.run(self._engine, now), rounds.Round())
        self._do("silence", lambda: self._tell_silence(before.beat_at, now), None)
        gathered = self._do("gather", lambda: self._post.gather(now), 0)
        delivered = self._do("deliver", lambda: self._post.deliver(now, self._stopping.is_set), NOTHING)
        self._do("beat", lambda: lease.beat(database, self._owner, now), None)
        if self._ping is not None and not self._failed and not done.failed:
            self._do("ping", self._ping, None)
        for stream in done.failed:
            self._log.error("failed", part="round", stream=stream)
        return Tick(
            opened=opened, due=done.due, written=done.written, refused=done.refused, gathered=gathered,
            delivered=delivered, failed=(*self._failed, *done.failed),
        )  # fmt: skip

    def _do(self, part: str, work: Callable[[], T], otherwise: T) -> T:
        """One part of a tick. What goes wrong in it costs that part only, and is owed again at the next tick."""
        if self._stopping.is_set():
            return otherwise
        try:
            return work()
        except Exception as error:  # noqa: BLE001
            self._failed.append(part)
            self._counters.failed(part)
            self._log.error("failed", part=part, error=type(error).__name__, said=str(error)[:500])
            return otherwise

    def _open_year(self, now: datetime) -> int:
        """第六条，每年年底: the year whose day of opening has come, for the units on the roster. Asked once a day."""
        law = self._engine.editions.in_force.edition.rulebook
        today = now.astimezone(ZoneInfo(law.timezone)).date()
        if self._opened == today:
            return 0
        opened = 0
        if today >= date.fromisoformat(f"{today.year}-{law.open_on}"):
            opened = self._open(today.year)
        self._opened = today
        return opened

    def _open(self, year: int) -> int:
        """Open the year, or go on with one whose opening was interrupted; what is open is left alone."""
        known, roster = self._engine.state(f"year/{year}"), self._engine.state("roster")
        assert isinstance(known, Year)
        assert isinstance(roster, Roster)
        begun = {row.unit for row in queries.assessments(self._engine.ledger.database, year) if row.occasion is None}
        wanted = [u for u in roster.units.values() if not known.version or u.unit in known.units]
        units = [u for u in wanted if u.unit not in begun]
        if not wanted:
            self._log.warning("no units on the roster", year=year)
        if not units:
            return 0
        done = open_year(self._engine, year, units, CLOCK, self._is_working)
        for stream, refusal in done.refused.items():
            self._log.warning("not opened", stream=stream, refusal=refusal.code)
        return len(done.opened)

    def _tell_silence(self, last: datetime | None, now: datetime) -> None:
        """Nobody can tell of a stop while it lasts but those who watch from outside; afterwards the office is told."""
        if self._watchful and last is not None and now - last >= TELL_SILENCE:
            self._log.warning("was silent", since=last.isoformat())
            zone = ZoneInfo(self._engine.editions.in_force.edition.rulebook.timezone)
            since, until = (moment.astimezone(zone).strftime("%Y-%m-%d %H:%M") for moment in (last, now))
            self._post.tell("clock_stopped", ("office",), {"since": since, "until": until}, now)

    def _missed(self, event: JobEvent) -> None:
        """APScheduler could not run a tick as it should: said, counted, and made good by the next one."""
        self._counters.failed("tick")
        self._log.error("tick not run", code=event.code, said=str(getattr(event, "exception", ""))[:500])


def silent_for(database: Database, now: datetime) -> timedelta | None:
    """How long the clock has given no sign of life, if that is too long; None where it is well."""
    last = lease.look(database).beat_at
    if last is None:
        return timedelta.max
    return now - last if now - last > SILENT else None
