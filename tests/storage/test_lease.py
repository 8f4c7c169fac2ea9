"""The lease: one owner at a time, and never one for ever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from storage import lease
from storage.database.database import Database
from storage.lease import Lease
from storage.tables.clock import LEASE

HOLDS = timedelta(minutes=3)
AT = datetime(2026, 11, 20, 1, tzinfo=UTC)


def until(database: Database) -> datetime:
    """Until when it is held."""
    held = lease.read(database).until
    assert held is not None
    return held


def shift(database: Database, by: timedelta) -> None:
    """As if the database's clock had gone on by so much, or back."""
    with database.writing() as connection:
        connection.execute(update(LEASE).values(until=until(database) - by))


def test_nobody_has_it_at_first(database: Database) -> None:
    assert lease.read(database) == Lease(None, 0, None, None)


def test_the_first_to_take_it_has_it_and_the_other_does_not(database: Database) -> None:
    assert lease.take(database, "a", HOLDS) == 1
    assert lease.take(database, "b", HOLDS) is None
    assert lease.read(database).owner == "a"


def test_it_is_renewed_by_its_owner_in_the_same_term(database: Database) -> None:
    lease.take(database, "a", HOLDS)
    shift(database, timedelta(minutes=2))
    before = until(database)
    assert lease.take(database, "a", HOLDS) == 1
    assert until(database) > before + timedelta(minutes=1)


def test_it_holds_by_the_databases_own_time(database: Database) -> None:
    """Whatever the owner's clock says."""
    lease.take(database, "a", HOLDS)
    assert abs(until(database) - HOLDS - datetime.now(UTC)) < timedelta(seconds=5)


def test_one_that_has_run_out_is_anybodys_and_begins_a_term(database: Database) -> None:
    lease.take(database, "a", HOLDS)
    shift(database, HOLDS + timedelta(seconds=5))
    assert lease.take(database, "b", HOLDS) == 2
    assert lease.take(database, "a", HOLDS) is None


def test_one_given_up_is_free_at_once(database: Database) -> None:
    lease.take(database, "a", HOLDS)
    lease.release(database, "a")
    assert lease.take(database, "b", HOLDS) == 2


def test_only_the_owner_gives_it_up(database: Database) -> None:
    lease.take(database, "a", HOLDS)
    lease.release(database, "b")
    assert lease.take(database, "b", HOLDS) is None


@pytest.mark.parametrize("ahead", [timedelta(hours=1), timedelta(days=366)])
def test_one_taken_by_a_clock_that_was_ahead_holds_nobody_off(database: Database, ahead: timedelta) -> None:
    """Its owner died, the clock was set back: without this nobody would remind anybody for a year."""
    lease.take(database, "a", HOLDS)
    shift(database, -ahead)
    assert lease.take(database, "b", HOLDS) == 2


def test_a_sign_of_life_is_the_owners_only(database: Database) -> None:
    lease.take(database, "a", HOLDS)
    lease.record_heartbeat(database, "a", AT)
    lease.record_heartbeat(database, "b", AT + HOLDS)
    assert lease.read(database).beat_at == AT
