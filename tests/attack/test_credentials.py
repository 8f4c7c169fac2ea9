"""Getting in by what was issued before, by what is put into the tables, and by asking again: none of it works, and the replay tells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import insert, update

from audit.parallel import replay_in_two_processes
from audit.reader import DatabaseReader
from audit.replay import replay
from audit.report import Report
from console.web import credentials, sessions, tokens
from console.web.credentials import state_of
from console.web.single_sign_on.cas import Cas
from console.web.single_sign_on.login import Identity
from states.accounts.account import OPERATOR, CloseAccount, GrantRole, WithdrawRole
from states.accounts.links import ConfirmLink, RequestLink
from states.refusals import NotYours
from states.vocabulary import Actor, Opaque, Words
from storage.database.database import Database
from storage.master_key import MasterKey
from storage.sign_in import accounts
from storage.tables.accounts import SessionRow
from storage.tables.columns import METADATA
from storage.vault.vault import use_key
from tests.console.web import PASSWORD, SECURITY, SYSTEM, Console, console, hidden

CAS = "https://cas.college.invalid/cas"
CODE_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


def found(college: Console) -> list[tuple[str | None, str]]:
    """Every defect as (stream, code)."""
    return [(one.stream, one.code) for one in replay(DatabaseReader(college.database)).defects]


def put(college: Console, table: str, **values: Any) -> None:
    """Put a row into a table by hand, as a database administrator can."""
    with college.database.writing() as connection:
        connection.execute(insert(METADATA.tables[table]).values(**values))


def let(college: Console, account: str, **values: Any) -> None:
    """Change an account's row by hand."""
    with college.database.writing() as connection:
        table = METADATA.tables["account"]
        connection.execute(update(table).where(table.c.id == account).values(**values))


def session(college: Console, account: str, token: str) -> SessionRow:
    now = college.clock.now()
    row = {
        "provider": "password",
        "address": "192.0.2.66",
        "agent": "",
        "made_at": now,
        "seen_at": now,
        "authenticated_at": now,
    }
    return SessionRow(token=sessions.digest(token), account=account, **row)


def is_in(college: Console, token: str) -> bool:
    """Whether a browser with this cookie is signed in."""
    client = college.client()
    client.cookies.set(sessions.COOKIE, token, domain="localhost.local", path="/")
    return client.get("/account").status_code == 200


# --- asking again ---------------------------------------------------------------------------------


def issued(college: Console, account: str) -> tuple[Any, dict[str, str], str]:
    """A link issued from the page: the administrator's browser, the form it was issued by, and the path of the link."""
    system = college.sign_in("system_admin")
    college.engine.submit(f"account/{account}", RequestLink(), SYSTEM, f"ask-{account}")
    college.engine.submit(f"account/{account}", ConfirmLink(), SECURITY, f"confirm-{account}")
    form = {**hidden(system.get(f"/accounts/{account}").text, "/links/issue"), "account": account}
    shown = system.post("/links/issue", data=form).text
    (path,) = re.findall(r"(/welcome/[\w-]{43})", shown)
    return system, form, path


def test_an_old_command_id_posted_again_makes_no_second_link(college: Console) -> None:
    system, form, path = issued(college, "office")
    entries = college.engine.ledger.head().number
    again = system.post("/links/issue", data=form)
    assert (again.status_code, "只显示一次" in again.text, "/welcome/" in again.text) == (409, True, False)
    assert college.engine.ledger.head().number == entries
    assert college.client().get(path).status_code == 200, "the first holds on"


def test_nobody_becomes_an_administrator_by_a_link_or_a_command_id_from_before(college: Console) -> None:
    college.people({"a-9": ("office", None)})
    system, form, path = issued(college, "a-9")
    by_link = college.sign_in("a-9")
    withdrawal = WithdrawRole(role=Opaque("office"), reason=Words("转岗"))
    college.engine.submit("account/a-9", withdrawal, SECURITY, "withdraw-a-9")
    college.engine.submit("account/a-9", GrantRole(role=Opaque("security_admin")), SECURITY, "grant-a-9")
    assert by_link.get("/").status_code == 303
    assert college.client().get(path).status_code == 410
    assert "/welcome/" not in system.post("/links/issue", data=form).text
    assert college.signs_in(college.client(), "a-9", PASSWORD).status_code == 403, "nor by a password from before"
    assert found(college) == []


