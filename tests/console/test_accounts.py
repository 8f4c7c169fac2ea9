"""账号: opening, granting, closing, letting in; each by its own administrator."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from httpx2 import Client

from audit.reader import DatabaseReader
from audit.replay import replay
from config.settings import Settings
from console.web import sessions
from console.web.credentials import state_of
from storage.database.database import Database
from storage.sign_in import accounts
from workflow.tables import note_security_log

from .web import PASSWORD, Console, console, hidden


def test_an_account_is_opened_granted_and_let_in_by_two_administrators(college: Console) -> None:
    system, security, person = college.sign_in("system_admin"), college.sign_in("security_admin"), college.client()
    form = hidden(system.get("/accounts").text, "/accounts")
    assert form["version"] == "0"
    answer = system.post("/accounts", data={**form, "id": "assessor-2", "name": "样例甲", "unit": "u-2"})
    assert answer.headers["location"] == "/accounts/assessor-2"
    form = hidden(security.get("/accounts/assessor-2").text)
    security.post("/accounts/assessor-2", data={**form, "act": "grant_role", "role": "assessor"})
    shown = link_of(system, security, "assessor-2")
    path = re.findall(r"https://localhost(/welcome/[\w-]+)", shown)[0]
    form = hidden(person.get(path).text)
    person.post(path, data={**form, "password": PASSWORD, "again": PASSWORD})
    assert "样例学院2" in person.get("/").text
    kinds = [entry.kind for entry in college.engine.ledger.stream("account/assessor-2")]
    assert kinds == [
        "AccountOpened", "RoleGranted", "LinkRequested", "LinkConfirmed", "LinkIssued", "PasswordSet", "SessionBegun",
    ]  # fmt: skip


def link_of(system: Client, security: Client, account: str) -> str:
    """The page that shows a link, asked for by one administrator and confirmed by another."""
    for step, client in (("request", system), ("confirm", security), ("issue", system)):
        page = client.get(f"/accounts/{account}").text
        shown = client.post(f"/links/{step}", data=hidden(page, f"/links/{step}"))
    assert shown.status_code == 200
    return shown.text


def test_no_link_is_issued_before_another_administrator_confirms(college: Console) -> None:
    system, security = college.sign_in("system_admin"), college.sign_in("security_admin")
    page = system.get("/accounts/office").text
    form = {**hidden(page, "/links/request"), "account": "office"}
    early = system.post("/links/issue", data=form)
    assert (early.status_code, "再由安全管理员确认" in early.text) == (409, True)
    nothing = security.post("/links/confirm", data={**hidden(security.get("/accounts").text), "account": "office"})
    assert (nothing.status_code, "没有待确认的申请" in nothing.text) == (409, True)
    assert system.post("/links/request", data=form).status_code == 303
    own = system.post("/links/confirm", data={**form, "command_id": "web-own"})
    assert (own.status_code, "由安全管理员办理" in own.text) == (403, True)
    assert "待您确认的一次性链接（1 个）" in security.get("/accounts").text
    assert [one.token for one in accounts.sessions(college.database, "office")] == []


def test_links_for_a_whole_college_are_asked_for_confirmed_and_shown_with_three_forms(college: Console) -> None:
    people = {f"a-{chr(97 + n // 26)}{chr(97 + n % 26)}": ("assessor", None) for n in range(60)}
    college.people(people)
    system, security = college.sign_in("system_admin"), college.sign_in("security_admin")
    for client, step in ((system, "request"), (security, "confirm"), (system, "issue")):
        page = client.get("/accounts").text
        form = hidden(page, f"/links/{step}")
        ticked = re.findall(rf'id="{step}-[^"]+" name="account" value="([^"]+)" checked', page)
        assert sorted(ticked) == sorted(people)
        answer = client.post(f"/links/{step}", data={**form, "account": ticked})
    links = re.findall(r"/welcome/([\w-]{43})", answer.text)
    assert len(set(links)) == 60
    again = system.post("/links/issue", data={**form, "account": ticked})
    assert "/welcome/" not in again.text
    assert "只显示一次" in again.text


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
        ({"id": "", "name": "样例"}, "缺少账号名"),
        ({"id": "clock", "name": "样例"}, "可用的账号名"),
        ({"id": "a-3", "name": ""}, "请填写姓名"),
        ({"id": "office", "name": "样例"}, "已有人使用"),
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
    assert "您填写期间，此事已由" in other.post("/accounts/assessor", data={**forms[1], **given}).text


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
    assert 'method="post"' not in page.partition("<main")[2], "only the frame has forms: the language and signing out"
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


def proposed(bound: Console, subject: str = "20260001") -> str:
    """An identity the system administrator proposed for the office; how entries name it."""
    client, provider = bound.sign_in("system_admin"), "https://cas.college.invalid/cas"
    form = hidden(client.get("/accounts/office").text, "/accounts/office/identity")
    answer = client.post("/accounts/office/identity", data={**form, "provider": provider, "subject": subject})
    assert answer.headers["location"].endswith("done=propose_identity")
    (digest,) = state_of(bound.engine, "office").identities
    return digest


def is_confirmed(bound: Console, digest: str) -> bool:
    return state_of(bound.engine, "office").identities[digest].confirmed


def test_an_identity_is_proposed_by_one_administrator_and_confirmed_by_another(bound: Console) -> None:
    digest = proposed(bound)
    system, security = bound.sign_in("system_admin"), bound.sign_in("security_admin")
    form = {**hidden(system.get("/accounts/office").text), "act": "confirm_identity", "identity": digest}
    assert system.post("/accounts/office", data=form).status_code == 403
    assert not is_confirmed(bound, digest)
    assert "待确认统一身份" in security.get("/").text
    form = {**hidden(security.get("/accounts/office").text), "act": "confirm_identity", "identity": digest}
    assert security.post("/accounts/office", data=form).status_code == 303
    assert is_confirmed(bound, digest)
    form = {**hidden(security.get("/accounts/office").text), "act": "end_identity", "identity": digest}
    assert security.post("/accounts/office", data=form).status_code == 303
    assert accounts.identities(bound.database, "office") == []


def test_the_holder_confirms_an_identity_after_signing_in_by_password_and_not_otherwise(bound: Console) -> None:
    digest = proposed(bound)
    holder = bound.sign_in("office")
    page = holder.get("/account").text
    assert "待您确认" in page
    form = {**hidden(page, "/account/identity"), "act": "confirm_identity"}
    (session,) = state_of(bound.engine, "office").sessions
    other = bound.binds("office", "https://cas.college.invalid/cas", "20260002")
    by_provider = sessions.start_session(
        bound.engine, state_of(bound.engine, "office"), way="cas", address="192.0.2.1", agent="test", proof=other
    )
    stranger = bound.client()
    stranger.cookies.set(sessions.COOKIE, by_provider, domain="localhost.local", path="/")
    again = {
        **hidden(stranger.get("/account").text, "/account/identity"),
        "identity": digest,
        "act": "confirm_identity",
    }
    refused = stranger.post("/account/identity", data=again)
    assert (refused.status_code, "本人须以密码登录后确认" in refused.text) == (409, True)
    assert not is_confirmed(bound, digest)
    assert holder.post("/account/identity", data=form).status_code == 303
    assert is_confirmed(bound, digest)
    assert session in state_of(bound.engine, "office").sessions


def test_a_staff_number_stands_for_one_account(bound: Console) -> None:
    client, provider = bound.sign_in("system_admin"), "https://cas.college.invalid/cas"
    proposed(bound)
    form = hidden(client.get("/accounts/committee").text, "/accounts/committee/identity")
    given = {**form, "provider": provider, "subject": "20260001"}
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
    for path in ("/accounts/office/identity", "/links/request", "/links/issue"):
        assert client.post(path, data={**given, "account": "office"}).status_code == 403


def test_the_security_log_is_kept_as_long_as_it_is_set_and_never_less_than_the_law_asks(college: Console) -> None:
    with pytest.raises(ValueError, match="184"):
        Settings(security_log_days=183)
    college.knows("office")
    college.signs_in(college.client(), "office", "wrong")
    for days, left in ((399, True), (2, False)):
        college.clock.at += timedelta(days=days)
        college.signs_in(college.client(), "office", PASSWORD)
        note_security_log(college.engine, college.clock.at, Settings().security_log_days)
        assert ("sign_in_failed" in college.events()) == left
