"""What is read before it is written is read in the statement that writes: another transaction may commit in between."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from storage import holidays
from storage.database.database import Database
from storage.papers import drafts
from storage.post import contacts, inbox
from storage.sign_in import attempts
from storage.tables.columns import METADATA
from storage.tables.post import ContactRow

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
CONTACT = ContactRow(account="a-1", roles="office", language="zh", channels="inbox")


def while_uncommitted(database: Database, statement: Any, call: Callable[[], Any]) -> Any:
    """What the call answers where another transaction wrote this before it and commits while the call is under way."""
    with ThreadPoolExecutor(1) as threads:
        with database.writing() as connection:
            connection.execute(statement)
            answer = threads.submit(call)
            with pytest.raises(TimeoutError):
                answer.result(0.3)
        return answer.result(10)


def rows_of(table: str, **values: Any) -> Any:
    return insert(METADATA.tables[table]).values(**values)


def test_a_mark_in_the_inbox_never_goes_back(database: Database) -> None:
    inbox.mark_read(database, "a-1", 3)
    newer = update(METADATA.tables["inbox"]).values(number=10)
    while_uncommitted(database, newer, lambda: inbox.mark_read(database, "a-1", 5))
    assert inbox.last_read_entry(database, "a-1") == 10
    inbox.mark_read(database, "a-1", 7)
    assert inbox.last_read_entry(database, "a-1") == 10
    inbox.mark_read(database, "a-1", 11)
    assert inbox.last_read_entry(database, "a-1") == 11


def test_a_draft_is_not_written_over_one_that_was_saved_meanwhile(database: Database) -> None:
    drafts.store(database, "a-1", "/f", [("a", "1")], NOW)
    other = update(METADATA.tables["draft"]).values(at=LATER)
    assert not while_uncommitted(
        database, other, lambda: drafts.store_if_unchanged(database, "a-1", "/f", [("a", "2")], LATER, NOW)
    )
    left = drafts.find(database, "a-1", "/f")
    assert left == drafts.Draft([("a", "1")], LATER)
    assert drafts.store_if_unchanged(database, "a-1", "/f", [("a", "3")], LATER + timedelta(minutes=1), LATER)


def test_two_first_drafts_at_once_are_one_draft_and_no_fault(database: Database) -> None:
    first = rows_of("draft", account="a-1", form="/f", fields='[["a","1"]]', at=NOW)
    assert not while_uncommitted(
        database, first, lambda: drafts.store_if_unchanged(database, "a-1", "/f", [("a", "2")], NOW, None)
    )
    assert drafts.find(database, "a-1", "/f") == drafts.Draft([("a", "1")], NOW)


WRITES: dict[str, tuple[Any, Callable[[Database], None]]] = {
    "draft": (
        rows_of("draft", account="a-1", form="/f", fields="[]", at=NOW),
        lambda database: drafts.store(database, "a-1", "/f", [("a", "2")], LATER),
    ),
    "holidays": (
        rows_of("holidays", year=2026, source="old"),
        lambda database: holidays.store(database, 2026, "new"),
    ),
    "contact": (
        rows_of("contact", account="a-1", roles="office", language="en", channels="inbox"),
        lambda database: contacts.store(database, CONTACT),
    ),
    "device": (
        rows_of("device", digest="d-1", account="a-1", at=NOW),
        lambda database: attempts.remember_device(database, "d-1", "a-1", LATER, 5),
    ),
}  # fmt: skip


@pytest.mark.parametrize("table", WRITES)
def test_a_row_that_two_write_at_once_is_the_later_ones_and_no_fault(database: Database, table: str) -> None:
    statement, call = WRITES[table]
    while_uncommitted(database, statement, lambda: call(database))
    with database.reading() as connection:
        row = connection.execute(METADATA.tables[table].select()).one()._mapping
    said = {"draft": '[["a","2"]]', "holidays": "new", "contact": "zh", "device": LATER}
    column = {"draft": "fields", "holidays": "source", "contact": "language", "device": "at"}
    found = row[column[table]]
    assert (found.astimezone(UTC) if isinstance(found, datetime) else found) == said[table]
