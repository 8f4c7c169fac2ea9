"""The daemon: one tick after the other, and nothing remembered between them.

A tick takes the lease, opens the year on its day, does a round, seals the ledger when a seal is due, makes and sends letters, and
records a heartbeat. A part that fails is logged and counted and does not stop the other parts. It is done at the next tick,
because each tick asks the ledger and the deliveries again what is due.

APScheduler only gives the interval: one job in memory, missed runs merged into one, never dropped
(docs/decisions/0005-the-tick.md). It waits for a time of day. So `_watch` wakes it where the machine's clock is set back.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from queue import Empty, SimpleQueue
from types import FrameType
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

from apscheduler.events import (
    EVENT_JOB_ERROR,
    EVENT_JOB_MAX_INSTANCES,
    EVENT_JOB_MISSED,
    EVENT_SCHEDULER_STARTED,
    JobEvent,
)
from apscheduler.job import Job
from apscheduler.schedulers.blocking import BlockingScheduler
from msgspec import Struct

from config.logs import EventLog, code_place
from notifications.post import Post
from states.user_errors import UserError
from storage import lease
from storage.database.database import Database
from storage.errors import StorageError
from workflow import tables
from workflow.calendar import Calendar
from workflow.engine import Engine
from workflow.fence import TimeDoubt, doubt_about

from . import rounds, year_end
from .opening import YearOpening
from .sealing import Sealing

T = TypeVar("T")

INTERVAL, LONGEST_INTERVAL = timedelta(seconds=60), timedelta(minutes=5)
"""The time from one tick to the next, usually and at most. A lease lasts three ticks, and two ticks without a heartbeat are a silence."""

SILENCE_LIMIT = timedelta(minutes=10)
"""How long after the last heartbeat the daemon counts as stopped."""

SILENCE_TO_REPORT = timedelta(hours=12)
"""The office is told of a stop of at least this long, once the daemon runs again."""


NOTHING_DELIVERED: Mapping[str, int] = {}


class TickCounters(Protocol):
    """Where ticks are counted (`counters.py`)."""

    def tick(self, tick: Tick) -> None: ...
    def failed(self, part: str) -> None: ...


class Tick(Struct, frozen=True, kw_only=True):
    """What one tick did. `idle`: another daemon has the lease. `failed`: the parts that failed, and the streams of a round that did.

    `sealed` is the last entry under a new seal, 0 if none was made. `gathered` are new deliveries, `delivered` the messages by outcome.
    """

    idle: bool = False
    opened: int = 0
    due: int = 0
    written: int = 0
    refused: int = 0
    sealed: int = 0
    gathered: int = 0
    delivered: Mapping[str, int] = {}
    failed: tuple[str, ...] = ()


class Daemon:
    """One daemon of one database. `owner` tells it from others in the lease; `ping` is called after each tick in which nothing failed.

    With `reports_silence` it tells the office that it had stopped, and does nothing while the time is in doubt; on a virtual clock, which
    leaps, it cannot. With `opens_years` it opens each year by itself; otherwise that is the office's act, and it tells the office
    that the day has come.
    """

    def __init__(
        self, engine: Engine, post: Post, calendar: Calendar, log: EventLog, counters: TickCounters, *,
        owner: str, every: timedelta = INTERVAL, ping: Callable[[], None] | None = None, reports_silence: bool = True,
        sealing: Sealing | None = None, security_log_days: int = 0, opens_years: bool = False,
    ) -> None:  # fmt: skip
        self._engine, self._post, self._calendar = engine, post, calendar
        self._log, self._counters, self._ping, self._sealing = log, counters, ping, sealing
        self._owner, self._every, self._reports_silence = owner, every, reports_silence
        self._stopping = threading.Event()
        self._signals: SimpleQueue[int] = SimpleQueue()
        self._ticking = threading.Lock()
        self._security_log_days = security_log_days
        self._opening = YearOpening(engine, post, calendar, log, automatic=opens_years)
        self._security_log_noted: datetime | None = None
        self._failed: list[str] = []

    def run(self) -> None:
        """Tick until SIGTERM or SIGINT. A tick that has begun ends in order first."""
        scheduler = BlockingScheduler(timezone=UTC)
        job = scheduler.add_job(
            self.tick, "interval", seconds=self._every.total_seconds(), next_run_time=self._engine.clock.now(),
            coalesce=True, max_instances=1, misfire_grace_time=None,
        )  # fmt: skip
        watch = threading.Thread(target=self._watch, args=(scheduler, job), daemon=True)
        scheduler.add_listener(self._missed, EVENT_JOB_ERROR | EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES)
        scheduler.add_listener(lambda _event: watch.start(), EVENT_SCHEDULER_STARTED)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        self._log.info("daemon started", owner=self._owner, every=self._every.total_seconds())
        scheduler.start()
        self._release_lease()
        self._log.info("daemon stopped")

    def once(self) -> Tick:
        """One tick, then the lease is released for the next process: for cron."""
        try:
            return self.tick()
        finally:
            self._release_lease()

    def tick(self) -> Tick:
        """Do everything that is due now. No error of the database or of a channel is raised; each is logged, and named in `Tick.failed`."""
        with self._ticking:
            if self._stopping.is_set():
                return Tick(idle=True)
            self._failed = []
            done = self._tick()
            self._counters.tick(done)
            level = self._log.warning if done.failed else self._log.info
            level("tick done", **{name: getattr(done, name) for name in done.__struct_fields__ if getattr(done, name)})
        return done

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        # No lock may be taken here: a second signal can interrupt this handler in this very thread, and would wait for ever for a
        # lock that the first one has (`Event.set` takes one). `SimpleQueue.put` is reentrant, and made for this.
        self._signals.put(number)

    def _watch(self, scheduler: BlockingScheduler, job: Job) -> None:
        """Ends the scheduler at a signal. Until then, wakes it where the machine's clock was set back: it would wait until that time comes again."""
        while not self._signalled(self._every):
            now = self._engine.clock.now()
            if job.next_run_time > now + 2 * self._every:
                self._log.warning("time set back", until=job.next_run_time.isoformat())
                job.modify(next_run_time=now)
        self._stopping.set()
        scheduler.shutdown(wait=False)

    def _signalled(self, within: timedelta) -> bool:
        """Whether a signal comes within this time; one that came before counts too."""
        try:
            self._signals.get(timeout=within.total_seconds())
        except Empty:
            return False
        return True

    def _release_lease(self) -> None:
        """Let another daemon take the lease, after the tick that is running. If this fails, the lease expires by itself."""
        with self._ticking:
            try:
                lease.release(self._engine.ledger.database, self._owner)
            except StorageError as fault:
                self._log.warning("lease not released", error=type(fault).__name__)

    def _tick(self) -> Tick:
        database = self._engine.ledger.database
        before = self._run_part("lease", lambda: lease.read(database), None)
        term = self._run_part("lease", lambda: lease.take(database, self._owner, 3 * self._every), None)
        if term is None or before is None:
            return Tick(idle=True, failed=tuple(self._failed))
        days = self._run_part("calendar", self._calendar.refresh, self._calendar.days)
        now = self._engine.clock.now()
        found = doubt_about(database, now, self._engine.ledger.head().recorded_at) if self._reports_silence else None
        if found is not None:
            self._run_part("time", lambda: self._tell_doubt(found), None)
            return Tick(failed=(*self._failed, "time in doubt"))
        opened = self._run_part("year", lambda: self._opening.run(now), 0)
        done = self._run_part("round", lambda: rounds.run(self._engine, now, days.is_working), rounds.Round())
        self._run_part("year end", lambda: year_end.tell(self._engine, self._post, days.is_working, now), None)
        self._run_part("silence", lambda: self._tell_silence(before.beat_at, now), None)
        self._run_part("security log", lambda: self._keep_security_log(now), None)
        # Before the letters: a notice of circulation names the seal that proves it.
        sealed = self._run_part("seal", lambda: self._sealing.run(now) if self._sealing else 0, 0)
        gathered = self._run_part("gather", lambda: self._post.gather(now, self._stopping.is_set), 0)
        delivered = self._run_part("deliver", lambda: self._post.deliver(now, self._stopping.is_set), NOTHING_DELIVERED)
        if "silence" not in self._failed:
            # A heartbeat would hide the silence before it, which the office must still be told of.
            failed = [*self._failed, *(["round"] if done.failed else [])]
            self._run_part("heartbeat", lambda: lease.record_heartbeat(database, self._owner, now, failed), None)
        if self._ping is not None and not self._failed and not done.failed:
            self._run_part("ping", self._ping, None)
        for stream in done.failed:
            self._counters.failed("round")
            self._log.error("part failed", part="round", stream=stream)
        return Tick(
            opened=opened, due=done.due, written=done.written, refused=done.refused, sealed=sealed,
            gathered=gathered, delivered=delivered, failed=(*self._failed, *done.failed),
        )  # fmt: skip

    def _run_part(self, part: str, work: Callable[[], T], otherwise: T) -> T:
        """Do one part of a tick. If it fails, log and count it, and return `otherwise`."""
        if self._stopping.is_set():
            return otherwise
        try:
            return work()
        except Exception as error:  # noqa: BLE001
            self._failed.append(part)
            self._counters.failed(part)
            self._log.error("part failed", part=part, error=type(error).__name__, reason=_reason(error))
            return otherwise

    def _keep_security_log(self, now: datetime) -> None:
        """Note the security log in the ledger and delete what is older than the setting allows: at the first tick, then once a day. With 0 days, never."""
        if self._security_log_days and (
            self._security_log_noted is None or abs(now - self._security_log_noted) >= tables.NOTE_INTERVAL
        ):
            tables.note_security_log(self._engine, now, self._security_log_days)
            self._security_log_noted = now

    def _tell_doubt(self, found: TimeDoubt) -> None:
        # An entry with a wrong time could never be corrected. So nothing is done, except one letter that says why.
        self._log.error("time in doubt", last=found.last.isoformat(), now=found.now.isoformat())
        zone = ZoneInfo(self._engine.editions.in_force.rulebook.timezone)
        last, now = (at.astimezone(zone).strftime("%Y-%m-%d %H:%M") for at in (found.last, found.now))
        about = f"clock/doubt/{found.last.isoformat()}/{found.now.year}"
        self._post.notify_now(
            "clock_doubted", "office", {"last": last, "now": now}, about, found.now, self._stopping.is_set
        )

    def _tell_silence(self, last: datetime | None, now: datetime) -> None:
        # While the daemon is stopped, only a monitor outside can notice it; so the office is told afterwards.
        if self._reports_silence and last is not None and now - last >= SILENCE_TO_REPORT:
            self._log.warning("daemon had stopped", since=last.isoformat())
            zone = ZoneInfo(self._engine.editions.in_force.rulebook.timezone)
            since, until = (moment.astimezone(zone).strftime("%Y-%m-%d %H:%M") for moment in (last, now))
            self._post.notify(
                "clock_stopped", "office", {"since": since, "until": until}, f"clock/{last.isoformat()}", now
            )

    def _missed(self, event: JobEvent) -> None:
        self._counters.failed("tick")
        error = getattr(event, "exception", None)
        self._log.error("tick missed", code=event.code, error=type(error).__name__ if error else None)


def _reason(error: Exception) -> str:
    # The message of an error that is not ours may quote an address or a name. So of such an error only the place is logged.
    if isinstance(error, UserError):
        return str(error)[:500]
    return code_place(error)


def silent_for(database: Database, now: datetime) -> timedelta | None:
    """How long ago the last heartbeat was, if that is longer than `SILENCE_LIMIT`; None while the daemon is running."""
    last = lease.read(database).beat_at
    if last is None:
        return timedelta.max
    # A heartbeat from the future proves nothing: it was recorded while the machine's clock was ahead.
    return abs(now - last) if abs(now - last) > SILENCE_LIMIT else None
