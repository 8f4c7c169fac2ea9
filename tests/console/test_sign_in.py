"""登录: passwords, second factors, links, sessions, and what failing costs."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from console.web import credentials, sessions
from console.web.credentials import WeakPassword, check_new_password, matching_step, totp_code
from console.web.throttling import attempts
from states.accounts.account import OPERATOR, CloseAccount
from states.vocabulary import Actor, Words
from storage.database.database import Database
from storage.master_key import MasterKey
from storage.sign_in import accounts, security_log
from storage.vault.vault import use_key

from .web import PASSWORD, Console, console, hidden

HOUSE = Path(__file__).parents[2]
RFC_6238 = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
"""The key of the appendix of RFC 6238, "12345678901234567890"."""


def test_who_knows_the_password_is_let_in_with_a_new_token(college: Console) -> None:
    college.knows("office")
    client = college.client()
    client.get("/sign-in")
    before = client.cookies[sessions.COOKIE]
    answer = college.signs_in(client, "office", PASSWORD)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert all(word in cookie for word in ("__Host-kaohe=", "HttpOnly", "Secure", "SameSite=lax", "Path=/"))
    assert client.cookies[sessions.COOKIE] != before
    assert "样例·office" in client.get("/").text
    assert college.events() == ["signed_in"]


def test_the_database_holds_no_token_and_no_password(college: Console) -> None:
    college.knows("office")
    client = college.client()
    college.signs_in(client, "office", PASSWORD)
    token = client.cookies[sessions.COOKIE]
    (row,) = accounts.sessions(college.database, "office")
    kept = accounts.account(college.database, "office")
    assert row.token == sessions.digest(token) != token
    assert kept is not None
    assert str(kept.password).startswith("$argon2id$")
    assert PASSWORD not in str(kept.password)


def test_a_password_is_kept_by_argon2id_as_rfc_9106_has_it() -> None:
    """In a process of its own, where nobody made it quick for the tests; and what is held against where there is none, too."""
    look = "from console.web import credentials as c; print(c.hash_password('x')); print(c.DUMMY_HASH)"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True, cwd=HOUSE)
    assert [line[:30] for line in done.stdout.split()] == ["$argon2id$v=19$m=65536,t=3,p=4"] * 2


@pytest.mark.parametrize(
    ("account", "password"),
    [("office", "wrong password 1"), ("nobody", PASSWORD), ("a-9", PASSWORD), ("张三", "密码" * 80)],
)
def test_whatever_is_wrong_the_answer_is_the_same(college: Console, account: str, password: str) -> None:
    """A wrong password, no such account, an account without a password: one sentence, one status."""
    college.people({"a-9": ("committee", None)})
    answer = college.signs_in(college.client(), account, password)
    assert answer.status_code == 403
    assert "账号、密码或动态口令不正确" in answer.text
    assert college.events() == ["sign_in_failed"]
    assert security_log.latest_lines(college.database)[0].account is None, "what was typed is not put on record"


def test_what_was_left_empty_is_told_at_its_field_and_is_no_attempt(college: Console) -> None:
    answer = college.signs_in(college.client(), "", "", "12")
    assert answer.status_code == 403
    assert all(f'id="{name}-wrong"' in answer.text for name in ("account", "password", "code"))
    assert college.events() == []


def test_a_password_is_hashed_for_nobody_too(college: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the time an answer takes tells nothing."""
    held = []
    monkeypatch.setattr(credentials, "matches_hash", lambda _given, kept: held.append(kept) or False)
    college.signs_in(college.client(), "nobody", PASSWORD)
    assert held == [None]


