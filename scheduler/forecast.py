"""The forecast of a year, rehearsed on a copy of the database: every notice that would be sent if nobody acted.

The real daemon ticks on a virtual clock over the copy, which is deleted afterwards. Its channels send nothing. The
forecast is read from the copy. Also here: the deadlines of a forecast as a calendar file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event
from msgspec import Struct

from config.clock import VirtualClock
from config.logs import values_on_every_event
from config.rulebooks import Edition
from config.settings import Settings
from notifications.channels.message import Channel, Message
from notifications.notices.notice import Notice, notice_from_json
from states.assessment import Assessment
from states.deadlines.dates import default_deadlines, end_of_reminders
from states.deadlines.reminders import open_items
from states.records.year import Year
from states.rulebook.types import Rulebook
from states.streams import assessment_stream, year_stream
from states.vocabulary import Text
from storage import queries
from storage.backup.copying import copy_database
from storage.database.database import Database
from storage.post import deliveries
from storage.post.deliveries import Delivery
from workflow.calendar import working_days
from workflow.engine import Engine

from . import wiring
from .daemon import Daemon

STEP = timedelta(minutes=1)
"""The shortest time from one tick of the rehearsal to the next."""


class ForecastNotice(Struct, frozen=True):
    """One notice of the rehearsed year: its time, recipient and channel, and the delivery's `state` with the reason."""

    at: datetime
    recipient: str
    channel: str
    state: str
    why: Text | None
    notice: Notice


class Deadline(Struct, frozen=True):
    """A deadline of the year: that of a stage, or of a task after a circulated result.

    `unit` is None if the deadline is that of the whole year; otherwise it differs from that for one department.
    """

    stage: str
    title: Text
    due: date
    unit: str | None = None


class Forecast(Struct, frozen=True):
    """The outcome of a rehearsal, with the number of ticks.

    `provisional` are the years without a holiday notice; `units` are the names of the departments by id.
    """

    start: datetime
    end: datetime
    ticks: int
    notices: tuple[ForecastNotice, ...]
    deadlines: tuple[Deadline, ...]
    provisional: tuple[int, ...]
    units: Mapping[str, str]


