"""The post held against the ledger: what lies in no inbox though the cursor is past it is found, and is sent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from notifications.outbox import entries_without_notice
from storage.database.database import Database
from storage.post import deliveries
from tests.college import moment
from tests.scheduler.running_college import RunningCollege, running

FRIDAY = moment(11, 6, 9, 10)
"""The first reminder's day, when the post opens."""


@pytest.fixture
def made(database: Database) -> Iterator[RunningCollege]:
    """A college of two units on the day of its first reminder, as the post opens; nothing is sent yet."""
    with running(database, ("u-1", "u-2")) as one:
        one.clock.at = FRIDAY
        yield one


def told(made: RunningCollege) -> set[deliveries.DeliveryKey]:
    return deliveries.keys(made.engine.ledger.database, "inbox", 0, 10_000)


def by_hand(made: RunningCollege, statement: str) -> None:
    """What somebody does who owns the database."""
    with made.engine.ledger.database.writing() as connection:
        connection.execute(text(statement))


def test_a_post_that_does_its_work_has_passed_over_nothing(made: RunningCollege) -> None:
    assert entries_without_notice(made.engine.ledger) == [], "nothing is read yet"
    made.tick()
    assert told(made)
    assert entries_without_notice(made.engine.ledger) == []


def test_a_cursor_set_forward_is_found_and_rewinding_sends_each_notice_once(made: RunningCollege) -> None:
    made.clock.at = moment(11, 5, 9, 10)
    made.tick()
    ledger = made.engine.ledger
    before = ledger.head().number
    by_hand(made, "UPDATE cursor SET number = number + 2 WHERE name = 'post'")
    made.tick(FRIDAY)
    (first, *_) = missing = entries_without_notice(ledger)
    assert all(before < number <= before + 2 for number in missing)
    deliveries.rewind(ledger.database, first)
    made.tick(moment(11, 16, 9, 10))
    assert entries_without_notice(ledger) == []
    letters = len(made.mail.sent)
    deliveries.rewind(ledger.database, 1)
    made.tick()
    assert len(made.mail.sent) == letters, "nothing goes out twice"


def test_a_delivery_deleted_is_found_by_its_entry(made: RunningCollege) -> None:
    made.tick()
    number = min(number for number, _, _ in told(made))
    by_hand(made, f"DELETE FROM delivery WHERE number = {number}")
    assert entries_without_notice(made.engine.ledger) == [number]


def test_only_so_many_entries_are_looked_at(made: RunningCollege) -> None:
    made.tick()
    by_hand(made, "DELETE FROM delivery")
    ledger = made.engine.ledger
    assert entries_without_notice(ledger)
    assert entries_without_notice(ledger, span=0) == []


def test_rewinding_goes_back_and_never_forward(made: RunningCollege) -> None:
    made.tick()
    database = made.engine.ledger.database
    at = deliveries.cursor(database)
    deliveries.rewind(database, at + 5)
    assert deliveries.cursor(database) == at
