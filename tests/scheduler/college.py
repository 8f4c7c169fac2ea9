"""A college of one or two units with its clock, its post and its daemons: what the tests of clock and post stand on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from audit.reader import DatabaseReader
from audit.replay import replay
from config.calendars import Day, Table
from config.rulebooks import default_edition
from notifications.channels.message import Channel, MaybeSent, Message, NotSent
from notifications.contacts import Contact
from notifications.hours import SendingHours
from notifications.letter_text import Letterhead
from notifications.post import Post
from notifications.post_settings import PostSettings
from scheduler.counters import DaemonMetrics
from scheduler.daemon import Daemon
from scheduler.sealing import Sealing
from scheduler.wiring import covering
from states.assessment import Assessment, Member
from states.cases.case import RecordCase, RescindCase
from states.records.case import Sanction
from states.records.roster import Unit
from states.stages.opening import Withdraw
from states.stages.self_report import SubmitSelfReport
from states.vocabulary import Actor, Digest, Document, Fact, Opaque, Text, Words
from storage.database.database import Database
from storage.ledger.facts import fact_of
from storage.ledger.ledger import Ledger
from storage.post import contacts, deliveries
from storage.post.deliveries import Delivery
from workflow.calendar import Calendar
from workflow.engine import Engine
from workflow.year import open_year

EDITION = default_edition()
CHINA = ZoneInfo("Asia/Shanghai")
OFFICE, COMMITTEE = Actor("a-office", "office"), Actor("a-committee", "committee")
UNITS = ("u-1", "u-2")
HOURS = SendingHours(time(9, 10), time(18), "Asia/Shanghai")
CONSOLE = "https://kaohe.example.cn"
NAME = Text(zh="试渠道", en="a channel for trying")


def moment(month: int, day: int, hour: int = 9, minute: int = 0, year: int = 2026) -> datetime:
    """Civil time in the institution's zone, as the machine has it."""
    return datetime(year, month, day, hour, minute, tzinfo=CHINA).astimezone(UTC)


OPENED = moment(11, 2)
"""A Monday, the rulebook's day of opening. The first deadline is Friday the 20th; its first rung, -14, Friday the 6th."""


class Hands:
    """A clock that is set by hand, forwards and back."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


@dataclass
class Fake:
    """A channel that keeps what it was handed; `does` may refuse, break, or do something else meanwhile."""

    name: str = "mail"
    per_minute: int | None = None
    per_day: int | None = None
    does: Callable[[Message], None] = lambda _message: None
    sent: list[Message] = field(default_factory=list)

    def send(self, message: Message) -> None:
        self.does(message)
        self.sent.append(message)

    def to(self, account: str) -> list[Message]:
        """What somebody was sent."""
        return [one for one in self.sent if one.to == address(account)]


def refuses(**how: Any) -> Callable[[Message], None]:
    """Certainly not sent."""

    def does(_message: Message) -> None:
        raise NotSent(NAME, "452 come back later", **how)

    return does


def falls_silent(_message: Message) -> None:
    """Nobody knows."""
    raise MaybeSent(NAME, "no answer")


def address(account: str) -> str:
    return f"{account}@college.example"


def person(account: str, *roles: str, unit: str | None = None, **given: Any) -> Contact:
    """Somebody who is written to."""
    return Contact(account=account, roles=roles, unit=unit, email=address(account), **given)


PEOPLE = (
    person("u-1-a", "unit", unit="u-1"), person("u-2-a", "unit", unit="u-2"), person("office-a", "office"),
    person("leader-a", "leading_group", language="en"), person("committee-a", "committee"),
    person("group-a", "working_group"),
)  # fmt: skip


def unit(id_: str) -> Unit:
    """A department of one head."""
    head = Member(person=Opaque(f"{id_}-h1"), position=Words("负责人"))
    return Unit(unit=Opaque(id_), title=Words(f"学院{id_[-1]}"), unit_kind="college", heads=(head,), staff=20)


class Logged:
    """A log that can be read afterwards."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str, dict[str, object]]] = []

    def info(self, event: str, **values: object) -> None:
        self.lines.append(("info", event, values))

    def warning(self, event: str, **values: object) -> None:
        self.lines.append(("warning", event, values))

    def error(self, event: str, **values: object) -> None:
        self.lines.append(("error", event, values))

    def events(self, name: str) -> list[dict[str, object]]:
        """What was said of one kind of event."""
        return [values for _, event, values in self.lines if event == name]


