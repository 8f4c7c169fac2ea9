"""The state cache: what it remembers is what the ledger says. Asked on one database, because only the ledger reads SQL."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from config.clock import VirtualClock
from states.accounts.account import OPERATOR, CloseAccount, GrantRole, OpenAccount
from states.accounts.deputies import AppointDeputy, EndDeputy
from states.assessment import Member
from states.records.account import HOLDER, SECURITY, SYSTEM, Account
from states.records.roster import Roster
from states.streams import ROSTER
from states.vocabulary import Actor, Opaque, Words
from states.year.roster import RegisterUnit
from storage.state_cache import StateCache
from workflow import wiring
from workflow.engine import Engine
from workflow.unit_of_work import UnitOfWork

pytestmark = pytest.mark.one_database

OFFICE = Actor("office-1", "office")


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    """An engine over a roster of two departments."""
    with wiring.compose_engine(url, VirtualClock(datetime(2026, 11, 2, 1, tzinfo=UTC))) as made:
        for id_ in ("u1", "u2"):
            head = (Member(person=Opaque("p-1"), position=Words("书记")),)
            fields = {
                "unit": Opaque(id_),
                "title": Words("样例学院"),
                "unit_kind": "college",
                "heads": head,
                "staff": 20,
            }
            made.submit(ROSTER, RegisterUnit(**fields), OFFICE, f"register-{id_}")  # type: ignore[arg-type]
        yield made


def test_a_stream_can_be_read_as_it_was_after_each_entry_though_more_is_known_of_it(engine: Engine) -> None:
    cache = StateCache(engine.ledger, lambda pin: engine.editions.of_pin(pin).rulebook)
    assert list(cache.roster().units) == ["u1", "u2"]
    walked = [cache.after(entry) for entry in engine.ledger.stream(ROSTER)]
    assert [list(state.units) for state in walked if isinstance(state, Roster)] == [["u1"], ["u1", "u2"]]
    assert list(cache.roster().units) == ["u1", "u2"]


def test_a_walk_that_begins_in_the_middle_of_a_stream_reads_what_came_before(engine: Engine) -> None:
    second = engine.ledger.stream(ROSTER, 1)[0]
    state = StateCache(engine.ledger, lambda pin: engine.editions.of_pin(pin).rulebook).after(second)
    assert isinstance(state, Roster)
    assert list(state.units) == ["u1", "u2"]


def test_what_a_transaction_wrote_is_unknown_to_others_until_it_is_committed(engine: Engine) -> None:
    cache = StateCache(engine.ledger, lambda pin: engine.editions.of_pin(pin).rulebook)
    with engine.ledger.transaction() as transaction:
        work = UnitOfWork(cache, transaction)
        roster = work.state(ROSTER)
        assert isinstance(roster, Roster)
        work.write(Roster(version=3, units={**roster.units, "u3": roster.units["u1"]}), "")
        written = work.state(ROSTER)
        assert isinstance(written, Roster)
        assert list(written.units) == ["u1", "u2", "u3"]
        assert list(cache.roster().units) == ["u1", "u2"]
    work.commit()
    assert list(cache.roster().units) == ["u1", "u2", "u3"]


def test_whose_deputy_an_account_is_is_known_as_it_was_last_committed_by_anybody(engine: Engine) -> None:
    reader = StateCache(engine.ledger, lambda pin: engine.editions.of_pin(pin).rulebook)

    def of_deputy() -> list[tuple[str, set[str]]]:
        account = reader.state("account/d")
        assert isinstance(account, Account)
        return [(one.principal.id, set(one.roles)) for one in reader.deputyships(account, date(2026, 11, 2))]

    for id_ in ("d", "p", "q"):
        engine.submit(f"account/{id_}", OpenAccount(), OPERATOR, f"open-{id_}")
    assert of_deputy() == []
    today, security = date(2026, 11, 2), Actor("sec", SECURITY)
    for id_, role in (("p", "office"), ("q", "committee")):
        engine.submit(f"account/{id_}", GrantRole(role=Opaque(role)), security, f"grant-{id_}")
        command = AppointDeputy(deputy=Opaque("d"), roles=(Opaque(role),), since=today, until=today)
        engine.submit(f"account/{id_}", command, Actor(id_, HOLDER), f"lend-{id_}")
    assert of_deputy() == [("p", {"office"}), ("q", {"committee"})]
    engine.submit("account/p", EndDeputy(deputy=Opaque("d")), Actor("p", HOLDER), "end-p")
    assert of_deputy() == [("q", {"committee"})]
    engine.submit("account/q", CloseAccount(reason=Words("离职")), Actor("sys", SYSTEM), "close-q")
    assert of_deputy() == []


def test_states_of_many_streams_have_what_anybody_wrote_since_and_only_that_is_read(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = StateCache(engine.ledger, lambda pin: engine.editions.of_pin(pin).rulebook)
    streams = [f"account/{id_}" for id_ in ("a", "b", "c")]

    def roles() -> list[set[str]]:
        return [set(one.roles) for one in reader.states(streams) if isinstance(one, Account)]

    engine.submit("account/a", OpenAccount(), OPERATOR, "open-a")
    assert roles() == [set(), set(), set()]
    read = []
    monkeypatch.setattr(reader, "state", lambda stream: read.append(stream) or StateCache.state(reader, stream))
    assert roles() == [set(), set(), set()]
    assert read == []
    engine.submit("account/b", OpenAccount(), OPERATOR, "open-b")
    for id_ in ("a", "b"):
        engine.submit(f"account/{id_}", GrantRole(role=Opaque("office")), Actor("sec", SECURITY), f"grant-{id_}")
    assert roles() == [{"office"}, {"office"}, set()]
    assert read == ["account/a", "account/b"]
