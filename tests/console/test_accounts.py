"""账号: opening, granting, closing, letting in; each by its own administrator."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from audit.reader import DatabaseReader
from audit.replay import replay
from config.settings import Settings
from storage import accounts
from storage.database import Database

from .web import PASSWORD, Console, console, hidden


def test_an_account_is_opened_granted_and_let_in_by_two_administrators(college: Console) -> None:
    system, security, person = college.sign_in("system_admin"), college.sign_in("security_admin"), college.client()
    form = hidden(system.get("/accounts").text, "/accounts")
    assert form["version"] == "0"
    answer = system.post("/accounts", data={**form, "id": "assessor-2", "name": "样例甲", "unit": "u-2"})
    assert answer.headers["location"] == "/accounts/assessor-2"
    form = hidden(security.get("/accounts/assessor-2").text)
    security.post("/accounts/assessor-2", data={**form, "act": "grant_role", "role": "assessor"})
    page = system.get("/accounts/assessor-2").text
    shown = system.post("/accounts/assessor-2/link", data=hidden(page, "/accounts/assessor-2/link")).text
    path = re.findall(r"https://localhost(/welcome/[\w-]+)", shown)[0]
    form = hidden(person.get(path).text)
    person.post(path, data={**form, "password": PASSWORD, "again": PASSWORD})
    assert college.signs_in(person, "assessor-2", PASSWORD).status_code == 303
    assert "样例学院2" in person.get("/").text
    kinds = [entry.kind for entry in college.engine.ledger.stream("account/assessor-2")]
    assert kinds == ["AccountOpened", "RoleGranted", "LinkIssued"]


def test_no_name_enters_the_ledger(college: Console) -> None:
    system = college.sign_in("system_admin")
    form = hidden(system.get("/accounts").text, "/accounts")
    system.post("/accounts", data={**form, "id": "a-2", "name": "样例某甲", "unit": ""})
    assert accounts.account(college.database, "a-2") is not None
    assert all("样例某甲" not in str(row) for row in college.engine.ledger.rows())


def test_what_the_pages_wrote_replays_without_a_defect(college: Console) -> None:
    test_an_account_is_opened_granted_and_let_in_by_two_administrators(college)
    assert replay(DatabaseReader(college.database)).defects == ()


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"id": "Zhang San", "name": "样例"}, "只能用小写字母"),
        ({"id": "", "name": "样例"}, "编号格式不对"),
        ({"id": "clock", "name": "样例"}, "可用的账号名"),
        ({"id": "a-3", "name": ""}, "请填写姓名"),
        ({"id": "office", "name": "样例"}, "已有更新"),
        ({"id": "13800138000", "name": "样例"}, "电话号码"),
    ],
)  # fmt: skip
def test_an_account_that_cannot_be_is_refused_with_the_form_kept(
    college: Console, given: dict[str, str], why: str
) -> None:
    system = college.sign_in("system_admin")
    form = hidden(system.get("/accounts").text, "/accounts")
    answer = system.post("/accounts", data={**form, **given})
    assert answer.status_code in (403, 409)
    assert why in answer.text
    if given["name"] and given["id"]:
        assert f'value="{given["id"]}"' in answer.text


def test_closing_an_account_ends_its_sessions(college: Console) -> None:
    held, system = college.sign_in("assessor"), college.sign_in("system_admin")
    form = hidden(system.get("/accounts/assessor").text)
    answer = system.post("/accounts/assessor", data={**form, "act": "close_account", "reason": "退休"})
    assert answer.status_code == 303
    assert held.get("/").status_code == 303
    assert accounts.sessions(college.database, "assessor") == []
    assert "已停用" in system.get("/accounts").text


def test_a_form_of_yesterday_is_refused(college: Console) -> None:
    one, other = college.sign_in("security_admin"), college.sign_in("security_admin")
    forms = [hidden(client.get("/accounts/assessor").text) for client in (one, other)]
    given = {"act": "grant_role", "role": "working_group"}
    assert one.post("/accounts/assessor", data={**forms[0], **given}).status_code == 303
    assert "已有更新" in other.post("/accounts/assessor", data={**forms[1], **given}).text


def test_a_double_click_grants_once(college: Console) -> None:
    client = college.sign_in("security_admin")
    form = {**hidden(client.get("/accounts/assessor").text), "act": "grant_role", "role": "working_group"}
    assert [client.post("/accounts/assessor", data=form).status_code for _ in range(2)] == [303, 303]
    kinds = [entry.kind for entry in college.engine.ledger.stream("account/assessor")]
    assert kinds.count("RoleGranted") == 2, "the fixture's and one"


@pytest.mark.parametrize("act", ["grant_role", "withdraw_role", "move_account", "close_account", "nonsense", ""])
def test_a_form_with_nothing_in_it_is_refused_politely(college: Console, act: str) -> None:
    for account in ("security_admin", "system_admin"):
        client = college.sign_in(account)
        form = hidden(client.get("/accounts/assessor").text, "/language")
        assert client.post("/accounts/assessor", data={**form, "act": act}).status_code in (303, 403, 409)


@pytest.mark.parametrize("account", ["nobody", "Zhang San", "x" * 200])
def test_an_account_there_is_not_is_said_so(college: Console, account: str) -> None:
    answer = college.sign_in("audit_admin").get(f"/accounts/{account}")
    assert answer.status_code == 409
    assert "的记录" in answer.text


def test_the_audit_administrator_reads_and_is_offered_nothing(college: Console) -> None:
    client = college.sign_in("audit_admin")
    page = client.get("/accounts/assessor").text
    assert page.count('method="post"') == 2, "the language and signing out"
    assert 'method="post" action="/accounts"' not in client.get("/accounts").text


def test_the_security_log_is_paged_filtered_and_exported(college: Console) -> None:
    college.knows("office")
    for _ in range(3):
        college.signs_in(college.client(), "office", PASSWORD)
    client = college.sign_in("audit_admin")
    assert client.get("/security-log").text.count(">登录<") == 3
    assert client.get("/security-log", params={"account": "committee"}).text.count(">登录<") == 0
    for before in ("1", "x", "-1", "9" * 40):
        assert client.get("/security-log", params={"before": before}).status_code == 200
    assert len(client.get("/security-log.jsonl").text.splitlines()) == 4


@pytest.fixture
def bound(settled: Database) -> Iterator[Console]:
    """A college that signs in at a provider, too."""
    with console(settled, console_url="https://localhost", cas_url="https://cas.college.invalid/cas/") as made:
        yield made


def test_a_staff_number_is_bound_to_one_account_by_the_system_administrator(bound: Console) -> None:
    client, provider = bound.sign_in("system_admin"), "https://cas.college.invalid/cas"
    form = hidden(client.get("/accounts/office").text, "/accounts/office/identity")
    given = {**form, "provider": provider, "subject": "20260001"}
    assert client.post("/accounts/office/identity", data=given).headers["location"].endswith("done=identity")
    assert accounts.identified(bound.database, provider, "20260001") == "office"
    again = client.post("/accounts/committee/identity", data=given)
    assert again.status_code == 409
    assert "已绑定账号" in again.text
    for wrong in ({"provider": "https://other.example"}, {"subject": ""}, {"subject": "张三"}):
        assert client.post("/accounts/committee/identity", data={**given, **wrong}).status_code == 409
    assert accounts.identities(bound.database, "committee") == []


@pytest.mark.parametrize("account", ["security_admin", "audit_admin", "system_admin"])
def test_nobody_binds_an_identity_to_an_administrator_from_a_page(bound: Console, account: str) -> None:
    """As with a link: else one of the three could become another."""
    client = bound.sign_in("system_admin")
    form = hidden(client.get("/account").text, "/language")
    given = {**form, "provider": "https://cas.college.invalid/cas", "subject": "20260001"}
    assert client.post(f"/accounts/{account}/identity", data=given).status_code == 403
    assert accounts.identities(bound.database, account) == []


def test_the_security_administrator_opens_no_way_in(bound: Console) -> None:
    client = bound.sign_in("security_admin")
    form = hidden(client.get("/account").text, "/language")
    given = {**form, "provider": "https://cas.college.invalid/cas", "subject": "20260001"}
    for path in ("/accounts/office/identity", "/accounts/office/link"):
        assert client.post(path, data=given).status_code == 403


def test_the_security_log_is_kept_as_long_as_it_is_set_and_never_less_than_the_law_asks(college: Console) -> None:
    with pytest.raises(ValueError, match="184"):
        Settings(security_log_days=183)
    college.knows("office")
    college.signs_in(college.client(), "office", "wrong")
    for days, left in ((399, True), (2, False)):
        college.clock.at += timedelta(days=days)
        college.signs_in(college.client(), "office", PASSWORD)
        assert ("sign_in_failed" in college.events()) == left
