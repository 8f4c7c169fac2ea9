"""代办 in the post: a deputy hears it, and gets the letters of the role as long as the period lasts and recusal lets both."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from notifications.contacts import DeputyContact
from notifications.notices.notice import Notice
from states.accounts.account import OPERATOR, CloseAccount, GrantRole, OpenAccount
from states.accounts.deputies import AppointDeputy, EndDeputy
from states.deadlines.assignment import Assign
from states.deadlines.chase import Chase
from states.records.account import HOLDER, SECURITY, SYSTEM
from states.stages.self_report import ReturnSelfReport
from states.vocabulary import Actor, Opaque, Words
from storage.database.database import Database
from tests.college import OFFICE, moment
from tests.scheduler.running_college import PEOPLE, RunningCollege, address, person, running

MONDAY = moment(11, 16, 9, 10)
HOLDS = Actor("u-1-a", HOLDER, "u-1")


@pytest.fixture
def made(database: Database) -> Iterator[RunningCollege]:
    """A college whose department u-1 has an account with a role, and a colleague with an address and without a role."""
    with running(database, ("u-1", "u-2")) as one:
        one.clock.at = MONDAY
        one.know(*PEOPLE, person("colleague", "assessor", unit="u-1"))
        for id_ in ("u-1-a", "colleague"):
            one.engine.submit(f"account/{id_}", OpenAccount(unit=Opaque("u-1")), OPERATOR, f"open-{id_}")
        one.engine.submit("account/u-1-a", GrantRole(role=Opaque("unit")), Actor("sec", SECURITY), "grant")
        yield one


def lend(made: RunningCollege, days: int = 30) -> None:
    today = date(2026, 11, 16)
    command = AppointDeputy(
        deputy=Opaque("colleague"), roles=(Opaque("unit"),), since=today, until=today + timedelta(days=days - 1)
    )
    made.engine.submit("account/u-1-a", command, HOLDS, "lend")


def letters(made: RunningCollege) -> str:
    """What the colleague was sent."""
    return "\n".join(f"{one.subject}\n{one.body}" for one in made.mail.sent if one.to == address("colleague"))


def returned(made: RunningCollege) -> None:
    made.report()
    made.engine.submit("assessment/2026/u-1", ReturnSelfReport(reason=Words("材料不全")), OFFICE, "back-1")


def test_the_deputy_is_told_when_it_begins_and_when_it_ends(made: RunningCollege) -> None:
    lend(made)
    made.tick()
    assert "u-1-a 委托您代办，角色：被考核部门" in letters(made)
    made.clock.at += timedelta(days=1)
    made.engine.submit("account/u-1-a", EndDeputy(deputy=Opaque("colleague")), HOLDS, "end")
    made.tick()
    assert "您代 u-1-a 办理的委托已结束" in letters(made)


def test_a_deputy_gets_the_letters_of_the_role(made: RunningCollege) -> None:
    lend(made)
    returned(made)
    made.tick()
    assert "材料不全" in letters(made)


def test_nobody_gets_them_without_the_role_nor_after_the_period(made: RunningCollege) -> None:
    lend(made, days=1)
    made.tick()
    made.clock.at += timedelta(days=1)
    returned(made)
    made.tick()
    assert "材料不全" not in letters(made)


@pytest.mark.parametrize(
    ("own", "principal", "hears"),
    [(None, None, True), ("u-1", None, False), (None, "u-1", False), ("u-2", "u-2", True)],
)
def test_a_notice_of_how_a_department_is_judged_reaches_no_deputy_of_it_or_for_it(
    own: str | None, principal: str | None, hears: bool
) -> None:
    contact = DeputyContact(account="d", roles=(), unit=own, lent=((frozenset({"committee"}), principal),))
    assert contact.receives(Notice("veto_raised", "committee", "u-1", {})) == hears
    assert contact.receives(Notice("circulated", "committee", "u-1", {}))
    assert not contact.receives(Notice("circulated", "office", "u-1", {}))


def test_work_that_is_assigned_to_somebody_is_chased_with_them_and_their_deputy_and_with_nobody_else(
    made: RunningCollege,
) -> None:
    made.know(*PEOPLE, person("colleague", "assessor", unit="u-1"), person("third", "unit", unit="u-1"))
    stream, key = "assessment/2026/u-1", "self_report"
    made.engine.submit(stream, Assign(stage=key, accounts=(Opaque("u-1-a"),)), OFFICE, "assign-1")
    made.tick()
    assert "指定由您承办" in "".join(one.body for one in made.mail.to("u-1-a"))
    assert "指定由您承办" not in "".join(one.body for one in made.mail.to("third"))
    lend(made)
    made.clock.at += timedelta(hours=1)
    made.engine.submit(stream, Chase(stage=key, reason=Words("会议已经排定")), OFFICE, "chase-1")
    made.tick()
    told = {
        id_: any("会议已经排定" in one.body for one in made.mail.to(id_)) for id_ in ("u-1-a", "colleague", "third")
    }
    assert told == {"u-1-a": True, "colleague": True, "third": False}
    made.engine.submit(stream, Assign(stage=key, accounts=()), OFFICE, "assign-2")
    made.clock.at += timedelta(days=1)
    made.engine.submit(stream, Chase(stage=key, reason=Words("其他部门已报")), OFFICE, "chase-2")
    made.tick()
    assert any("其他部门已报" in one.body for one in made.mail.to("third"))


def test_who_is_named_in_a_second_role_is_reminded_and_an_account_that_is_closed_no_longer(
    made: RunningCollege,
) -> None:
    made.know(*PEOPLE, person("other", "office"))
    made.engine.submit("account/other", OpenAccount(), OPERATOR, "open-other")
    made.engine.submit("account/other", GrantRole(role=Opaque("office")), Actor("sec", SECURITY), "grant-other")
    stream = "assessment/2026/u-1"
    made.report()
    made.engine.submit(stream, Assign(stage="meeting", accounts=(Opaque("other"),)), OFFICE, "assign-3")
    made.engine.submit(stream, Chase(stage="meeting", reason=Words("会议尚未召开")), OFFICE, "chase-3")
    made.tick()
    told = sorted(one.to for one in made.mail.sent if "会议尚未召开" in one.body)
    assert told == [address("other")], "the meeting is the working group's first, and the office's too"
    made.engine.submit("account/other", CloseAccount(reason=Words("调离")), Actor("sys", SYSTEM), "close-other")
    made.clock.at += timedelta(days=1)
    made.engine.submit(stream, Chase(stage="meeting", reason=Words("仍未召开")), OFFICE, "chase-4")
    made.tick()
    told = sorted(one.to for one in made.mail.sent if "仍未召开" in one.body)
    assert told, "everybody who may do it hears of it"
    assert address("other") not in told
