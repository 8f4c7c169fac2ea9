"""代办 on the pages: a deputy is named, sees what the role sees, acts for the principal, and the ledger says so."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from httpx2 import Client, Response

from audit.reader import DatabaseReader
from audit.replay import replay
from states.accounts.account import WithdrawRole
from states.accounts.deputies import EndDeputy
from states.command_ids import NoLongerYou, OutsideId
from states.records.account import HOLDER
from states.vocabulary import Actor, Opaque, Principal, Words
from states.year.year import MoveYearDeadline
from storage.ledger.chain import Entry, decode

from .every_form import Page
from .test_every_form import proved
from .walk import HOME, STEPS, day, send, text, walk
from .web import SECURITY, Console, hidden


def names(college: Console, account: str, deputy: str, *roles: str, days: int = 30) -> Response:
    """The answer to the form in which the holder of an account names a deputy, from today."""
    client = proved(college, account)
    today = college.clock.now().date()
    typed = {
        "deputy": deputy,
        "roles": list(roles),
        "since": today.isoformat(),
        "until": (today + timedelta(days=days - 1)).isoformat(),
    }
    form = hidden(client.get("/account/deputies").text, "/account/deputies")
    return client.post("/account/deputies", data={**form, **typed})


def lent(college: Console, account: str, deputy: str, *roles: str, days: int = 30) -> Client:
    """A browser of the deputy, who has these roles of the account."""
    answer = names(college, account, deputy, *roles, days=days)
    assert answer.status_code == 303, Page(answer).block
    return college.sign_in(deputy)


def newcomer(college: Console, id_: str = "newcomer", unit: str | None = None, role: str = "discipline") -> str:
    college.people({id_: (role, unit)})
    return id_


def last_entry(college: Console) -> Entry:
    (row,) = college.engine.ledger.rows(college.engine.ledger.head().number - 1)
    return decode(row[4])


def test_a_deputy_does_the_act_of_the_principals_role_and_the_entry_names_both(college: Console) -> None:
    walk(college, until="record_meeting")
    _, month_day, act, typed, files = STEPS[1]
    college.clock.at = day(month_day)
    client = lent(college, "working_group", newcomer(college, unit="u-2"), "working_group")
    assert "本次由您代 样例·working_group 办理" in text(client.get(f"{HOME}/record_meeting").text)
    answer = send(client, act, typed, files)
    assert answer.status_code == 303, Page(answer).block
    entry = last_entry(college)
    assert (entry.actor, entry.role, entry.home) == ("newcomer", "working_group", "u-2")
    assert (entry.principal, entry.principal_home) == ("working_group", None)
    auditor = college.sign_in("audit_admin")
    assert "样例·newcomer（代 样例·working_group）" in text(auditor.get("/audit").text)
    assert f"/audit/entries/{entry.number}" in auditor.get("/audit?actor=working_group").text
    assert f"/audit/entries/{entry.number}" in auditor.get("/audit?actor=newcomer").text
    assert "代办的委托账号 working_group" in text(auditor.get(f"/audit/entries/{entry.number}").text)
    assert replay(DatabaseReader(college.database)).defects == ()


def test_the_to_dos_of_the_principals_role_are_the_deputys_too(college: Console) -> None:
    walk(college, until="record_meeting")
    deputy = newcomer(college)
    assert f"{HOME}/record_meeting" not in college.sign_in(deputy).get("/").text
    assert f"{HOME}/record_meeting" in lent(college, "working_group", deputy, "working_group").get("/").text


def test_a_colleague_stands_in_for_a_department(college: Console) -> None:
    deputy = newcomer(college, unit="u-1", role="assessor")
    college.clock.at = day("11-19")
    client = lent(college, "unit-1", deputy, "unit")
    _, _, act, typed, files = STEPS[0]
    assert act in client.get(HOME).text
    assert send(client, act, typed, files).status_code == 303
    entry = last_entry(college)
    assert (entry.kind, entry.actor, entry.principal, entry.principal_home) == (
        "SelfReportSubmitted",
        deputy,
        "unit-1",
        "u-1",
    )


def test_somebody_of_another_department_does_not_stand_in_for_a_department(college: Console) -> None:
    page = Page(names(college, "unit-1", newcomer(college, unit="u-2"), "unit"))
    assert "部门账号只能委托本部门人员代办" in page.block


def test_recusal_is_asked_of_both(college: Console) -> None:
    """On pages as for acts: nobody reads how the own department, or the principal's, is judged."""
    walk(college, until="approve")
    college.people({"ours": ("committee", "u-1"), "theirs": ("committee", "u-2")})
    away, home = newcomer(college, "away", "u-2", "unit"), newcomer(college, "home", "u-1", "unit")
    may = {
        (principal, deputy): lent(college, principal, deputy, "committee").get(f"{HOME}/approve").status_code
        for principal, deputy in (("ours", away), ("theirs", home), ("theirs", away))
    }
    # The last browser is that of somebody who is the deputy of both; one of the two is not recused.
    assert may == {("ours", away): 403, ("theirs", home): 403, ("theirs", away): 200}
    both = college.sign_in(away)
    comment = {**hidden(both.get(f"{HOME}/comments").text), "text": "请补充依据"}
    assert both.post(f"{HOME}/comments", data=comment).status_code == 303
    assert last_entry(college).principal == "theirs"