class College:
    """An engine, its clock, a post and a daemon over one database. Several may stand on one."""

    def __init__(
        self, database: Database, at: datetime = OPENED, channels: Sequence[Channel] | None = None, *,
        owner: str = "d-1", hours: SendingHours = HOURS, clock: Hands | None = None, reports_silence: bool = False,
        ping: Callable[[], None] | None = None, seal_key: Path | None = None, opens_years: bool = False,
    ) -> None:  # fmt: skip
        self.database, self.clock, self.log, self.metrics = database, clock or Hands(at), Logged(), DaemonMetrics()
        self.mail = Fake()
        self.channels: Mapping[str, Channel] = {c.name: c for c in channels or (self.mail,)}
        self.ledger = Ledger(database)
        self.engine = Engine(self.ledger, self.clock, EDITION, self.log)
        self.calendar = Calendar(database)
        paper = Letterhead(console=CONSOLE, is_working=self.calendar.is_working)
        settings = PostSettings(
            hours=hours, is_working=self.calendar.is_working, letterhead=paper, covering=partial(covering, database),
            beside=(person("@witness", "witness"),) if seal_key else (),
        )  # fmt: skip
        self.post = Post(self.ledger, self.channels, settings, self.log)
        sealing = Sealing(database, seal_key, "Asia/Shanghai", self.post) if seal_key else None
        self.daemon = Daemon(
            self.engine, self.post, self.calendar, self.log, self.metrics, owner=owner, reports_silence=reports_silence, ping=ping,
            sealing=sealing, opens_years=opens_years,
        )  # fmt: skip

    def open(self, units: Sequence[str] = ("u-1",), due: Mapping[str, date] | None = None) -> None:
        """Open the year 2026."""
        open_year(self.engine, 2026, [unit(u) for u in units], OFFICE, self.calendar.is_working, dict(due or {}))

    def know(self, *people: Contact) -> None:
        """Let these be all who are written to."""
        contacts.replace_all(self.database, [one.row() for one in people])

    def tick(self, at: datetime | None = None) -> Any:
        """One tick, at a moment."""
        self.clock.at = at or self.clock.at
        return self.daemon.tick()

    def facts(self, id_: str = "u-1", year: int = 2026) -> list[Fact]:
        return [fact_of(entry) for entry in self.ledger.stream(f"assessment/{year}/{id_}")]

    def state(self, id_: str = "u-1", year: int = 2026) -> Assessment:
        state = self.engine.state(f"assessment/{year}/{id_}")
        assert isinstance(state, Assessment)
        return state

    def report(self, id_: str = "u-1", year: int = 2026) -> None:
        """The unit hands in its self-report."""
        actor = Actor(f"{id_}-a", "unit", id_)
        self.engine.submit(f"assessment/{year}/{id_}", self_report(), actor, f"report-{year}-{id_}")

    def withdraw(self, id_: str = "u-1", year: int = 2026) -> None:
        stream = f"assessment/{year}/{id_}"
        self.engine.submit(stream, Withdraw(reason=Words("误启动")), OFFICE, f"withdraw-{year}-{id_}")

    def case(self, id_: str = "u-1", name: str = "c-1", on: date = date(2026, 11, 1)) -> None:
        """A case that brings a veto."""
        sanction = Sanction(
            person=Opaque("p-1"), standing="party_cadre", outcome="demotion", effective_on=on,
            document=Words("处分决定1号"),
        )  # fmt: skip
        self.engine.submit(f"case/{name}", RecordCase(unit=Opaque(id_), sanctions=(sanction,)), OFFICE, f"case-{name}")

    def rescind(self, name: str = "c-1") -> None:
        """The case no longer stands."""
        gone = RescindCase(reason=Words("复核撤销"), document=Words("复核决定1号"))
        self.engine.submit(f"case/{name}", gone, OFFICE, f"rescind-{name}")

    def posted(self, channel: str = "mail") -> list[Delivery]:
        """Everything put for a channel, oldest first."""
        return deliveries.search(self.database, channel=channel, limit=10_000)[::-1]

    def counted(self, name: str, **labels: str) -> float:
        """A counter of the daemon's."""
        return self.metrics.registry.get_sample_value(name, labels) or 0.0

    def replayed(self) -> list[str]:
        """The defects the auditor finds."""
        return [str(defect) for defect in replay(DatabaseReader(self.database)).defects]

    def close(self) -> None:
        self.ledger.close()


def self_report() -> SubmitSelfReport:
    """A self-report with full self-scores."""
    table = EDITION.rulebook.tables["college"]
    document = Document(sha256=Digest("a" * 64), size=1, media_type="application/pdf")
    return SubmitSelfReport(report=document, self_scores={k: e.points for k, e in table.elements.items()})


@contextmanager
def college(database: Database, units: Sequence[str] = ("u-1",), **given: Any) -> Iterator[College]:
    """A college whose year has just been opened. Its people come afterwards, so that they hear only of what follows."""
    made = College(database, **given)
    try:
        made.open(units)
        made.tick()
        made.know(*PEOPLE)
        made.log.lines.clear()
        yield made
    finally:
        made.close()


def always_worked(year: int, *days: date) -> Table:
    """A year's table in which these days are worked, whatever their weekday, and New Year's Day is off."""
    return Table(year, (Day(date(year, 1, 1), True), *(Day(day, False) for day in days)))
