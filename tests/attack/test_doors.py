"""Getting in through the doors, by one person with patience: in flight, half finished, from beside, and by what is taken for proof."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from audit.reader import DatabaseReader
from audit.replay import replay
from console.web import credentials, sessions
from console.web.credentials import state_of
from console.web.pages.accounts import sign_in
from console.web.request.app_state import ANONYMOUS_LOG_LINES
from console.web.single_sign_on.cas import Cas
from console.web.single_sign_on.login import Identity
from states.accounts.account import MoveAccount, WithdrawRole
from states.accounts.credentials import holder_actor
from states.accounts.passwords import EndSecondFactor, SetSecondFactor
from states.command_ids import NoLongerYou, OutsideId
from states.vocabulary import Actor, Digest, Opaque, Words
from storage.database.database import Database
from tests.console.web import PASSWORD, Console, console, hidden
from workflow.engine import Answer, Submission

CAS = "https://cas.college.invalid/cas"
OTHER = "quarry violin seventeen moss"


def recover(college: Console) -> None:
    """What the holder does who is to be rid of somebody who learnt the password: a link, and another password."""
    college.knows("office", OTHER)


# --- what was proved, and ended before it was used --------------------------------------------------


def test_a_sign_in_under_way_by_a_password_that_was_just_replaced_lets_nobody_in(
    college: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    authenticate = sign_in.authenticate
    monkeypatch.setattr(sign_in, "authenticate", lambda *given: (authenticate(*given), recover(college))[0])
    answer = college.signs_in(college.client(), "office", PASSWORD)
    assert answer.status_code == 409
    assert state_of(college.engine, "office").sessions == {}


@pytest.mark.parametrize("form", ["password", "code"])
def test_somebody_who_knew_the_password_cannot_change_what_its_holder_just_replaced(
    college: Console, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    thief = college.sign_in("office")
    authenticate, secret = sign_in.authenticate, credentials.new_secret()
    monkeypatch.setattr(sign_in, "authenticate", lambda *given: (authenticate(*given), recover(college))[0])
    code = credentials.totp_code(secret, int(college.clock.now().timestamp()) // credentials.STEP_SECONDS)
    sent = {"password": PASSWORD, "new": "thief walks by the canal", "again": "thief walks by the canal"}
    sent |= {"secret": secret, "new_code": code, "code": ""}
    answer = thief.post(f"/account/{form}", data={**hidden(thief.get("/account").text), **sent})
    assert answer.status_code in (303, 409)
    state = state_of(college.engine, "office")
    monkeypatch.undo()
    assert (state.factor, state.sessions) == (None, {})
    assert college.signs_in(college.client(), "office", OTHER).status_code == 303
    assert [one.code for one in replay(DatabaseReader(college.database)).defects] == []


def test_what_was_asked_in_a_session_that_ended_meanwhile_is_not_done(college: Console) -> None:
    college.sign_in("office")
    state = state_of(college.engine, "office")
    (session,) = state.sessions
    recover(college)
    with pytest.raises(NoLongerYou):
        college.engine.submit(
            state.stream, SetSecondFactor(factor=Digest("a" * 64)), holder_actor(state), OutsideId("web", "x", session)
        )
    with pytest.raises(NoLongerYou):
        college.engine.submit(state.stream, EndSecondFactor(), holder_actor(state), OutsideId("web", "y", session))


@pytest.mark.parametrize("change", ["role", "unit"])
def test_a_role_or_unit_taken_away_while_a_request_is_under_way_is_not_acted_in(
    college: Console, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    """The page's last look at who asks, and the entry, are two moments."""
    reason, other = Words("转岗"), Actor("second_security", "security_admin")
    ending = WithdrawRole(role=Opaque("security_admin"), reason=reason)
    taken = ending if change == "role" else MoveAccount(unit=Opaque("u-2"), reason=reason)
    browser = college.sign_in("security_admin")
    form = hidden(browser.get("/accounts/office").text) | {"act": "grant_role", "role": "assessor"}
    submit_many = college.engine.submit_many

    def late(submissions: Sequence[Submission]) -> list[Answer]:
        monkeypatch.undo()
        college.engine.submit("account/security_admin", taken, other, "take")
        return submit_many(submissions)

    monkeypatch.setattr(college.engine, "submit_many", late)
    assert "提交之后已变更" in browser.post("/accounts/office", data=form).text
    assert state_of(college.engine, "office").roles == {"office"}


# --- what counts as proof --------------------------------------------------------------------------


@pytest.fixture
def at_the_college(college_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Console]:
    """A college that signs in by CAS, where nobody is asked for a password again: the provider's own session is on."""
    monkeypatch.setattr(Cas, "identify", lambda *_: Identity("20260001"))
    with (
        Database.open(college_url) as database,
        console(database, console_url="https://localhost", cas_url=CAS) as made,
    ):
        made.binds("office", CAS, "20260001")
        yield made


