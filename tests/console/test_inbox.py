"""站内通知: what an account was told, for everybody, with a count of what is unread."""

from __future__ import annotations

import re
from pathlib import Path

from notifications import letter_text
from notifications.digest import ASKING_KINDS
from notifications.notices.groups import NOTICE_GROUPS
from notifications.notices.notice import Notice, notice_to_json
from states.accounts.account import GrantRole, WithdrawRole
from states.vocabulary import Actor, Opaque, Words
from storage.post import deliveries
from storage.post.deliveries import Delivery

from .walk import text
from .web import Console, hidden


def tell(
    college: Console, number: int, recipient: str, kind: str = "unreadable", unit: str = "", **values: object
) -> None:
    """One notice in an inbox."""
    at = college.clock.now()
    said = notice_to_json(Notice(kind, recipient, unit, {"number": 1 if values else number, "unit": unit, **values}))
    deliveries.add(
        college.database,
        [
            Delivery(
                number=number, item=0, recipient=recipient, channel="inbox", stream=f"assessment/2026/{unit or 'u-1'}",
                kind=kind, unit=unit, notice=said, state="sent", made_at=at, sent_at=at,
            )
        ],
    )  # fmt: skip


def test_everybody_reads_what_their_roles_their_unit_and_they_themselves_were_told_and_nothing_else(
    college: Console,
) -> None:
    for number, recipient in enumerate(("unit:u-1", "office", "unit-1", "unit:u-2", "committee"), 9001):
        tell(college, number, recipient)
    ours = text(college.sign_in("unit-1").get("/inbox").text)
    assert [n for n in range(9001, 9006) if str(n) in ours] == [9001, 9003]
    theirs = text(college.sign_in("office").get("/inbox").text)
    assert [n for n in range(9001, 9006) if str(n) in theirs] == [9002]


def test_an_account_called_like_a_role_that_it_does_not_hold_reads_nothing_of_that_role(college: Console) -> None:
    tell(college, 9001, "committee")
    assert "9001" in text(college.sign_in("committee").get("/inbox").text)
    security = Actor("security_admin", "security_admin")
    college.engine.submit(
        "account/committee", WithdrawRole(role=Opaque("committee"), reason=Words("调岗")), security, "w-1"
    )
    college.engine.submit("account/committee", GrantRole(role=Opaque("assessor")), security, "g-1")
    assert "9001" not in text(college.sign_in("committee").get("/inbox").text)


def test_unread_notices_are_counted_until_their_reader_says_they_are_read(college: Console) -> None:
    tell(college, 9001, "office")
    tell(college, 9002, "office")
    client = college.sign_in("office")
    page = client.get("/inbox").text
    assert "2 条未读" in text(page)
    tell(college, 9003, "office")
    client.post("/inbox/read", data=hidden(page, "/inbox/read"))
    assert "1 条未读" in text(client.get("/inbox").text), "what came after the page was shown stays unread"
    assert "2 条未读" not in text(college.sign_in("committee").get("/inbox").text)


def test_an_inbox_of_many_notices_has_pages_and_kinds(college: Console) -> None:
    for number in range(9001, 9052):
        tell(college, number, "office")
    client = college.sign_in("office")
    assert "第 1 页，共 2 页（51 条）" in text(client.get("/inbox").text)
    older = text(client.get("/inbox?page=2").text)
    assert "9001" in older
    assert "9002" not in older
    assert "没有这一类通知" in client.get("/inbox?group=visit").text
    assert "9051" in text(client.get("/inbox?group=system").text)


def test_what_many_departments_are_told_of_in_one_sentence_is_one_row(college: Console) -> None:
    for number, unit in ((9001, "u-1"), (9002, "u-2")):
        tell(college, number, "office", "step_open", unit, year=2026, stage="量化计分", due=None, special=None)
    page = college.sign_in("office").get("/inbox").text
    assert text(page).count("【待办】量化计分") == 1
    assert "2 个部门" in text(page)
    for unit in ("u-1", "u-2"):
        assert f'href="/assessments/2026/{unit}"' in page


def test_an_empty_inbox_says_when_something_comes(college: Console) -> None:
    assert "还没有通知" in college.sign_in("unit-1").get("/inbox").text
    assert "There are no notices yet" in college.sign_in("unit-1", "en").get("/inbox").text


def test_deliveries_are_found_by_unit_person_kind_and_state(college: Console) -> None:
    tell(college, 9001, "office", unit="u-1")
    tell(college, 9002, "unit:u-2", unit="u-2")
    client = college.sign_in("system_admin")

    def found(query: str) -> list[int]:
        page = client.get(f"/deliveries?{query}").text
        return [number for number in (9001, 9002) if re.search(rf"(?<![0-9a-z]){number}(?![0-9a-z])", page)]

    assert found("") == [9001, 9002]
    assert found("unit=u-2") == [9002]
    assert found("to=u-2") == [9002]
    assert found("to=office") == [9001]
    assert found("group=system") == [9001, 9002]
    assert found("group=veto") == found("state=dead") == found("to=nobody") == []


def test_every_kind_of_notice_is_in_one_group() -> None:
    grouped = [kind for group in NOTICE_GROUPS.values() for kind in group.kinds]
    assert len(grouped) == len(set(grouped))
    templates = {file.stem for file in (Path(letter_text.__file__).parent / "templates" / "zh").iterdir()}
    assert set(grouped) == templates - {"ask"} | ASKING_KINDS
