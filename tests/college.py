"""The college of the tests: its edition, its departments, a clock that a test sets, and the engine over one database.

Other helpers extend it: `tests/console/web.py` with the web pages, `tests/scheduler/running_college.py` with the daemon
and the letters. Not here: the year of the sample college, which is much larger (`tests/sample_year.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from audit.reader import DatabaseReader
from audit.replay import replay
from config.rulebooks import Edition, default_edition
from states.assessment import Assessment, Member
from states.cases.case import RecordCase, RescindCase
from states.records.case import Sanction
from states.records.roster import Unit
from states.stages.opening import Withdraw
from states.stages.self_report import SubmitSelfReport
from states.vocabulary import Actor, Digest, Document, Fact, Opaque, Words
from storage.database.database import Database
from storage.ledger.facts import fact_of
from storage.ledger.ledger import Ledger
from workflow.engine import CommandLog, Engine
from workflow.year import open_year

EDITION = default_edition()
RULEBOOK = EDITION.rulebook
CHINA = ZoneInfo("Asia/Shanghai")
OFFICE, COMMITTEE = Actor("office", "office"), Actor("committee", "committee")


def moment(month: int, day: int, hour: int = 9, minute: int = 0, year: int = 2026) -> datetime:
    """A time in the institution's zone, as UTC."""
    return datetime(year, month, day, hour, minute, tzinfo=CHINA).astimezone(UTC)


OPENED = moment(11, 2)
"""A Monday, the rulebook's day of opening. The first deadline is Friday 20 November; its first reminder is on Friday the 6th."""


class ManualClock:
    """A clock that a test sets, forwards and back."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at.astimezone(UTC)


class Silent:
    """A log that drops every event."""

    def info(self, event: str, **values: object) -> None:
        """Drop the event."""


def weekdays(day: date) -> bool:
    """A calendar without holidays."""
    return day.weekday() < 5


def unit(id_: str) -> Unit:
    """A department with one head and one other member of its team."""
    head = Member(person=Opaque(f"{id_}-h1"), position=Words("院长"))
    member = Member(person=Opaque(f"{id_}-m1"), position=Words("副院长"))
    title = Words(f"样例学院{id_[-1]}")
    return Unit(unit=Opaque(id_), title=title, unit_kind="college", heads=(head,), members=(member,), staff=20)


def self_report() -> SubmitSelfReport:
    """A self-report that gives itself every point."""
    elements = RULEBOOK.forms_by_kind["college"].elements
    document = Document(sha256=Digest("a" * 64), size=1, media_type="application/pdf")
    return SubmitSelfReport(report=document, self_scores={key: element.points for key, element in elements.items()})


class College:
    """An engine and its clock over one database, with short methods for common commands. Close it after use.

    Several may share a database.
    """

    def __init__(
        self, database: Database, at: datetime = OPENED, *,
        clock: Any = None, log: CommandLog | None = None, fenced: bool = False, edition: Edition = EDITION,
    ) -> None:  # fmt: skip
        self.database, self.ledger = database, Ledger(database)
        self.clock: Any = clock or ManualClock(at)
        self.engine = Engine(self.ledger, self.clock, edition, log or Silent(), fenced=fenced)

    def open(self, units: Sequence[str] = ("u-1",), due: Mapping[str, date] | None = None) -> None:
        """Open the year 2026 for these departments, with the deadlines of the rulebook or `due`."""
        open_year(self.engine, 2026, [unit(one) for one in units], OFFICE, weekdays, dict(due or {}))

    def assessment(self, unit: str = "u-1", year: int = 2026) -> Assessment:
        """The state of a department's assessment."""
        state = self.engine.state(f"assessment/{year}/{unit}")
        assert isinstance(state, Assessment)
        return state

    def facts(self, unit: str = "u-1", year: int = 2026) -> list[Fact]:
        """All facts of a department's assessment, in order."""
        return [fact_of(entry) for entry in self.ledger.stream(f"assessment/{year}/{unit}")]

    def report(self, unit: str = "u-1", year: int = 2026) -> None:
        """Submit the self-report of a department."""
        actor = Actor(f"{unit}-a", "unit", unit)
        self.engine.submit(f"assessment/{year}/{unit}", self_report(), actor, f"report-{year}-{unit}")

    def withdraw(self, unit: str = "u-1", year: int = 2026) -> None:
        """Withdraw a department's assessment, as the office."""
        stream = f"assessment/{year}/{unit}"
        self.engine.submit(stream, Withdraw(reason=Words("误启动")), OFFICE, f"withdraw-{year}-{unit}")

    def case(
        self, unit: str = "u-1", name: str = "c-1", on: date = date(2026, 11, 1), outcome: str = "demotion"
    ) -> None:
        """Record a case, as the office. The default outcome leads to a veto."""
        sanction = Sanction(
            person=Opaque("p-1"), fields={"outcome": outcome, "standing": "party_cadre"}, effective_on=on, document=Words("处分决定1号"),
        )  # fmt: skip
        self.engine.submit(f"case/{name}", RecordCase(unit=Opaque(unit), sanctions=(sanction,)), OFFICE, f"case-{name}")

    def rescind(self, name: str = "c-1") -> None:
        """Rescind a case, as the office."""
        command = RescindCase(reason=Words("复核撤销"), document=Words("复核决定1号"))
        self.engine.submit(f"case/{name}", command, OFFICE, f"rescind-{name}")

    def replayed(self) -> list[str]:
        """Replay the ledger. Returns the defects."""
        return [str(defect) for defect in replay(DatabaseReader(self.database)).defects]

    def close(self) -> None:
        self.ledger.close()