class NullChannel:
    """A channel that sends nothing, but has the name of a real one."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.per_minute: int | None = None
        self.per_day: int | None = None

    def send(self, message: Message) -> None:
        """Send nothing."""


def rehearse(source: Database, edition: Edition, year: int, settings: Settings, start: datetime) -> Forecast:
    """Run the daemon through the year over a copy of `source`, from `start` (aware) to the end of its reminders.

    Nothing is written to `source`, and nothing is sent. Every event in the log has the value `rehearsal`.
    """
    with TemporaryDirectory(prefix="kaohe-") as folder, values_on_every_event(rehearsal=year):
        copy = copy_database(source, Path(folder) / "copy.db")
        names = ["mail", *wiring.configured_robots(settings)]
        clock = VirtualClock(start)
        with wiring.engine_over(copy, clock, edition) as engine:
            last_number = engine.ledger.head().number
            channels: Mapping[str, Channel] = {name: NullChannel(name) for name in names}
            end = _end(year, edition.rulebook)
            # Without an open year there are no deadlines. So this daemon opens the year itself, as the office would.
            daemon = wiring.compose_daemon(engine, settings, channels, opens_years=True)
            opening = _opening(year, edition.rulebook)
            ticks = _run(daemon, engine, clock, opening, end, names)
            days = working_days(copy)
            provisional = tuple(n for n in range(start.year, end.year + 1) if days.is_provisional(n))
            notices = tuple(_notices(copy, last_number, start))
            roster = engine.roster()
            units = {id_: unit.title for id_, unit in roster.units.items()}
            return Forecast(start, end, ticks, notices, tuple(_deadlines(engine, year)), provisional, units)


def calendar(forecast: Forecast, year: int, language: str, origin: str) -> bytes:
    """The deadlines as an iCalendar file (RFC 5545). Each deadline is an event of one day."""
    file = Calendar()
    file.add("prodid", "-//kaohe//deadlines//ZH")
    file.add("version", "2.0")
    for deadline in forecast.deadlines:
        event = Event()
        unit = f" {forecast.units[deadline.unit]}" if deadline.unit else ""
        event.add("uid", f"{year}-{deadline.stage}-{deadline.unit or 'all'}@{origin}")
        event.add("dtstamp", forecast.start)
        event.add("dtstart", deadline.due)
        event.add("dtend", deadline.due + timedelta(days=1))
        event.add("transp", "TRANSPARENT")
        text = Text(zh=f"考核截止：{deadline.title.zh}{unit}", en=f"Assessment due: {deadline.title.en}{unit}")
        event.add("summary", text.render(language))
        file.add_component(event)
    content: bytes = file.to_ical()
    return content


def _run(
    daemon: Daemon, engine: Engine, clock: VirtualClock, opening: datetime, until: datetime, channels: Sequence[str]
) -> int:
    """Tick at every moment at which something is due, up to `until`. Returns the number of ticks."""
    database, ticks = engine.ledger.database, 0
    while True:
        daemon.tick()
        ticks += 1
        now = clock.now()
        waiting = deliveries.next_due_at(database, channels)
        moments = [queries.earliest_due(database), waiting, opening if opening > now else None]
        upcoming = [max(moment, now + STEP) for moment in moments if moment is not None]
        if not upcoming or min(upcoming) > until:
            return ticks
        clock.advance_to(min(upcoming))


def _notices(database: Database, after: int, since: datetime) -> Iterator[ForecastNotice]:
    """The deliveries for entries after number `after`, and those that still waited at `since`, in order of time."""
    every = deliveries.search(database, limit=10**6)
    rows = [delivery for delivery in every if delivery.number > after or _was_waiting(delivery, since)]
    for row in sorted(rows, key=lambda d: (_time_of(d), d.recipient, d.channel, d.number, d.item)):
        yield ForecastNotice(
            _time_of(row), row.recipient, row.channel, row.state, row.response, notice_from_json(row.notice)
        )


def _was_waiting(delivery: Delivery, since: datetime) -> bool:
    """Whether a delivery was made before the rehearsal and had not been sent."""
    is_unsent = delivery.next_at is not None or (delivery.sent_at is not None and delivery.sent_at >= since)
    return delivery.channel != "inbox" and is_unsent


def _time_of(delivery: Delivery) -> datetime:
    return delivery.sent_at or delivery.made_at


def _deadlines(engine: Engine, number: int) -> Iterator[Deadline]:
    """The deadlines of the year `number`; then, for each department, those that differ and those of its tasks."""
    year, _, compiled = engine.context(year_stream(number), wiring.READER)
    assert isinstance(year, Year)
    rulebook = compiled.rulebook
    days = working_days(engine.ledger.database)
    due = year.due or default_deadlines(rulebook, number, days.is_working)
    for stage, day in sorted(due.items(), key=lambda item: item[1]):
        yield Deadline(stage, rulebook.stages[stage].title.text, day)
    for unit in year.units:
        state = engine.state(assessment_stream(number, unit))
        assert isinstance(state, Assessment)
        for stage, day in state.due.items():
            if due.get(stage) != day:
                yield Deadline(stage, rulebook.stages[stage].title.text, day, unit)
        for timed, until in open_items(state, rulebook):
            if until is not None and timed.key not in state.due:
                yield Deadline(timed.key, timed.title.text, until, unit)


def _opening(year: int, rulebook: Rulebook) -> datetime:
    """The first minute of the day on which the rulebook opens the year."""
    day = date.fromisoformat(f"{year}-{rulebook.open_on}")
    return datetime.combine(day, time(0, 1), ZoneInfo(rulebook.timezone))


def _end(year: int, rulebook: Rulebook) -> datetime:
    """The beginning of the day by which the reminders for the unfinished work of the year have been sent."""
    return datetime.combine(end_of_reminders(rulebook, year), time(), ZoneInfo(rulebook.timezone))
