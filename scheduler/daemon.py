"""The daemon: one tick after the other, without memory between them.

A tick takes the lease and reads the calendar. If the machine's time is in doubt, it only says so. Otherwise it opens
the year or says that it is due, does a round, sends the list of open work at the end of the year, reports an earlier
stop of the daemon, notes and shortens the security log, seals the ledger if a seal is due, makes deliveries, sends
messages, records a heartbeat, and calls the outside watch. A part that fails is logged and counted; the other parts are
still done. The failed part is done at the next tick, because each tick reads from the ledger and the deliveries what is
due.

APScheduler only gives the interval: one job in memory; missed runs are merged into one and never dropped
(docs/decisions/0005-the-tick.md). It waits for a time of day, so `_watch` wakes it if the machine's clock is set back.

Also here: whether the daemon of a database has stopped (`silent_for`). Not here: the content of the parts.
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
from states.rulebook import roles
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
"""The default and the longest time from one tick to the next. The lease is taken for three intervals."""

SILENCE_LIMIT = timedelta(minutes=10)
"""The time after the last heartbeat from which the daemon counts as stopped: two of the longest intervals."""

SILENCE_TO_REPORT = timedelta(hours=12)
"""The shortest stop that is reported to the office after the daemon runs again."""

_NOTHING_DELIVERED: Mapping[str, int] = {}


class TickCounters(Protocol):
    """The counters of ticks and of failures (`counters.py`)."""

    def count_tick(self, tick: Tick) -> None: ...
    def count_failure(self, part: str) -> None: ...


class Tick(Struct, frozen=True, kw_only=True):
    """The outcome of one tick, as numbers.

    - `idle`: nothing was done, because another daemon has the lease or this one is stopping.
    - `opened`: the assessments that were opened. `due`, `written`, `refused`: those of `rounds.Round`.
    - `sealed`: the number of the last entry under a new seal; 0 without a new seal.
    - `gathered`: new deliveries. `delivered`: messages by outcome.
    - `failed`: the parts that failed, and the streams that failed in the round.
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
    """One daemon of one database.

    `owner` identifies it in the lease; `ping` is called after each tick without a failure.

    With `reports_silence` it reports a stop to the office, and does nothing while the time is in doubt. It must be
    False for a virtual clock, because such a clock jumps. With `opens_years` it opens each year by itself. Without, the
    office opens it, and the daemon tells the office that the day has come.

    `security_log_days` is the age at which lines of the security log are deleted, in days; with 0, the daemon neither
    notes nor shortens the log.
    """

    def __init__(
        self,
        engine: Engine,
        post: Post,
        calendar: Calendar,
        log: EventLog,
        counters: TickCounters,
        *,
        owner: str,
        every: timedelta = INTERVAL,
        ping: Callable[[], None] | None = None,
        reports_silence: bool = True,
        sealing: Sealing | None = None,
        security_log_days: int = 0,
        opens_years: bool = False,
    ) -> None:
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
        """Tick until SIGTERM or SIGINT. A running tick ends regularly first."""
        scheduler = BlockingScheduler(timezone=UTC)
        job = scheduler.add_job(
            self.tick,
            "interval",
            seconds=self._every.total_seconds(),
            next_run_time=self._engine.clock.now(),
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )
        watch = threading.Thread(target=self._watch, args=(scheduler, job), daemon=True)
        scheduler.add_listener(self._log_missed_tick, EVENT_JOB_ERROR | EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES)
        scheduler.add_listener(lambda _event: watch.start(), EVENT_SCHEDULER_STARTED)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        self._log.info("daemon started", owner=self._owner, every=self._every.total_seconds())
        scheduler.start()
        self._release_lease()
        self._log.info("daemon stopped")

    def once(self) -> Tick:
        """Do one tick and release the lease for the next process. For cron."""
        try:
            return self.tick()
        finally:
            self._release_lease()

    def tick(self) -> Tick:
        """Do everything that is due now. Errors of parts are not raised but logged; `Tick.failed` names the parts."""
        with self._ticking:
            if self._stopping.is_set():
                return Tick(idle=True)
            self._failed = []
            tick = self._tick()
            self._counters.count_tick(tick)
            write = self._log.warning if tick.failed else self._log.info
            write("tick done", **{name: getattr(tick, name) for name in tick.__struct_fields__ if getattr(tick, name)})
        return tick

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        # This handler must not take a lock. A second signal can interrupt it in the same thread, and would wait for
        # ever for a lock that the first call has. `Event.set` takes a lock; `SimpleQueue.put` is reentrant.
        self._signals.put(number)

    def _watch(self, scheduler: BlockingScheduler, job: Job) -> None:
        """End the scheduler at a signal. Until then, wake it if the machine's clock was set back.

        Otherwise it would wait until the clock shows the old time again.
        """
        while not self._wait_for_signal(self._every):
            now = self._engine.clock.now()
            if job.next_run_time > now + 2 * self._every:
                self._log.warning("time set back", until=job.next_run_time.isoformat())
                job.modify(next_run_time=now)
        self._stopping.set()
        scheduler.shutdown(wait=False)

    def _wait_for_signal(self, timeout: timedelta) -> bool:
        """Wait for a signal, at most for `timeout`. Returns whether there was one, now or before the call."""
        try:
            self._signals.get(timeout=timeout.total_seconds())
        except Empty:
            return False
        return True

    def _release_lease(self) -> None:
        """Release the lease for another daemon, after the running tick. If this fails, the lease expires by itself."""
        with self._ticking:
            try:
                lease.release(self._engine.ledger.database, self._owner)
            except StorageError as error:
                self._log.warning("lease not released", error=type(error).__name__)

    def _tick(self) -> Tick:
        database = self._engine.ledger.database
        before = self._run_part("lease", lambda: lease.read(database), None)
        term = self._run_part("lease", lambda: lease.take(database, self._owner, 3 * self._every), None)
        if term is None or before is None:
            return Tick(idle=True, failed=tuple(self._failed))
        days = self._run_part("calendar", self._calendar.refresh, self._calendar.days)
        now = self._engine.clock.now()
        doubt = doubt_about(database, now, self._engine.ledger.head().recorded_at) if self._reports_silence else None
        if doubt is not None:
            self._run_part("time", lambda: self._tell_doubt(doubt), None)
            return Tick(failed=(*self._failed, "time in doubt"))
        opened = self._run_part("year", lambda: self._opening.run(now), 0)
        outcome = self._run_part("round", lambda: rounds.run(self._engine, now, days.is_working), rounds.Round())
        self._run_part("year end", lambda: year_end.tell(self._engine, self._post, days.is_working, now), None)
        self._run_part("silence", lambda: self._tell_silence(before.beat_at, now), None)
        self._run_part("security log", lambda: self._keep_security_log(now), None)
        # The seal comes before the letters, because a notice of circulation names the seal that covers it.
        sealed = self._run_part("seal", lambda: self._sealing.run(now) if self._sealing else 0, 0)
        gathered = self._run_part("gather", lambda: self._post.gather(now, self._stopping.is_set), 0)
        delivered = self._run_part(
            "deliver", lambda: self._post.deliver(now, self._stopping.is_set), _NOTHING_DELIVERED
        )
        if "silence" not in self._failed:
            # Without the report, a heartbeat would hide the silence before it, and the office would never hear of it.
            failed = [*self._failed, *(["round"] if outcome.failed else [])]
            self._run_part("heartbeat", lambda: lease.record_heartbeat(database, self._owner, now, failed), None)
        if self._ping is not None and not self._failed and not outcome.failed:
            self._run_part("ping", self._ping, None)
        for stream in outcome.failed:
            self._counters.count_failure("round")
            self._log.error("part failed", part="round", stream=stream)
        return Tick(
            opened=opened,
            due=outcome.due,
            written=outcome.written,
            refused=outcome.refused,
            sealed=sealed,
            gathered=gathered,
            delivered=delivered,
            failed=(*self._failed, *outcome.failed),
        )

    def _run_part(self, part: str, work: Callable[[], T], otherwise: T) -> T:
        """Do one part of a tick. Returns `otherwise` if it fails (logged and counted) or if the daemon is stopping."""
        if self._stopping.is_set():
            return otherwise
        try:
            return work()
        except Exception as error:  # noqa: BLE001
            self._failed.append(part)
            self._counters.count_failure(part)
            self._log.error("part failed", part=part, error=type(error).__name__, reason=_reason(error))
            return otherwise

    def _keep_security_log(self, now: datetime) -> None:
        """Note the security log in the ledger and delete its old lines, at the first tick and then once a day.

        With `security_log_days` 0, do nothing.
        """
        if self._security_log_days and (
            self._security_log_noted is None or abs(now - self._security_log_noted) >= tables.NOTE_INTERVAL
        ):
            tables.note_security_log(self._engine, now, self._security_log_days)
            self._security_log_noted = now

    def _tell_doubt(self, doubt: TimeDoubt) -> None:
        """Notify the office at once that the time is in doubt, and only once for the same doubt in a year."""
        # The tick does nothing else: an entry with a wrong time would stay.
        self._log.error("time in doubt", last=doubt.last.isoformat(), now=doubt.now.isoformat())
        zone = ZoneInfo(self._engine.editions.in_force.rulebook.timezone)
        last, now = (moment.astimezone(zone).strftime("%Y-%m-%d %H:%M") for moment in (doubt.last, doubt.now))
        about = f"clock/doubt/{doubt.last.isoformat()}/{doubt.now.year}"
        self._post.notify_now(
            "clock_doubted", self._organiser, {"last": last, "now": now}, about, doubt.now, self._stopping.is_set
        )

    def _tell_silence(self, last: datetime | None, now: datetime) -> None:
        # While the daemon is stopped, only an external monitor can notice it. So the daemon reports the stop
        # afterwards.
        if self._reports_silence and last is not None and now - last >= SILENCE_TO_REPORT:
            self._log.warning("daemon had stopped", since=last.isoformat())
            zone = ZoneInfo(self._engine.editions.in_force.rulebook.timezone)
            since, until = (moment.astimezone(zone).strftime("%Y-%m-%d %H:%M") for moment in (last, now))
            self._post.notify(
                "clock_stopped", self._organiser, {"since": since, "until": until}, f"clock/{last.isoformat()}", now
            )

    @property
    def _organiser(self) -> str:
        return roles.organiser(self._engine.editions.in_force.rulebook)

    def _log_missed_tick(self, event: JobEvent) -> None:
        self._counters.count_failure("tick")
        error = getattr(event, "exception", None)
        self._log.error("tick missed", code=event.code, error=type(error).__name__ if error else None)


def _reason(error: Exception) -> str:
    # The message of an error from a library may quote an address or a name. Only the place in the code is logged then.
    if isinstance(error, UserError):
        return str(error)[:500]
    return code_place(error)


def silent_for(database: Database, now: datetime) -> timedelta | None:
    """The time since the last heartbeat, if it is longer than `SILENCE_LIMIT`; None while the daemon runs.

    `timedelta.max` if there was never a heartbeat.
    """
    last = lease.read(database).beat_at
    if last is None:
        return timedelta.max
    # A heartbeat in the future is no proof that the daemon runs: it was recorded while the machine's clock was ahead.
    return abs(now - last) if abs(now - last) > SILENCE_LIMIT else None
