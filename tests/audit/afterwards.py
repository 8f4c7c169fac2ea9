"""A ledger that goes on after its year: routine checks, changed departments, a reopened result, planned visits."""

from __future__ import annotations

from datetime import UTC, date, datetime

from audit.reader import DatabaseReader
from config.clock import VirtualClock
from config.rulebooks import default_edition
from scheduler import rounds
from states.accounts.account import OPERATOR, GrantRole, OpenAccount
from states.cases.case import RecordCase
from states.cases.routine_check import (
    AcceptAnswer,
    AnswerRoutineCheck,
    CorrectRoutineCheck,
    RecordRoutineCheck,
    ReturnAnswer,
    WithdrawRoutineCheck,
)
from states.records.case import Sanction
from states.records.roster import Roster
from states.records.year import Inspector, Visit
from states.stages.reopening import ReopenResult
from states.vocabulary import Actor, Command, Opaque, Words
from states.year.reorganisation import ReorganiseUnit, RestoreUnit
from states.year.roster import RenameUnit
from states.year.visits import MoveVisit, PlanVisits
from storage.database.database import Database
from storage.ledger.ledger import Ledger
from tests.audit.copies import Copy, live
from tests.college import Silent
from workflow.engine import Engine
from workflow.year import open_year

OFFICE = Actor("office-1", "office", "u13")
COMMITTEE = Actor("committee-1", "committee")
DISCIPLINE = Actor("discipline-1", "discipline")
SECURITY = Actor("security-1", "security_admin")
OURS = Actor("unit-u04", "unit", "u04")
WHY = Words("学校〔2027〕19号")
GROUP = (Inspector(account=Opaque("a-1"), unit=Opaque("u07")), Inspector(account=Opaque("a-2")))


class Afterwards:
    """The engine over the ledger of `copies.live`, from March of the next year on."""

    def __init__(self, url: str) -> None:
        live(url)
        self.clock = VirtualClock(at(3, 2))
        self.engine = Engine(Ledger(Database.open(url)), self.clock, default_edition(), Silent())
        self._commands = 0

    def do(self, stream: str, command: Command, actor: Actor = OFFICE) -> None:
        self._commands += 1
        self.engine.submit(stream, command, actor, f"after-{self._commands}")

    def until(self, month: int, day: int) -> None:
        self.clock.advance_to(at(month, day))
        rounds.run(self.engine, self.clock.now())


def at(month: int, day: int) -> datetime:
    return datetime(2027, month, day, 4, tzinfo=UTC)


def live_on(url: str) -> Copy:
    """Make the ledger of the year and of the months after it in the database at `url`. Returns a copy of it."""
    after = Afterwards(url)
    _checks(after)
    _units(after)
    _result(after)
    _visits(after)
    after.engine.ledger.close()
    with after.engine.ledger.database as database:
        return Copy.of(DatabaseReader(database))


def _checks(after: Afterwards) -> None:
    details = {
        "checked_on": date(2027, 3, 1), "checked_by": (Opaque("office-2"),), "observation": Words("台账不全"),
        "to_mend": Words("补齐台账"), "mend_until": date(2027, 3, 31),
    }  # fmt: skip
    for number, unit in enumerate(("u04", "u07", "u09"), 1):
        after.do(f"routine_check/r-{number}", RecordRoutineCheck(unit=Opaque(unit), **details))  # type: ignore[arg-type]
    after.do("routine_check/r-1", CorrectRoutineCheck(**details, reason=WHY))  # type: ignore[arg-type]
    after.do("routine_check/r-3", WithdrawRoutineCheck(reason=WHY))
    after.until(3, 25)
    after.do("routine_check/r-1", AnswerRoutineCheck(answer=Words("已补齐")), OURS)
    after.do("routine_check/r-1", ReturnAnswer(reason=WHY, mend_until=date(2027, 4, 9)))
    after.do("routine_check/r-1", AnswerRoutineCheck(answer=Words("已全部补齐")), OURS)
    after.do("routine_check/r-1", AcceptAnswer(accepted_on=date(2027, 3, 25)))
    for day in (31, 32, 33, 40, 41):
        after.until(3 + day // 32, day % 32 + day // 32)


def _units(after: Afterwards) -> None:
    after.until(4, 20)
    after.do("roster", RenameUnit(unit=Opaque("u04"), title=Words("数字学院"), since=date(2027, 4, 1), reason=WHY))
    ends = ReorganiseUnit(
        unit=Opaque("u15"), since=date(2027, 4, 1), successors=(Opaque("u12"),), final_year=2026, reason=WHY
    )
    after.do("roster", ends)
    after.do("roster", RestoreUnit(unit=Opaque("u15"), reason=WHY))


def _result(after: Afterwards) -> None:
    after.do("assessment/2026/u10", ReopenResult(resolution=WHY, met_on=date(2027, 4, 19), reason=WHY), COMMITTEE)
    sanction = Sanction(
        person=Opaque("p-u16-z"), fields={"outcome": "post_removal", "standing": "staff"}, effective_on=date(2027, 4, 2), document=WHY,
        remark=Words("聘任的专业技术职务"),
    )  # fmt: skip
    after.do("case/c-2027-u16-z", RecordCase(unit=Opaque("u16"), sanctions=(sanction,)), DISCIPLINE)


def _visits(after: Afterwards) -> None:
    after.clock.advance_to(at(11, 1))
    for member in GROUP:
        after.do(f"account/{member.account}", OpenAccount(unit=member.unit), OPERATOR)
        after.do(f"account/{member.account}", GrantRole(role=Opaque("assessor")), SECURITY)
    roster = after.engine.state("roster")
    assert isinstance(roster, Roster)
    ours = [unit for unit in roster.assessed_in(2027) if unit.unit in ("u04", "u07", "u09")]
    open_year(after.engine, 2027, ours, OFFICE, lambda day: day.weekday() < 5)
    planned = (visit("u04", 9), visit("u09", 10))
    after.do("year/2027", PlanVisits(visits=planned))
    after.do("year/2027", MoveVisit(visit=visit("u04", 13), reason=WHY))


def visit(unit: str, day: int) -> Visit:
    return Visit(
        unit=Opaque(unit), day=date(2027, 12, day), begins="09:00", ends="11:00", place=Words("会议室"),
        group=Words("第一组"), inspectors=GROUP, contact=Opaque("a-1"),
    )  # fmt: skip
