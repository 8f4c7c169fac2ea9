"""The callers of the API: tokens, how long they are valid, and how often a minute one may ask."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from console.web import credentials, sessions, tokens
from console.web.credentials import state_of
from states.accounts.account import OPERATOR, GrantRole, NotForThisAccount, OpenAccount
from states.accounts.links import RequestLink
from states.vocabulary import Opaque
from storage.database.database import Database
from storage.sign_in import accounts

from .test_api import bringing, problem, system
from .web import SECURITY, SYSTEM, Console, console, hidden


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer kaohe_nobody", "Basic b2E6b2E=", "Bearer \xff"])
def test_a_caller_without_a_valid_token_is_refused(college: Console, header: str) -> None:
    client = college.client(path="/api/v1")
    answer = client.get("/units", headers={"authorization": header.encode("latin-1")} if header else {})
    problem(answer, 401, "NoToken")
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert college.events().count("token_refused") == bool(header)


def test_a_session_of_a_browser_is_no_token(college: Console) -> None:
    problem(college.sign_in("office").get("/api/v1/units"), 401, "NoToken")


def test_a_token_is_valid_until_the_end_of_its_last_day(college: Console) -> None:
    client = system(college, "office")
    college.clock.at += timedelta(days=30)
    assert client.get("/units").status_code == 200
    college.clock.at += timedelta(days=1)
    problem(client.get("/units"), 401, "NoToken")


def test_a_revoked_token_is_no_longer_valid(college: Console) -> None:
    page = college.sign_in("security_admin")
    college.engine.submit("account/oa", OpenAccount(), OPERATOR, "open-oa")
    college.engine.submit("account/oa", GrantRole(role=Opaque("office")), SECURITY, "grant-oa")
    assert "/accounts/oa/token" not in page.get("/accounts/oa").text
    college.engine.submit("account/oa", RequestLink(), SYSTEM, "ask-oa")
    shown = page.post("/accounts/oa/token", data={**hidden(page.get("/accounts/oa").text), "days": "30"})
    (token,) = re.findall(r"kaohe_[\w-]{43}", shown.text)
    client = bringing(college, token)
    assert client.get("/units").status_code == 200
    form = hidden(page.get("/accounts/oa").text, None)
    (name,) = re.findall(r'name="token" value="([^"]+)"', page.get("/accounts/oa").text)
    revoked = {**form, "act": "revoke_token", "token": name, "reason": "设备更换", "version": "4"}
    assert page.post("/accounts/oa", data=revoked).status_code == 303
    problem(client.get("/units"), 401, "NoToken")


def test_a_token_is_nowhere_on_disk(college: Console) -> None:
    client = system(college, "office")
    token = client.headers["authorization"].partition(" ")[2]
    kept = " ".join(row[4] for row in college.engine.ledger.rows())
    assert token not in kept
    assert accounts.account_of_token(college.database, token) is None
    assert accounts.account_of_token(college.database, sessions.digest(token)) is not None


def test_an_account_that_a_person_signs_in_with_gets_no_token(college: Console) -> None:
    with pytest.raises(NotForThisAccount):
        tokens.issue_token(college.engine, "office", 30, SECURITY, "token-1")
    assert college.engine.ledger.stream("account/office")[-1].kind == "PasswordSet"


def test_a_token_requested_twice_is_one_token_shown_once(college: Console) -> None:
    college.people({"oa": ("office", None)})
    token = tokens.issue_token(college.engine, "oa", 30, OPERATOR, "token-1")
    with pytest.raises(credentials.ShownOnce):
        tokens.issue_token(college.engine, "oa", 30, OPERATOR, "token-1")
    assert bringing(college, token).get("/units").status_code == 200
    assert len(state_of(college.engine, "oa").tokens) == 1


def test_a_caller_over_the_rate_limit_is_told_when_to_come_back(settled: Database) -> None:
    with console(settled, api_per_minute=3) as college:
        client, other = system(college, "office"), system(college, "office")
        assert [client.get("/units").status_code for _ in range(4)] == [200, 200, 200, 429]
        answer = client.get("/units")
        problem(answer, 429, "TooManyRequests")
        assert answer.headers["retry-after"] == "60"
        assert other.get("/units").status_code == 200
        college.clock.at += timedelta(seconds=60)
        assert client.get("/units").status_code == 200


def test_a_body_that_cannot_be_read_counts_like_any_request(settled: Database) -> None:
    with console(settled, api_per_minute=2) as college:
        client = system(college, "office")
        assert [client.post("/commands", content=b"{").status_code for _ in range(3)] == [400, 400, 429]