@pytest.mark.parametrize("again", ["", "1"])
def test_a_provider_that_lets_somebody_through_proves_nothing_until_it_is_asked_to_ask_again(
    at_the_college: Console, again: str
) -> None:
    """Else somebody who sits down at a browser left alone proves by one click that it is its owner."""
    browser = at_the_college.client()
    left = browser.get("/sign-in/cas", params={"again": again} if again else {})
    state = left.headers["location"].rpartition("state%3D")[2].partition("&")[0]
    assert browser.get("/sign-in/cas/back", params={"state": state, "ticket": "ST-1"}).status_code == 303
    answer = browser.post("/account/mail", data=hidden(browser.get("/account").text, "/account/mail"))
    assert answer.status_code == (303 if again else 403)


# --- from beside -----------------------------------------------------------------------------------


@pytest.mark.parametrize("before", [b"\xa0", b"\x85", b"\xc2\xa0"])
def test_a_cookie_that_another_host_of_the_institution_planted_is_not_taken_for_ours(
    college: Console, before: bytes
) -> None:
    """A browser keeps such a name from nobody: `__Host-` is not what it begins with."""
    college.sign_in("office")
    browser = college.client()
    token = sessions.start_session(
        college.engine, state_of(college.engine, "office"), way="password",
        proof=Digest(state_of(college.engine, "office").password or ""), address="", agent="",
    )  # fmt: skip
    name = sessions.COOKIE.encode()
    planted = before + name + b"=" + token.encode()
    assert browser.get("/account", headers={b"cookie": planted}).status_code == 303
    own = name + b"=" + token.encode()
    both = own + b"; " + before + name + b"=another"
    assert browser.get("/account", headers={b"cookie": both}).status_code == 200


def test_a_form_from_a_browser_that_was_shown_none_is_not_taken(college: Console) -> None:
    """What a form carries is made of the browser's token; without one everybody could make it."""
    sent = {"form_token": sessions.csrf_token(""), "account": "office", "password": PASSWORD, "code": ""}
    answer = college.client().post("/sign-in", data=sent)
    assert (answer.status_code, college.events()[0]) == (403, "form_refused")


@pytest.mark.parametrize("header", ["origin", "referer"])
def test_an_address_that_is_none_breaks_no_page(college: Console, header: str) -> None:
    browser = college.client()
    form = hidden(browser.get("/sign-in", params={"next": "http://["}).text, "/sign-in")
    answer = browser.post(
        "/sign-in", data={**form, "account": "office", "next": "http://["}, headers={header: "http://["}
    )
    assert answer.status_code == 403
    member = college.sign_in("office")
    assert member.post("/calendar", data={}, headers={header: "http://["}).status_code == 403


@pytest.mark.parametrize("way", ["form", "provider", "token"])
def test_a_stranger_does_not_fill_the_security_log(college_url: str, way: str) -> None:
    with (
        Database.open(college_url) as database,
        console(database, console_url="https://localhost", cas_url=CAS) as college,
    ):
        browser = college.client()
        for _ in range(ANONYMOUS_LOG_LINES + 10):
            if way == "form":
                assert browser.post("/language", data={"language": "zh"}).status_code == 403
            elif way == "provider":
                assert browser.get("/sign-in/cas/back").status_code == 403
            else:
                browser.get("/api/v1/units", headers={"authorization": "Bearer kaohe_x"})
        assert len(college.events()) == ANONYMOUS_LOG_LINES
        assert college.signs_in(college.client(), "office", PASSWORD).status_code == 303
        assert "signed_in" in college.events(), "what somebody known does is always on record"


@pytest.mark.parametrize("secret", ["", "AA======", "no base 32", "gezdgnbvgy3tqojqgezdgnbvgy3tqojq"])
def test_no_second_factor_is_set_but_one_that_cannot_be_guessed(college: Console, secret: str) -> None:
    browser = college.sign_in("office")
    form = hidden(browser.get("/account/code").text, "/account/code")
    step = int(college.clock.now().timestamp()) // credentials.STEP_SECONDS
    code = credentials.totp_code(secret, step) if secret in ("", "AA======") else "000000"
    answer = browser.post("/account/code", data={**form, "secret": secret, "new_code": code, "password": PASSWORD})
    assert (answer.status_code, answer.headers.get("location")) == (303, "/account/code")
    assert state_of(college.engine, "office").factor is None


def test_a_number_in_other_digits_breaks_no_page(college: Console) -> None:
    auditor, system = college.sign_in("audit_admin"), college.sign_in("system_admin")
    form = hidden(system.get("/accounts").text, "/accounts")
    for other in ("²", "１", "٣", "9" * 30, str(2**31)):
        assert auditor.get("/security-log", params={"before": other}).status_code == 200
        opened = {**form, "version": other, "id": "", "name": "样例甲"}
        assert system.post("/accounts", data=opened).status_code == 409
