"""A year rehearsed on a copy of the real database: who would hear what, when, by which channel, if nobody did anything.

The very daemon ticks, on a virtual clock, over a copy that is thrown away; its channels send nothing. What it would
have done is read from the copy afterwards.
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
from states.deadlines.dates import due_dates
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


class ForecastNotice(Struct, frozen=True):
    """One notice of the rehearsed year: when, to whom, by which channel, and its outcome (`end`) with the reason."""

    at: datetime
    recipient: str
    channel: str
    end: str
    why: Text | None
    notice: Notice


class Deadline(Struct, frozen=True):
    """A deadline of the year: of a stage, for all departments or for one that has another; or of a task after a circulated result."""

    stage: str
    title: Text
    due: date
    unit: str | None = None


class Forecast(Struct, frozen=True):
    """What a rehearsal shows. `provisional` are the years whose holidays are not published yet; `units` are the names of departments by id."""

    begins: datetime
    ends: datetime
    ticks: int
    notices: tuple[ForecastNotice, ...]
    deadlines: tuple[Deadline, ...]
    provisional: tuple[int, ...]
    units: Mapping[str, str]


class NullChannel:
    """A channel that sends nothing, under the name of a real one."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.per_minute: int | None = None
        self.per_day: int | None = None

    def send(self, message: Message) -> None:
        """Send nothing."""


def rehearse(source: Database, edition: Edition, year: int, settings: Settings, begins: datetime) -> Forecast:
    """Run the daemon through the year, from `begins` (aware) on, over a copy. Nothing is written to `source` and nothing is sent; every event in the log says `rehearsal`."""
    with TemporaryDirectory(prefix="kaohe-") as folder, values_on_every_event(rehearsal=year):
        copied = copy_database(source, Path(folder) / "copy.db")
        names = ["mail", *wiring.robots(settings)]
        clock = VirtualClock(begins)
        with wiring.engine_over(copied, clock, edition) as engine:
            known = engine.ledger.head().number
            channels: Mapping[str, Channel] = {name: NullChannel(name) for name in names}
            ends = _ends(year, edition.rulebook)
            # A year that is not opened shows nothing. So the daemon opens it here, as the office would on the day.
            daemon = wiring.daemon(engine, settings, channels, opens_years=True)
            opening = _opening(year, edition.rulebook)
            ticks = _run(daemon, engine, clock, opening, ends, names)
            days = working_days(copied)
            provisional = tuple(y for y in range(begins.year, ends.year + 1) if days.is_provisional(y))
            notices = tuple(_notices(copied, known, begins))
            roster = engine.roster()
            units = {id_: unit.title for id_, unit in roster.units.items()}
            return Forecast(begins, ends, ticks, notices, tuple(_deadlines(engine, year)), provisional, units)


def calendar(forecast: Forecast, year: int, language: str, origin: str) -> bytes:
    """The deadlines as an iCalendar file (RFC 5545), each an event of one day."""
    made = Calendar()
    made.add("prodid", "-//kaohe//deadlines//ZH")
    made.add("version", "2.0")
    for deadline in forecast.deadlines:
        event = Event()
        unit = f" {forecast.units[deadline.unit]}" if deadline.unit else ""
        event.add("uid", f"{year}-{deadline.stage}-{deadline.unit or 'all'}@{origin}")
        event.add("dtstamp", forecast.begins)
        event.add("dtstart", deadline.due)
        event.add("dtend", deadline.due + timedelta(days=1))
        event.add("transp", "TRANSPARENT")
        text = Text(zh=f"考核截止：{deadline.title.zh}{unit}", en=f"Assessment due: {deadline.title.en}{unit}")
        event.add("summary", text.render(language))
        made.add_component(event)
    ical: bytes = made.to_ical()
    return ical


def _run(
    daemon: Daemon, engine: Engine, clock: VirtualClock, opening: datetime, until: datetime, channels: Sequence[str]
) -> int:
    """Tick at every moment at which something is due. Returns the number of ticks."""
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
    """The deliveries that the daemon made in the copy, in the order of time."""
    rows = [one for one in deliveries.search(database, limit=10**6) if one.number > after or _was_waiting(one, since)]
    for one in sorted(rows, key=lambda d: (_at(d), d.recipient, d.channel, d.number, d.item)):
        yield ForecastNotice(
            _at(one), one.recipient, one.channel, one.state, one.response, notice_from_json(one.notice)
        )


def _was_waiting(one: Delivery, since: datetime) -> bool:
    """Whether a delivery was made before the rehearsal and still waited."""
    return one.channel != "inbox" and (one.next_at is not None or (one.sent_at is not None and one.sent_at >= since))


def _at(one: Delivery) -> datetime:
    return one.sent_at or one.made_at


def _deadlines(engine: Engine, number: int) -> Iterator[Deadline]:
    year, _, compiled = engine.context(year_stream(number), wiring.READER)
    assert isinstance(year, Year)
    rulebook = compiled.rulebook
    days = working_days(engine.ledger.database)
    due = year.due or due_dates(rulebook, number, days.is_working)
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
    """The beginning of the day on which the rulebook opens the year."""
    day = date.fromisoformat(f"{year}-{rulebook.open_on}")
    return datetime.combine(day, time(0, 1), ZoneInfo(rulebook.timezone))


def _ends(year: int, rulebook: Rulebook) -> datetime:
    """The end of the next March: by then the reminders of what a year left undone have been sent."""
    return datetime.combine(date(year + 1, 3, 31), time(), ZoneInfo(rulebook.timezone))
