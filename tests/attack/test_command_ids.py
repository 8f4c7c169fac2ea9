"""Attacks on command ids: nobody stops the clock, a year or another account by taking an id beforehand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from audit.reader import DatabaseReader
from audit.replay import replay
from scheduler import rounds
from states import command_ids
from states.accounts.account import OPERATOR, AccountOpened, GrantRole, OpenAccount
from states.assessment import Assessment
from states.command_ids import OutsideId, TokenEnded, WrongDoor
from states.records.year import Year
from states.vocabulary import Actor, Opaque
from storage import lease
from storage.ledger.chain import encode_canonical
from tests.college import OFFICE, unit
from tests.console.test_api import SELF_REPORT, submission, system
from tests.console.web import SECURITY, Console, hidden
from tests.workflow.test_engine import case
from workflow.year import open_year

STREAM = "assessment/2026/u-1"
DISCIPLINE = Actor("discipline", "discipline")
CASE = replace(case(), unit=Opaque("u-1"))


def defects(college: Console) -> list[str]:
    return [one.code for one in replay(DatabaseReader(college.database)).defects]


def take(college: Console, id_: str) -> None:
    """Use an id for something harmless, as a form of the office's would."""
    college.engine.submit("account/decoy", OpenAccount(), OPERATOR, "decoy")
    college.engine.submit("account/decoy", GrantRole(role=Opaque("office")), SECURITY, OutsideId("web", id_))


@pytest.mark.parametrize("prefix", ["", "clock/clock/", "program/office/", "cli/operator/", "../clock/"])
def test_whatever_is_typed_as_an_id_no_veto_and_no_opening_is_stopped(college: Console, prefix: str) -> None:
    engine, page = college.engine, college.sign_in("security_admin")
    version = engine.state(STREAM).version
    for role, id_ in (("recorder", f"{STREAM}@{version}-0"), ("assessor", "open-year/2027")):
        form = {**hidden(page.get("/accounts/office").text), "act": "grant_role", "role": role}
        page.post("/accounts/office", data={**form, "command_id": f"{prefix}{id_}"})
    engine.submit("case/c1", CASE, DISCIPLINE, "c1")
    rounds.run(engine, college.clock.now())
    state = engine.state(STREAM)
    assert isinstance(state, Assessment)
    assert [veto.id for veto in state.vetoes] == ["case/c1"]
    open_year(engine, 2027, [unit("u-1")], OFFICE, lambda _day: True)
    assert isinstance(year := engine.state("year/2027"), Year)
    assert year.version
    assert defects(college) == []


def test_one_account_cannot_take_an_id_of_another(college: Console) -> None:
    take(college, "the-same")
    command = OpenAccount()
    system_admin = Actor("system_admin", "system_admin")
    assert not college.engine.submit("account/new", command, system_admin, OutsideId("web", "the-same")).repeated
    assert college.engine.submit("account/new", command, system_admin, OutsideId("web", "the-same")).repeated


@pytest.mark.parametrize(
    ("account", "role", "id_"),
    [
        ("office", "office", "clock/clock/x"), ("office", "office", "clock/office/x"), ("office", "office", "web/other/x"),
        ("office", "office", "cli/office/x"), ("clock", "clock", "web/clock/x"), ("clock", "clock", "program/clock/x"),
        ("operator", "operator", "web/operator/x"), ("operator", "operator", "api/operator/x"), ("office", "office", "x"),
    ],
)  # fmt: skip
def test_the_replay_finds_an_id_that_its_actor_may_not_use(college: Console, account: str, role: str, id_: str) -> None:
    with pytest.raises(WrongDoor):
        command_ids.check(account, role, id_)
    _plant(college, account, role, id_)
    assert "door" in defects(college)


def test_the_replay_finds_an_entry_by_the_api_of_an_account_without_a_token(college: Console) -> None:
    _plant(college, "office", "office", "api/office/x")
    assert "no_token" in defects(college)


def test_a_token_revoked_on_the_way_does_nothing(college: Console) -> None:
    """The request passed the door; the transaction asks again."""
    client = system(college, "unit", unit="u-1")
    assert client.post("/commands", json=submission("submit_self_report", SELF_REPORT)).status_code in (200, 409)
    with pytest.raises(TokenEnded):
        college.engine.submit("case/c1", case(), DISCIPLINE, OutsideId("api", "late"))
    assert college.engine.state("case/c1").version == 0
    assert defects(college) == []


def test_a_clash_of_the_clocks_own_id_is_a_failure_that_is_told(college: Console) -> None:
    """Nothing typed makes one; a damaged table of ids does."""
    engine = college.engine
    version = engine.state(STREAM).version
    engine.submit("case/c1", CASE, DISCIPLINE, "c1")
    with engine.ledger.transaction() as transaction:
        transaction.record_answer(f"clock/clock/{STREAM}@{version}-0", 1, 1)
    done = rounds.run(engine, college.clock.now())
    assert done.failed == (STREAM,)
    assert done.refused == 1


def test_what_the_clock_could_not_do_is_told_to_those_who_watch(college: Console) -> None:
    lease.take(college.database, "d-1", timedelta(minutes=3))
    lease.record_heartbeat(college.database, "d-1", college.clock.now(), ["round"])
    answer = college.client().get("/healthz/clock")
    assert (answer.status_code, answer.json()["clock"], answer.json()["failed"]) == (503, "failing", ["round"])
    assert college.client().get("/healthz").json()["clock"] == "failing"
    lease.record_heartbeat(college.database, "d-1", college.clock.now())
    assert college.client().get("/healthz/clock").status_code == 200


def _plant(college: Console, account: str, role: str, id_: str) -> None:
    """Write an entry past the engine, as somebody does who owns the database."""
    fact = AccountOpened(unit=None)
    with college.engine.ledger.transaction() as transaction:
        compiled = college.engine.editions.in_force
        transaction.append(
            stream="account/planted", version=1, kind=fact.kind, payload=encode_canonical(fact), actor=account, role=role,
            home=None, happened_at=None, now=datetime.now(UTC), rulebook=compiled.pin, command=id_,
        )  # fmt: skip
        transaction.record_answer(id_, transaction.head.number, transaction.head.number)


def test_what_was_typed_as_an_id_is_read_in_one_place() -> None:
    """As plain text it would pass for an id the program made. The check page only carries it on, as the text it is."""
    house = Path(__file__).parents[2]
    readers = [
        path.name for path in (house / "console").rglob("*.py") if 'text("command_id")' in path.read_text("utf-8")
    ]
    assert sorted(readers) == ["confirmation_page.py", "form.py"]