def test_who_scored_does_not_approve_through_a_deputy(college: Console) -> None:
    walk(college, until="approve")
    client = lent(college, "committee", "working_group", "committee")
    answer = client.get(f"{HOME}/approve")
    assert answer.status_code in (403, 409)
    assert "评分的人不能再" in text(answer.text)


def test_the_right_ends_with_the_period_and_with_the_principals_role(college: Console) -> None:
    walk(college, until="record_meeting")
    client = lent(college, "working_group", newcomer(college), "working_group", days=1)
    assert client.get(f"{HOME}/record_meeting").status_code == 200
    college.clock.at += timedelta(days=1)
    client = college.sign_in("newcomer")
    assert client.get(f"{HOME}/record_meeting").status_code == 403
    again = lent(college, "working_group", "newcomer", "working_group")
    assert again.get(f"{HOME}/record_meeting").status_code == 200
    withdrawal = WithdrawRole(role=Opaque("working_group"), reason=Words("岗位调整"))
    college.engine.submit("account/working_group", withdrawal, SECURITY, "withdraw-1")
    assert again.get(f"{HOME}/record_meeting").status_code == 403


def test_the_role_of_a_request_is_asked_again_when_its_command_is_decided(college: Console) -> None:
    lent(college, "office", newcomer(college), "office")
    session = next(iter(college.engine.state("account/newcomer").sessions))  # type: ignore[union-attr]
    deputy = Actor("newcomer", "office", None, Principal("office", None))
    due = MoveYearDeadline(stage="scoring", due=date(2026, 12, 23), reason=Words("调整"))
    college.engine.submit("year/2026", due, deputy, OutsideId("web", "first", session))
    college.engine.submit("account/office", EndDeputy(deputy=Opaque("newcomer")), Actor("office", HOLDER), "end")
    due = MoveYearDeadline(stage="scoring", due=date(2026, 12, 24), reason=Words("调整"))
    with pytest.raises(NoLongerYou):
        college.engine.submit("year/2026", due, deputy, OutsideId("web", "second", session))
    for forged in (
        Actor("newcomer", "office", None, Principal("committee", None)),
        Actor("newcomer", "office", None, Principal("office", "u-1")),
    ):
        with pytest.raises(NoLongerYou):
            college.engine.submit("year/2026", due, forged, OutsideId("web", "third", session))


def test_a_deputy_is_told_and_the_administrators_see_it(college: Console) -> None:
    client = lent(college, "office", newcomer(college), "office")
    assert "样例·newcomer" in text(college.sign_in("security_admin").get("/accounts/office").text)
    assert "由 样例·newcomer 代办至" in text(college.sign_in("audit_admin").get("/accounts").text)
    assert "您现在可代 样例·office 以下列角色办理：考核领导小组办公室" in text(client.get("/account").text)


def test_the_holder_ends_a_deputy_and_so_does_the_security_administrator(college: Console) -> None:
    deputy = newcomer(college)
    lent(college, "office", deputy, "office")
    holder = proved(college, "office")
    form = hidden(holder.get("/account/deputies").text, "/account/deputies/end")
    assert holder.post("/account/deputies/end", data=form).status_code == 303
    assert college.engine.state("account/office").deputies == {}  # type: ignore[union-attr]
    lent(college, "office", deputy, "office")
    security = college.sign_in("security_admin")
    page = security.get("/accounts/office").text
    form = next(hidden(f"<form {one}") for one in page.split("<form ") if 'value="end_deputy"' in one)
    assert security.post("/accounts/office", data=form).status_code == 303
    assert last_entry(college).kind == "DeputyEnded"