def test_each_failure_makes_the_next_try_wait_longer_and_success_forgets(college: Console) -> None:
    college.knows("office")
    client = college.client()
    for _ in range(attempts.FREE_FAILURES["pair"] + 1):
        assert college.signs_in(client, "office", "wrong").status_code == 403
    answer = college.signs_in(client, "office", PASSWORD)
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["retry-after"]) <= 3
    college.clock.at += timedelta(seconds=3)
    assert college.signs_in(client, "office", "wrong").status_code == 403
    waits = int(college.signs_in(client, "office", PASSWORD).headers["retry-after"])
    assert waits > 3
    college.clock.at += timedelta(seconds=waits)
    assert college.signs_in(client, "office", PASSWORD).status_code == 303
    assert college.signs_in(college.client(), "office", "wrong").status_code == 403


def test_waiting_ends_and_nothing_is_held_against_anybody_for_good(college: Console) -> None:
    now = college.clock.now()
    for _ in range(40):
        with suppress(attempts.TooManyAttempts):
            attempts.begin(college.database, "office", "192.0.2.7", None, now)
        now += timedelta(minutes=14)
    attempts.begin(college.database, "office", "192.0.2.7", None, now + timedelta(minutes=1))
    with pytest.raises(attempts.TooManyAttempts) as early:
        attempts.begin(college.database, "office", "192.0.2.7", None, now + timedelta(minutes=2))
    assert early.value.details["seconds"] == 14 * 60 + 1
    attempts.begin(college.database, "office", "192.0.2.7", None, now + timedelta(hours=25))


def test_a_code_is_asked_for_where_one_is_set_up_and_is_good_once(college: Console) -> None:
    college.takes("office", RFC_6238)
    step = int(college.clock.now().timestamp()) // 30
    assert college.signs_in(college.client(), "office", PASSWORD).status_code == 403
    assert college.signs_in(college.client(), "office", PASSWORD, "000000").status_code == 403
    given = totp_code(RFC_6238, step)
    assert college.signs_in(college.client(), "office", PASSWORD, given).status_code == 303
    assert college.signs_in(college.client(), "office", PASSWORD, given).status_code == 403


def test_a_lost_vault_key_asks_for_a_link_of_those_who_have_a_second_factor_and_of_nobody_else(
    college: Console, tmp_path: Path
) -> None:
    use_key(college.database, MasterKey.create(tmp_path / "vault.key"))
    college.takes("office", RFC_6238)
    college.database.key = None
    entered = college.signs_in(college.client(), "discipline", PASSWORD)
    assert entered.status_code == 303
    refused = college.signs_in(college.client(), "office", PASSWORD, totp_code(RFC_6238, 0))
    assert (refused.status_code, "向系统管理员申请一次性链接" in refused.text) == (403, True)
    assert "账号、密码或动态口令不正确" in college.signs_in(college.client(), "office", "wrong").text
    assert college.sign_in("discipline").get("/account").text.count(">discipline<") >= 1, "the id stands for the name"


