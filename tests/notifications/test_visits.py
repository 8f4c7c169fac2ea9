"""A planned visit reaches the unit and the sub-group as a letter with a calendar file, over real SMTP, and a move after it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from icalendar import Calendar

from demo.mailbox import Mailbox, serve_mail
from notifications.channels.smtp import Smtp
from states.accounts.account import OPERATOR, CloseAccount, GrantRole, OpenAccount
from states.records.year import Inspector, Visit
from states.vocabulary import Actor, Opaque, Words
from states.year.visits import MoveVisit, PlanVisits
from storage.database.database import Database
from storage.post import deliveries
from storage.vault import account_secrets
from tests.college import OFFICE, ManualClock, moment
from tests.scheduler.running_college import PEOPLE, RunningCollege, person, running
from workflow.confidential import forget_person

STREAM = "year/2026"
SECURITY = Actor("security", "security_admin")
SYSTEM = Actor("system-1", "system_admin")
GROUP = tuple(Inspector(account=Opaque(f"a-{n}"), unit=Opaque("u-9")) for n in (1, 2))


def visit(unit: str = "u-1", **changes: object) -> Visit:
    given = {
        "unit": Opaque(unit), "day": date(2026, 12, 1), "begins": "09:00", "ends": "11:30", "place": Words("综合楼，201 室"),
        "group": Words("第一组"), "inspectors": GROUP, "contact": Opaque("a-1"), **changes,
    }  # fmt: skip
    return Visit(**given)  # type: ignore[arg-type]


@pytest.fixture
def box(tmp_path: Path) -> Iterator[tuple[Mailbox, int]]:
    """A mail server on loopback that keeps each letter as a file."""
    with serve_mail(tmp_path / "box") as served:
        yield served


@pytest.fixture
def made(database: Database, box: tuple[Mailbox, int]) -> Iterator[RunningCollege]:
    """A college whose post goes by SMTP to that server; two of the working group have accounts."""
    clock = ManualClock(moment(11, 2))
    mail = Smtp(
        "127.0.0.1", box[1], security="none", sender="kaohe@college.example", origin="college.example", clock=clock
    )
    with running(database, ("u-1", "u-2"), channels=[mail], clock=clock) as one:
        one.engine.submit("account/security", OpenAccount(), OPERATOR, "open-security")
        one.engine.submit("account/security", GrantRole(role=Opaque("security_admin")), OPERATOR, "grant-security")
        for member in GROUP:
            opening = OpenAccount(unit=member.unit)
            one.engine.submit(f"account/{member.account}", opening, OPERATOR, f"open-{member.account}")
            grant = GrantRole(role=Opaque("assessor"))
            one.engine.submit(f"account/{member.account}", grant, SECURITY, f"grant-{member.account}")
        one.know(*PEOPLE, *(person(member.account, "assessor") for member in GROUP))
        one.post.gather(moment(11, 2))
        yield one


def letters(box: Mailbox, to: str, subject: str = "现场考评") -> list[EmailMessage]:
    """The letters one account has, in their order, whose subject or words tell of a visit."""
    read = (
        message_from_bytes(file.read_bytes(), policy=policy.default) for file in sorted(box.folder.glob(f"*-{to}.eml"))
    )
    found = [one for one in read if isinstance(one, EmailMessage)]
    return [one for one in found if subject in body(one)]


def body(letter: EmailMessage) -> str:
    part = letter.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def calendar(letter: EmailMessage) -> list[dict[str, object]]:
    """The events of the letter's calendar file, as a calendar program reads them."""
    (file,) = letter.iter_attachments()
    assert (file.get_content_type(), file.get_filename()) == ("text/calendar", "visits.ics")
    assert file.get_param("method") == "PUBLISH"
    read = Calendar.from_ical(str(file.get_content()))
    assert read["method"] == "PUBLISH"
    return [
        {"uid": str(e["uid"]), "begins": e.decoded("dtstart"), "ends": e.decoded("dtend"), "place": str(e["location"]),
         "summary": str(e["summary"]), "sequence": int(e["sequence"])}
        for e in read.walk("VEVENT")
    ]  # fmt: skip


def plan(made: RunningCollege, *visits: Visit) -> None:
    made.clock.at = moment(11, 23, 10)
    made.engine.submit(STREAM, PlanVisits(visits=visits), OFFICE, "plan-1")
    made.tick()


def test_the_unit_is_told_of_meeting_ballot_and_visit_before_they_happen(
    made: RunningCollege, box: tuple[Mailbox, int]
) -> None:
    plan(made, visit(), visit("u-2", begins="14:30", ends="17:00"))
    (letter,) = letters(box[0], "u-1-a")
    said = body(letter)
    assert "12 月 1 日（周二） 09:00—11:30" in said
    assert "召开会议、民主测评、个别谈话、查阅资料、实地查看" in said
    assert "综合楼，201 室" in said
    assert "u-2" not in said
    (event,) = calendar(letter)
    assert (event["begins"], event["ends"]) == (
        datetime(2026, 12, 1, 1, tzinfo=UTC),
        datetime(2026, 12, 1, 3, 30, tzinfo=UTC),
    )
    assert (event["uid"], event["place"]) == ("visit-2026-u-1@kaohe.example.cn", "综合楼，201 室")
    assert event["summary"] == "现场考评：样例学院1"
    assert made.replayed() == []


