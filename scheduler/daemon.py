"""The daemon: one tick after the other, nothing remembered between them.

A tick takes the lease, opens the year when its day has come, does a round, seals the ledger when that is owed, gathers
and delivers the post, and leaves a sign of life. Each part is fenced off from the others: one that fails is logged and counted, and what it
owed is still owed at the next tick, because what is due is asked of the ledger and of the deliveries each time.

APScheduler is the bare tick and no more: one interval job in memory, missed runs folded into one, never given up
(docs/decisions/0005-the-tick.md). It waits for a time of day, so a watch of our own frees it where the machine's clock is
set back.
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

from config.logs import place
from notifications.post import Post
from states.user_errors import UserError
from storage import lease
from storage.database.database import Database
from storage.errors import StorageError
from workflow.calendar import Calendar
from workflow.engine import Engine
from workflow.fence import Doubt, doubt
from workflow.tables import EVERY as EVERY_LOG
from workflow.tables import keep_security_log

from . import rounds, year_end
from .log import Log
from .opening import Opening
from .sealing import Sealing

T = TypeVar("T")

EVERY, SELDOM = timedelta(seconds=60), timedelta(minutes=5)
"""From one tick to the next, and at most: three ticks are a lease, and two without a sign of life are a silence."""

SILENT = timedelta(minutes=10)
"""After how long without a sign of life the clock counts as having stopped."""

TELL_SILENCE = timedelta(hours=12)
"""A stop at least this long is told to the office once the clock is back."""


NOTHING: Mapping[str, int] = {}


class Counters(Protocol):
    """Where ticks are counted (`counters.py`)."""

    def tick(self, tick: Tick) -> None: ...
    def failed(self, part: str) -> None: ...


class Tick(Struct, frozen=True, kw_only=True):
    """What one tick did. `idle` means that another daemon held the lease; `failed` names the parts that failed.

    `sealed` is up to which entry a new seal reaches, 0 if there is none.
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
    """One daemon of one database. `owner` tells it from others; `ping` is told of each whole tick.

    A `watchful` one tells the office when the clock had stopped; on a virtual clock, which leaps, it cannot be. One that
    `opens_years` opens each year by itself; otherwise that is the office's act, and the office is told that it is due.
    """

    def __init__(
        self, engine: Engine, post: Post, calendar: Calendar, log: Log, counters: Counters, *,
        owner: str, every: timedelta = EVERY, ping: Callable[[], None] | None = None, watchful: bool = True,
        sealing: Sealing | None = None, security_log_days: int = 0, opens_years: bool = False,
    ) -> None:  # fmt: skip
        self._engine, self._post, self._calendar = engine, post, calendar
        self._log, self._counters, self._ping, self._sealing = log, counters, ping, sealing
        self._owner, self._every, self._watchful = owner, every, watchful
        self._stopping = threading.Event()
        self._signals: SimpleQueue[int] = SimpleQueue()
        self._ticking = threading.Lock()
        self._security_log_days = security_log_days
        self._opening = Opening(engine, post, calendar, log, by_itself=opens_years)
        self._noted: datetime | None = None
        self._failed: list[str] = []

    def run(self) -> None:
        """Tick until SIGTERM or SIGINT; a tick under way is brought to an orderly end first."""
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
        self._log.info("started", owner=self._owner, every=self._every.total_seconds())
        scheduler.start()
        self._give_up()
        self._log.info("stopped")

    def once(self) -> Tick:
        """One tick, and the lease is free for the next process: for cron."""
        try:
            return self.tick()
        finally:
            self._give_up()

    def tick(self) -> Tick:
        """Do everything owed now. Raises nothing the database or a channel can cause."""
        with self._ticking:
            if self._stopping.is_set():
                return Tick(idle=True)
            self._failed = []
            done = self._tick()
            self._counters.tick(done)
            level = self._log.warning if done.failed else self._log.info
            level("tick", **{name: getattr(done, name) for name in done.__struct_fields__ if getattr(done, name)})
        return done

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        """Pass a signal on to the watch.

        No lock is taken here: a second signal can strike while the first is being handled, in this very thread, and would
        wait for a lock that is never given back (`Event.set` takes one). `SimpleQueue.put` is reentrant, and is meant for this.
        """
        self._signals.put(number)

    def _watch(self, scheduler: BlockingScheduler, job: Job) -> None:
        """Ends the ticking once told to stop. Till then it sees that a clock set back is not waited for."""
        while not self._signalled(self._every):
            now = self._engine.clock.now()
            if job.next_run_time > now + 2 * self._every:
                self._log.warning("clock went back", until=job.next_run_time.isoformat())
                job.modify(next_run_time=now)
        self._stopping.set()
        scheduler.shutdown(wait=False)

    def _signalled(self, within: timedelta) -> bool:
        """Whether a signal came within a span of time; one that came before counts."""
        try:
            self._signals.get(timeout=within.total_seconds())
        except Empty:
            return False
        return True

    def _give_up(self) -> None:
        """Let another daemon have the lease, after the tick under way; it runs out by itself if this fails."""
        with self._ticking:
            try:
                lease.release(self._engine.ledger.database, self._owner)
            except StorageError as fault:
                self._log.warning("lease not given up", error=type(fault).__name__)

    def _tick(self) -> Tick:
        database = self._engine.ledger.database
        before = self._do("lease", lambda: lease.read(database), None)
        term = self._do("lease", lambda: lease.take(database, self._owner, 3 * self._every), None)
        if term is None or before is None:
            return Tick(idle=True, failed=tuple(self._failed))
        days = self._do("calendar", self._calendar.refresh, self._calendar.days)
        now = self._engine.clock.now()
        found = doubt(database, now, self._engine.ledger.head().recorded_at) if self._watchful else None
        if found is not None:
            self._do("clock", lambda: self._tell_doubt(found), None)
            return Tick(failed=(*self._failed, "clock in doubt"))
        opened = self._do("year", lambda: self._opening.run(now), 0)
        done = self._do("round", lambda: rounds.run(self._engine, now, days.is_working), rounds.Round())
        self._do("year end", lambda: year_end.tell(self._engine, self._post, days.is_working, now), None)
        self._do("silence", lambda: self._tell_silence(before.beat_at, now), None)
        self._do("security log", lambda: self._keep_security_log(now), None)
        # Before the post: a notice of circulation names the seal it stands under.
        sealed = self._do("seal", lambda: self._sealing.run(now) if self._sealing else 0, 0)
        gathered = self._do("gather", lambda: self._post.gather(now, self._stopping.is_set), 0)
        delivered = self._do("deliver", lambda: self._post.deliver(now, self._stopping.is_set), NOTHING)
        if "silence" not in self._failed:
            # A sign of life would cover up the silence before it, which is still to be told.
            failed = [*self._failed, *(["round"] if done.failed else [])]
            self._do("beat", lambda: lease.record_heartbeat(database, self._owner, now, failed), None)
        if self._ping is not None and not self._failed and not done.failed:
            self._do("ping", self._ping, None)
        for stream in done.failed:
            self._counters.failed("round")
            self._log.error("failed", part="round", stream=stream)
        return Tick(
            opened=opened, due=done.due, written=done.written, refused=done.refused, sealed=sealed,
            gathered=gathered, delivered=delivered, failed=(*self._failed, *done.failed),
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
            self._log.error("failed", part=part, error=type(error).__name__, said=_said(error))
            return otherwise

    def _keep_security_log(self, now: datetime) -> None:
        """Note it in the ledger, once a day and with the first tick; 0 days: not this daemon's."""
        if self._security_log_days and (self._noted is None or abs(now - self._noted) >= EVERY_LOG):
            keep_security_log(self._engine, now, self._security_log_days)
            self._noted = now

    def _tell_doubt(self, found: Doubt) -> None:
        """Nothing is done by a clock that is years off: no entry, no seal, no letter but the one that says so."""
        self._log.error("clock in doubt", last=found.last.isoformat(), now=found.now.isoformat())
        zone = ZoneInfo(self._engine.editions.in_force.rulebook.timezone)
        last, now = (at.astimezone(zone).strftime("%Y-%m-%d %H:%M") for at in (found.last, found.now))
        about = f"clock/doubt/{found.last.isoformat()}/{found.now.year}"
        self._post.say("clock_doubted", "office", {"last": last, "now": now}, about, found.now, self._stopping.is_set)

    def _tell_silence(self, last: datetime | None, now: datetime) -> None:
        """Nobody can tell of a stop while it lasts but those who watch from outside; afterwards the office is told."""
        if self._watchful and last is not None and now - last >= TELL_SILENCE:
            self._log.warning("was silent", since=last.isoformat())
            zone = ZoneInfo(self._engine.editions.in_force.rulebook.timezone)
            since, until = (moment.astimezone(zone).strftime("%Y-%m-%d %H:%M") for moment in (last, now))
            self._post.tell(
                "clock_stopped", "office", {"since": since, "until": until}, f"clock/{last.isoformat()}", now
            )

    def _missed(self, event: JobEvent) -> None:
        """APScheduler could not run a tick as it should: said, counted, and made good by the next one."""
        self._counters.failed("tick")
        error = getattr(event, "exception", None)
        self._log.error("tick not run", code=event.code, error=type(error).__name__ if error else None)


def _said(error: Exception) -> str:
    """What may be said of an error: a sentence of ours, else the place; a stranger's words may quote an address."""
    if isinstance(error, UserError):
        return str(error)[:500]
    return place(error)


def silent_for(database: Database, now: datetime) -> timedelta | None:
    """How long the clock has given no sign of life, if that is too long; None where it is well."""
    last = lease.read(database).beat_at
    if last is None:
        return timedelta.max
    # A sign of life from the future says nothing: it was left by a clock that was ahead and was set back.
    return abs(now - last) if abs(now - last) > SILENT else None