@pytest.mark.parametrize(
    ("second", "expected"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_codes_are_those_of_rfc_6238(second: int, expected: str) -> None:
    assert totp_code(RFC_6238, second // 30) == expected


def test_a_clock_half_a_minute_off_is_borne(college: Console) -> None:
    now = college.clock.now()
    step = int(now.timestamp()) // 30
    found = [matching_step(RFC_6238, totp_code(RFC_6238, step + off), now) for off in (-2, -1, 0, 1, 2)]
    assert found == [None, step - 1, step, step + 1, None]
    assert matching_step(RFC_6238, "２８７０８２", now) is None


def test_a_session_ends_half_an_hour_after_its_last_use(college: Console) -> None:
    client = college.sign_in("office")
    for _ in range(4):
        college.clock.at += timedelta(minutes=29)
        assert client.get("/").status_code == 200
    college.clock.at += timedelta(minutes=31)
    assert client.get("/").headers["location"] == "/sign-in?next=/"


def test_a_session_ends_twelve_hours_after_it_began_however_busy(college: Console) -> None:
    client = college.sign_in("office")
    for _ in range(25):
        college.clock.at += timedelta(minutes=28)
        assert client.get("/").status_code == 200
    college.clock.at += timedelta(minutes=28)
    assert client.get("/").status_code == 303


def test_signing_out_ends_the_session_at_the_server(college: Console) -> None:
    client = college.sign_in("office")
    token = client.cookies[sessions.COOKIE]
    answer = client.post("/sign-out", data=hidden(client.get("/").text, "/sign-out"))
    assert '"storage"' in answer.headers["clear-site-data"]
    client.cookies.set(sessions.COOKIE, token, domain="localhost.local", path="/")
    assert client.get("/").status_code == 303
    assert accounts.sessions(college.database, "office") == []


def test_a_closed_account_is_out_at_once_and_stays_out(college: Console) -> None:
    college.knows("office")
    client = college.sign_in("office")
    admin = Actor("system_admin", "system_admin")
    college.engine.submit("account/office", CloseAccount(reason=Words("调离")), admin, "close-1")
    assert client.get("/").status_code == 303
    assert college.signs_in(college.client(), "office", PASSWORD).status_code == 403


@pytest.mark.parametrize(
    "path", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "javascript:alert(1)"]
)
def test_after_signing_in_nobody_is_led_elsewhere(college: Console, path: str) -> None:
    college.knows("office")
    client = college.client()
    form = hidden(client.get("/sign-in", params={"next": path}).text, "/sign-in")
    assert form["next"] == "/"
    answer = client.post("/sign-in", data={**form, "next": path, "account": "office", "password": PASSWORD})
    assert answer.headers["location"] == "/"


# --- links ----------------------------------------------------------------------------------------


def test_a_link_lets_its_holder_choose_a_password_once_and_signs_them_in(college: Console) -> None:
    path = credentials.issue_link(college.engine, "office", OPERATOR, "link-1")
    held = college.sign_in("office")
    client = college.client()
    for _ in range(2):
        page = client.get(path)
        assert page.status_code == 200, "looking does not use it up"
    answer = client.post(path, data={**hidden(page.text, None), "password": PASSWORD, "again": PASSWORD})
    assert answer.headers["location"] == "/"
    assert client.get("/account").status_code == 200
    assert held.get("/").status_code == 303, "every session of the account ends"
    assert client.get(path).status_code == 410
    assert (
        client.post(
            path, data={**hidden(client.get("/sign-in").text), "password": PASSWORD, "again": PASSWORD}
        ).status_code
        == 410
    )
    assert college.signs_in(client, "office", PASSWORD).status_code == 303


def test_a_person_who_lost_the_phone_is_let_in_again_by_a_link_which_ends_the_second_factor(college: Console) -> None:
    college.takes("office", RFC_6238, 1)
    path = credentials.issue_link(college.engine, "office", OPERATOR, "link-1")
    client = college.client()
    client.post(path, data={**hidden(client.get(path).text), "password": PASSWORD, "again": PASSWORD})
    assert college.events("office") == ["signed_in", "second_factor_ended", "link_used"]
    assert college.signs_in(college.client(), "office", PASSWORD).status_code == 303


def test_a_link_is_over_after_three_days_and_once_another_is_issued(college: Console) -> None:
    first = credentials.issue_link(college.engine, "office", OPERATOR, "link-1")
    second = credentials.issue_link(college.engine, "office", OPERATOR, "link-2")
    assert college.client().get(first).status_code == 410
    assert college.client().get(second).status_code == 200
    college.clock.at += credentials.LINK_LIFETIME + timedelta(seconds=1)
    assert college.client().get(second).status_code == 410


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short one", "不足 12 个字符"), ("x" * 129, "超过 128 个字符"), ("qwertyuiop123", "容易被猜中"),
        ("password2026!", "人人知道的词"), ("kaohe-College-2026", "人人知道的词"), ("aaaaaaaaaaaaaaaa", "容易被猜中"),
    ],
)  # fmt: skip
def test_a_weak_password_is_refused_and_says_why(password: str, why: str) -> None:
    words = credentials.words_of_account("college.edu.cn", "office-1", "某某")
    with pytest.raises(WeakPassword) as caught:
        check_new_password(password, password, words)
    assert why in caught.value.render("zh")