def test_each_of_the_sub_group_has_all_of_theirs_in_one_letter_and_one_file(
    made: RunningCollege, box: tuple[Mailbox, int]
) -> None:
    plan(made, visit(), visit("u-2", begins="14:30", ends="17:00"))
    for member in GROUP:
        (letter,) = letters(box[0], member.account)
        assert "您参加的现场考评：2 个部门" in body(letter)
        assert [event["summary"] for event in calendar(letter)] == ["现场考评：样例学院1", "现场考评：样例学院2"]


def test_a_move_is_told_with_its_reason_and_moves_the_event_a_calendar_has(
    made: RunningCollege, box: tuple[Mailbox, int]
) -> None:
    plan(made, visit())
    made.clock.at = moment(11, 24, 10)
    later = visit(day=date(2026, 12, 3), inspectors=GROUP[:1])
    made.engine.submit(STREAM, MoveVisit(visit=later, reason=Words("会议室检修")), OFFICE, "move-1")
    made.tick()
    first, second = letters(box[0], "u-1-a")
    assert "改为 12 月 3 日（周四） 09:00—11:30" in body(second)
    assert "改期原因：会议室检修" in body(second)
    (before,), (after,) = calendar(first), calendar(second)
    assert before["uid"] == after["uid"]
    assert int(str(before["sequence"])) < int(str(after["sequence"]))
    assert re.search(r"您不再参加：\S", body(letters(box[0], "a-2")[-1])), "and of which department"
    assert not list(letters(box[0], "a-2")[-1].iter_attachments())
    assert made.replayed() == []


def test_a_visit_moved_before_its_letter_went_out_is_told_once_as_it_is_now(
    made: RunningCollege, box: tuple[Mailbox, int]
) -> None:
    made.clock.at = moment(11, 23, 20)  # the post is closed for the day
    made.engine.submit(STREAM, PlanVisits(visits=(visit(),)), OFFICE, "plan-1")
    made.tick()
    later = visit(day=date(2026, 12, 3))
    made.engine.submit(STREAM, MoveVisit(visit=later, reason=Words("会议室检修")), OFFICE, "move-1")
    made.tick(moment(11, 24, 9, 15))
    (letter,) = letters(box[0], "u-1-a")
    assert "12 月 3 日" in body(letter)
    assert "12 月 1 日" not in body(letter)


def test_a_letter_without_a_visit_carries_no_file(made: RunningCollege, box: tuple[Mailbox, int]) -> None:
    made.tick(moment(11, 16, 9, 10))
    (letter,) = letters(box[0], "u-1-a", subject="自查自评")
    assert list(letter.iter_attachments()) == []


def test_the_words_are_there_in_english_too(made: RunningCollege, box: tuple[Mailbox, int]) -> None:
    made.know(person("u-1-a", "unit", unit="u-1", language="en"))
    plan(made, visit())
    (letter,) = letters(box[0], "u-1-a", subject="On-site assessment")
    assert "On-site assessment: Tuesday 1 December, 09:00 to 11:30" in body(letter)
    assert calendar(letter)[0]["summary"] == "On-site assessment: 样例学院1"


def name_accounts(made: RunningCollege, names: dict[str, str]) -> None:
    with made.engine.ledger.database.cursor() as cursor:
        for account, name in names.items():
            make, values = account_secrets.name_write(made.engine.ledger.database, account, name)
            made.engine.ledger.database.prepare(make).run(cursor, **values)


def test_the_letter_to_a_department_names_the_inspectors_and_the_contact(
    made: RunningCollege, box: tuple[Mailbox, int]
) -> None:
    name_accounts(made, {"a-1": "样例·甲", "a-2": "样例·乙"})
    plan(made, visit())
    (letter,) = letters(box[0], "u-1-a")
    assert "来访：第一组（样例·甲、样例·乙），联系人：样例·甲" in body(letter)
    (file,) = letter.iter_attachments()
    assert "第一组（样例·甲、样例·乙），联系人：样例·甲" in str(file.get_content()).replace("\r\n ", "").replace(
        "\\", ""
    )
    stored = deliveries.search(made.engine.ledger.database, limit=100)
    assert not [one for one in stored if "样例·甲" in one.notice], "a delivery has ids"
    assert made.replayed() == []


def test_an_inspector_whose_name_was_erased_is_erased_in_a_letter_that_was_waiting(
    made: RunningCollege, box: tuple[Mailbox, int]
) -> None:
    name_accounts(made, {"a-1": "样例·甲", "a-2": "样例·乙"})
    made.clock.at = moment(11, 23, 20)  # the post is closed for the day
    made.engine.submit(STREAM, PlanVisits(visits=(visit(),)), OFFICE, "plan-1")
    made.tick()
    made.engine.submit("account/a-2", CloseAccount(reason=Words("调离")), SYSTEM, "close-a-2")
    assert forget_person(made.engine, "a-2")
    made.clock.at = moment(11, 24, 10)
    made.tick()
    said = body(letters(box[0], "u-1-a")[-1])
    assert "来访：第一组（样例·甲、〔已删除〕）" in said
    assert "样例·乙" not in said