def test_somebody_who_may_not_any_more_gets_no_old_answer_either(college: Console) -> None:
    college.people({"a-9": ("assessor", None)})
    granting = GrantRole(role=Opaque("working_group"))
    other = college.engine.submit("account/a-9", granting, SECURITY, "grant-again")
    assert college.engine.submit("account/a-9", granting, SECURITY, "grant-again").number == other.number
    with pytest.raises(NotYours):
        college.engine.submit("account/a-9", granting, Actor(SECURITY.id, "office"), "grant-again")
    assert found(college) == []


def test_posting_an_opening_again_touches_neither_name_nor_password(college: Console) -> None:
    system = college.sign_in("system_admin")
    form = {**hidden(system.get("/accounts").text, "/accounts"), "id": "a-9", "name": "样例甲", "unit": ""}
    assert system.post("/accounts", data=form).status_code == 303
    college.knows("a-9")
    assert system.post("/accounts", data={**form, "name": "样例乙"}).status_code == 303
    row = accounts.account(college.database, "a-9")
    assert row is not None
    assert row.name == "样例甲"
    assert college.signs_in(college.client(), "a-9", PASSWORD).status_code == 303


def test_a_token_asked_for_again_is_neither_made_nor_shown(college: Console) -> None:
    college.people({"oa": ("office", None)})
    college.engine.submit("account/oa", RequestLink(), SYSTEM, "ask-oa")
    page = college.sign_in("security_admin")
    form = {**hidden(page.get("/accounts/oa").text, "/accounts/oa/token"), "days": "30"}
    first, second = (page.post("/accounts/oa/token", data=form) for _ in range(2))
    assert "kaohe_" in first.text
    assert ("kaohe_" in second.text, "只显示一次" in second.text) == (False, True)
    assert len(state_of(college.engine, "oa").tokens) == 1


# --- what is put into the tables ------------------------------------------------------------------


def test_a_planted_session_lets_nobody_in_and_is_found(college: Console) -> None:
    put(college, "session", **session(college, "system_admin", "planted").model_dump())
    assert not is_in(college, "planted")
    assert found(college) == [("account/system_admin", "planted")]


def test_a_session_put_back_after_it_ended_lets_nobody_in_and_is_found(college: Console) -> None:
    client = college.sign_in("office")
    token = client.cookies[sessions.COOKIE]
    (row,) = accounts.sessions(college.database, "office")
    client.post("/sign-out", data=hidden(client.get("/").text, "/sign-out"))
    assert found(college) == []
    put(college, "session", **row.model_dump())
    assert not is_in(college, token)
    assert found(college) == [("account/office", "planted")]


def test_a_session_whose_beginning_was_moved_still_ends_after_twelve_hours(college: Console) -> None:
    token = college.sign_in("office").cookies[sessions.COOKIE]
    college.clock.at += timedelta(hours=12, minutes=1)
    with college.database.writing() as connection:
        now = college.clock.now()
        connection.execute(update(METADATA.tables["session"]).values(made_at=now, seen_at=now))
    assert not is_in(college, token)


def test_a_planted_password_lets_nobody_in_and_is_found(college: Console) -> None:
    let(college, "system_admin", password=credentials.hash_password("planted and well known"))
    assert college.signs_in(college.client(), "system_admin", "planted and well known").status_code == 403
    assert found(college) == [("account/system_admin", "planted")]


def test_a_planted_link_opens_nothing_and_is_found(college: Console) -> None:
    until = college.clock.now() + timedelta(days=3)
    put(college, "link", token=sessions.digest("planted"), account="security_admin", until=until)
    client = college.client()
    assert client.get("/welcome/planted").status_code == 410
    form = {**hidden(client.get("/sign-in").text), "password": PASSWORD, "again": PASSWORD}
    assert client.post("/welcome/planted", data=form).status_code == 410
    assert found(college) == [("account/security_admin", "planted")]


def test_a_planted_token_is_nobodys_and_is_found(college: Console) -> None:
    college.people({"oa": ("office", None)})
    tokens.issue_token(college.engine, "oa", 30, OPERATOR, "token-1")
    (name,) = state_of(college.engine, "oa").tokens
    planted = tokens.PREFIX + "planted"
    put(college, "token", digest=sessions.digest(planted), account="oa", token=name)
    assert tokens.account_of_token(college.engine, planted) is None
    assert found(college) == [("account/oa", "planted")]