def test_two_passwords_that_differ_are_refused() -> None:
    with pytest.raises(WeakPassword):
        check_new_password(PASSWORD, PASSWORD + ".", ())


@pytest.mark.parametrize("password", [PASSWORD, "云南 风筝 铁皮 三七二十一", "Tr0ub4dor&3 zebra"])
def test_any_character_may_be_in_a_password(password: str) -> None:
    check_new_password(password, password, ("college", "office"))


# --- the own account ------------------------------------------------------------------------------


def test_changing_the_password_takes_the_present_one_and_ends_the_other_sessions(college: Console) -> None:
    college.knows("office")
    other, client = college.sign_in("office"), college.sign_in("office")
    form = hidden(client.get("/account").text, "/account/password")
    new = "harbour quilt seventeen"
    wrong = client.post("/account/password", data={**form, "password": "not it", "new": new, "again": new})
    assert wrong.status_code == 409
    answer = client.post("/account/password", data={**form, "password": PASSWORD, "new": new, "again": new})
    assert answer.headers["location"] == "/account?done=password"
    assert other.get("/account").status_code == 303
    assert client.get("/account").status_code == 200
    assert college.signs_in(college.client(), "office", new).status_code == 303


def test_a_second_factor_is_set_up_by_showing_a_code_and_ended_by_showing_another(college: Console) -> None:
    college.knows("office")
    client = college.sign_in("office")
    page = client.get("/account/code")
    form = hidden(page.text, "/account/code")
    assert "data:image/svg+xml" in page.text
    step = int(college.clock.now().timestamp()) // 30
    wrong = client.post("/account/code", data={**form, "new_code": "123456", "password": PASSWORD})
    assert wrong.status_code == 409
    assert hidden(wrong.text, "/account/code")["secret"] == form["secret"], "the picture stays the same"
    given = totp_code(form["secret"], step)
    assert client.post("/account/code", data={**form, "new_code": given, "password": PASSWORD}).status_code == 303
    assert college.signs_in(college.client(), "office", PASSWORD).status_code == 403
    college.clock.at += timedelta(seconds=30)
    end = hidden(client.get("/account").text, "/account/code/end")
    assert client.post("/account/code/end", data={**end, "password": PASSWORD, "code": given}).status_code == 409
    given = totp_code(form["secret"], step + 1)
    assert client.post("/account/code/end", data={**end, "password": PASSWORD, "code": given}).status_code == 303
    assert college.signs_in(college.client(), "office", PASSWORD).status_code == 303


def test_sessions_are_listed_and_ended_one_by_one_or_all_others(college: Console) -> None:
    client = college.sign_in("office")
    others = [college.sign_in("office") for _ in range(3)]
    page = client.get("/account").text
    assert page.count("192.0.2.1") == 4
    one = sessions.digest(others[0].cookies[sessions.COOKIE])
    form = hidden(page, "/account/sessions")
    client.post("/account/sessions", data={**form, "session": one})
    assert [other.get("/").status_code for other in others] == [303, 200, 200]
    form.pop("session")
    client.post("/account/sessions", data=form)
    assert [other.get("/").status_code for other in others] == [303, 303, 303]
    assert client.get("/").status_code == 200


def test_nobody_ends_somebody_elses_session(college: Console) -> None:
    client, other = college.sign_in("office"), college.sign_in("committee")
    form = hidden(client.get("/account").text, "/language")
    token = sessions.digest(other.cookies[sessions.COOKIE])
    client.post("/account/sessions", data={**form, "session": token})
    assert other.get("/").status_code == 200


