"""The college with its daemon, letters and contacts, for the tests of the scheduler and of the post."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import partial
from pathlib import Path
from typing import Any

from config.calendars import HolidayTable, HolidayTableDay
from config.rulebooks import Edition
from notifications.channels.message import Channel, MaybeSent, Message, NotSent
from notifications.contacts import Contact
from notifications.hours import SendingHours
from notifications.letter_text import Letterhead
from notifications.post import Post
from notifications.post_settings import PostSettings
from scheduler.counters import DaemonMetrics
from scheduler.daemon import Daemon
from scheduler.sealing import Sealing
from scheduler.wiring import covering_seal
from states.rulebook.roles import organiser, superiors
from states.vocabulary import Text
from storage.database.database import Database
from storage.post import contacts, deliveries
from storage.post.deliveries import Delivery
from tests.college import EDITION, OFFICE, OPENED, College, unit
from workflow.calendar import Calendar
from workflow.year import open_year

UNITS = ("u-1", "u-2")
HOURS = SendingHours(time(9, 10), time(18), "Asia/Shanghai")
CONSOLE = "https://kaohe.example.cn"
NAME = Text(zh="试渠道", en="a channel for trying")


@dataclass
class Fake:
    """A channel that stores its messages. `does` is called first; it may refuse or raise."""

    name: str = "mail"
    per_minute: int | None = None
    per_day: int | None = None
    does: Callable[[Message], None] = lambda _message: None
    sent: list[Message] = field(default_factory=list)

    def send(self, message: Message) -> None:
        self.does(message)
        self.sent.append(message)

    def to(self, account: str) -> list[Message]:
        """The messages for an account."""
        return [one for one in self.sent if one.to == address(account)]


def refuses(**how: Any) -> Callable[[Message], None]:
    """A `does` that refuses: the message is certainly not sent."""

    def does(_message: Message) -> None:
        raise NotSent(NAME, "452 come back later", **how)

    return does


def falls_silent(_message: Message) -> None:
    """A `does` without an answer: it is unknown whether the message was sent."""
    raise MaybeSent(NAME, "no answer")


def address(account: str) -> str:
    return f"{account}@college.example"


def person(account: str, *roles: str, unit: str | None = None, **options: Any) -> Contact:
    """A contact with an email address."""
    return Contact(account=account, roles=roles, unit=unit, email=address(account), **options)


PEOPLE = (
    person("u-1-a", "unit", unit="u-1"), person("u-2-a", "unit", unit="u-2"), person("office-a", "office"),
    person("leader-a", "leading_group", language="en"), person("committee-a", "committee"),
    person("group-a", "working_group"),
)  # fmt: skip


class Logged:
    """A log that stores its events."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str, dict[str, object]]] = []

    def info(self, event: str, **values: object) -> None:
        self.lines.append(("info", event, values))

    def warning(self, event: str, **values: object) -> None:
        self.lines.append(("warning", event, values))

    def error(self, event: str, **values: object) -> None:
        self.lines.append(("error", event, values))

    def events(self, name: str) -> list[dict[str, object]]:
        """The values of every event with this name."""
        return [values for _, event, values in self.lines if event == name]


class RunningCollege(College):
    """The college with its letters and its daemon. Several may share a database.

    With `seal_key` the daemon seals. With `witness` too, it sends each seal to a witness.
    """

    def __init__(
        self, database: Database, at: datetime = OPENED, channels: Sequence[Channel] | None = None, *,
        owner: str = "d-1", hours: SendingHours = HOURS, clock: Any = None, reports_silence: bool = False,
        ping: Callable[[], None] | None = None, seal_key: Path | None = None, witness: bool = True,
        opens_years: bool = False, edition: Edition = EDITION,
    ) -> None:  # fmt: skip
        self.log, self.metrics, self.mail = Logged(), DaemonMetrics(), Fake()
        super().__init__(database, at, clock=clock, log=self.log, edition=edition)
        self.channels: Mapping[str, Channel] = {c.name: c for c in channels or (self.mail,)}
        self.calendar = Calendar(database)
        settings = PostSettings(
            hours=hours, is_working=self.is_working, letterhead=Letterhead(
                office=organiser(edition.rulebook), superiors=frozenset(superiors(edition.rulebook)),
                console=CONSOLE, is_working=self.is_working,
            ),
            seal_over=partial(covering_seal, database), extra_contacts=(person("@witness", "witness"),) if seal_key else (),
        )  # fmt: skip
        self.post = Post(self.ledger, self.channels, settings, self.log)
        post = self.post if witness else None
        sealing = Sealing(database, seal_key, "Asia/Shanghai", post) if seal_key else None
        self.daemon = Daemon(
            self.engine, self.post, self.calendar, self.log, self.metrics, owner=owner, reports_silence=reports_silence, ping=ping,
            sealing=sealing, opens_years=opens_years,
        )  # fmt: skip

    def open(self, units: Sequence[str] = ("u-1",), due: Mapping[str, date] | None = None) -> None:
        """Open the year 2026."""
        open_year(self.engine, 2026, [unit(one) for one in units], OFFICE, self.calendar.is_working, dict(due or {}))

    def is_working(self, day: date) -> bool:
        """Whether this day is a working day in the calendar, which a test may change."""
        return self.calendar.is_working(day)

    def know(self, *people: Contact) -> None:
        """Replace all contacts by these."""
        contacts.replace_all(self.database, [one.row() for one in people])

    def tick(self, at: datetime | None = None) -> Any:
        """Run one tick, at `at` or at the time of the clock."""
        self.clock.at = at or self.clock.at
        return self.daemon.tick()

    def posted(self, channel: str = "mail") -> list[Delivery]:
        """All deliveries of a channel, oldest first."""
        return deliveries.search(self.database, channel=channel, limit=10_000)[::-1]

    def counted(self, name: str, **labels: str) -> float:
        """The value of a counter of the daemon."""
        return self.metrics.registry.get_sample_value(name, labels) or 0.0


@contextmanager
def running(database: Database, units: Sequence[str] = ("u-1",), **options: Any) -> Iterator[RunningCollege]:
    """A college whose year has just been opened. The contacts are added after the first tick, so they get only later notices."""
    made = RunningCollege(database, **options)
    try:
        made.open(units)
        made.tick()
        made.know(*PEOPLE)
        made.log.lines.clear()
        yield made
    finally:
        made.close()


def always_worked(year: int, *days: date) -> HolidayTable:
    """A year's table of holidays: these days are working days, on any weekday, and New Year's Day is a holiday."""
    return HolidayTable(year, (HolidayTableDay(date(year, 1, 1), True), *(HolidayTableDay(day, False) for day in days)))