def test_a_planted_second_factor_neither_locks_out_nor_passes_the_replay(college: Console) -> None:
    let(college, "office", totp=CODE_SECRET)
    assert college.signs_in(college.client(), "office", PASSWORD).status_code == 303
    assert found(college) == [("account/office", "planted")]


def test_a_second_factor_swapped_or_taken_away_lets_nobody_in(college: Console) -> None:
    college.takes("office", CODE_SECRET)
    other = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    for kept in (other, None):
        let(college, "office", totp=kept)
        step = int(college.clock.now().timestamp()) // 30
        given = credentials.totp_code(other, step) if kept else ""
        assert college.signs_in(college.client(), "office", PASSWORD, given).status_code == 403
    let(college, "office", totp=other)
    assert found(college) == [("account/office", "planted")]


@pytest.fixture
def bound(college: Console) -> Iterator[Console]:
    """A college that signs in at a provider, too."""
    with console(college.database, console_url="https://localhost", cas_url=CAS + "/") as made:
        yield made


def comes_back(bound: Console, subject: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """What is answered to a browser that comes back from the provider as this subject."""
    monkeypatch.setattr(Cas, "identify", lambda *_: Identity(subject))
    client = bound.client()
    away = client.get("/sign-in/cas").headers["location"]
    state = parse_qs(urlsplit(parse_qs(urlsplit(away).query)["service"][0]).query)["state"][0]
    return client.get("/sign-in/cas/back", params={"state": state, "ticket": "ST-1"}).status_code


def test_a_planted_identity_is_nobodys_and_is_found(bound: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    bound.binds("office", CAS, "20260001")
    assert comes_back(bound, "20260001", monkeypatch) == 303
    put(bound, "identity", provider=CAS, subject="20260002", account="office", salt="s", digest="d")
    assert comes_back(bound, "20260002", monkeypatch) == 403
    assert found(bound) == [("account/office", "planted")]
    with bound.database.writing() as connection:
        table = METADATA.tables["identity"]
        connection.execute(table.delete().where(table.c.subject == "20260002"))
        connection.execute(update(table).values(account="committee"))
    assert comes_back(bound, "20260001", monkeypatch) == 403
    assert found(bound) == [("account/committee", "planted")]


def test_an_account_no_entry_opened_is_found(college: Console) -> None:
    hashed = credentials.hash_password(PASSWORD)
    put(college, "account", id="ghost", name="样例", language="zh", password=hashed)
    assert college.signs_in(college.client(), "ghost", PASSWORD).status_code == 403
    assert found(college) == [("account/ghost", "account_unopened"), ("account/ghost", "planted")]


def test_two_processes_find_what_one_does(college: Console, college_url: str) -> None:
    for account in ("office", "system_admin", "committee"):
        let(college, account, password=credentials.hash_password("planted and well known"))
    report = replay_in_two_processes(college_url)
    assert sorted((one.stream or "", one.code) for one in report.defects) == sorted(found(college))
    assert len(report.defects) == 3


def test_a_closed_account_leaves_nothing_in_the_tables_that_lets_in(college: Console) -> None:
    college.sign_in("office")
    college.binds("office", CAS, "20260001")
    credentials.issue_link(college.engine, "office", OPERATOR, "link-1")
    college.engine.submit("account/office", CloseAccount(reason=Words("调离")), SYSTEM, "close-1")
    left = [row for row in DatabaseReader(college.database).access_rows() if row.account == "office"]
    assert [row.table for row in left] == ["account"]
    assert found(college) == []


def test_a_second_factor_whose_key_is_not_here_is_said_not_to_be_vouched_for(college: Console, tmp_path: Path) -> None:
    use_key(college.database, MasterKey.create(tmp_path / "vault.key"))
    college.takes("office", CODE_SECRET)

    def replayed() -> Report:
        return replay(DatabaseReader(college.database))

    assert (replayed().defects, replayed().coverage.unopened) == ((), 0)
    college.database.key = None
    assert (replayed().defects, replayed().coverage.unopened) == ((), 1)
    assert any("1 个动态口令" in one.zh for one in replayed().caveats())


def test_a_replay_beside_people_who_sign_in_finds_nothing(college_url: str, college: Console) -> None:
    """A row that came after the entries were read is asked after again."""

    class Busy(DatabaseReader):
        turns = 3

        def access_rows(self) -> Any:
            if self.turns:
                self.turns -= 1
                college.sign_in("office")
            return super().access_rows()

    with Database.open(college_url, read_only=True) as opened:
        assert replay(Busy(opened)).defects == ()