def test_mail_goes_where_the_account_says(college: Console) -> None:
    client = college.sign_in("unit-1")
    form = hidden(client.get("/account").text, "/account/mail")
    for address, sentence in (("样例@college.invalid", "应为一个邮箱地址，形如 name@college.edu.cn"), ("", "邮箱")):
        refused = client.post("/account/mail", data={**form, "email": address, "wanted": "1"})
        assert (refused.status_code, sentence in refused.text) == (409, True), address
    client.post("/account/mail", data={**form, "email": "a@college.invalid", "wanted": "1"})
    page = client.get("/account").text
    assert 'value="a@college.invalid"' in page
    assert "checked" in page


def test_the_language_is_the_accounts_wherever_it_signs_in(college: Console) -> None:
    client = college.sign_in("office")
    form = hidden(client.get("/account").text, "/language")
    assert client.post("/language", data={**form, "language": "en"}).headers["location"] == "/account"
    assert "<h1>My account</h1>" in client.get("/account").text
    assert "<h1>My account</h1>" in college.sign_in("office").get("/account").text
    client.post("/language", data={**form, "language": "xx"})
    assert "<h1>My account</h1>" in client.get("/account").text


# --- proving it again -----------------------------------------------------------------------------


def test_what_is_grave_asks_for_proof_after_half_an_hour(college: Console) -> None:
    college.knows("audit_admin")
    client = college.sign_in("audit_admin")
    assert client.get("/security-log.jsonl").status_code == 200
    college.clock.at += timedelta(minutes=20)
    client.get("/")
    college.clock.at += timedelta(minutes=11)
    answer = client.get("/security-log.jsonl")
    assert answer.headers["location"] == "/prove?next=/security-log.jsonl"
    form = hidden(client.get(answer.headers["location"]).text, "/prove")
    assert client.post("/prove", data={**form, "password": "not it"}).status_code == 403
    assert client.post("/prove", data={**form, "password": PASSWORD}).headers["location"] == "/security-log.jsonl"
    lines = client.get("/security-log.jsonl")
    assert '"event": "proved"' in lines.text


@pytest.mark.parametrize("path", ["/account/mail", "/account/sessions"])
def test_what_changes_how_one_is_reached_takes_proof(college: Console, path: str) -> None:
    client = college.sign_in("office")
    for _ in range(2):
        college.clock.at += timedelta(minutes=20)
        page = client.get("/account").text
    answer = client.post(path, data=hidden(page, "/account/mail") | {"email": "office@college.example", "wanted": "1"})
    assert answer.status_code == 403
    assert "须先确认本人身份" in answer.text


def test_an_authenticator_app_finds_the_issuer_in_the_label_too() -> None:
    """Some apps refuse an address whose label begins with another issuer than the parameter names."""
    address = urlsplit(credentials.otpauth_uri(credentials.new_secret(), "office-1", "college.edu.cn"))
    issuer = parse_qs(address.query)["issuer"][0]
    assert unquote(address.path) == f"/{issuer}:office-1"


@pytest.mark.parametrize(
    ("wanted", "account", "asked"),
    [("administrators", "security_admin", True), ("administrators", "office", False), ("everybody", "office", True),
     ("optional", "security_admin", False)],
)  # fmt: skip
def test_who_needs_a_second_factor_sets_it_up_before_anything_else(
    settled: Database, wanted: str, account: str, asked: bool
) -> None:
    with console(settled, second_factor=wanted) as college:
        college.knows(account)
        client = college.client()
        college.signs_in(client, account, PASSWORD)
        first = client.get("/")
        assert (first.status_code, first.headers.get("location")) == ((303, "/account/code") if asked else (200, None))
        if asked:
            page = client.get("/account/code").text
            assert "须启用动态口令后才能使用其他页面" in page
            form = hidden(page, "/account/code")
            now = totp_code(form["secret"], int(college.clock.now().timestamp()) // 30)
            client.post("/account/code", data=form | {"new_code": now, "password": PASSWORD, "code": ""})
            assert client.get("/").status_code == 200
