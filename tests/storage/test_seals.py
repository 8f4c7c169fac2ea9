"""Seals, cosignatures and keys as kept: they are added, read in order, and never changed, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import text

from storage import seals
from storage.database.database import Database
from storage.errors import Conflict
from storage.ledger.ledger import Ledger
from storage.tables.seals import CosignatureRow, SealRow

ADDED = ["seal", "cosignature", "seal_key"]


@pytest.fixture
def kept(database: Database, now: datetime) -> Database:
    """Two seals, a cosignature, two keys."""
    for number in (7, 3):
        seals.add(database, SealRow(number=number, root=f"r{number}", edge="", note=f"n{number}", made_at=now))
    seals.add(database, CosignatureRow(number=3, line="— w AAAA\n"))
    for place, role in ((1, seals.LOG), (2, seals.WITNESS)):
        seals.add_key(database, f"k{place}", role, 0, None, now)
    return database


def test_what_is_kept_is_read_in_its_order(kept: Database, now: datetime) -> None:
    assert [row.number for row in seals.seals_after(kept)] == [3, 7]
    assert [row.number for row in seals.seals_after(kept, 3)] == [7]
    assert [(row.number, row.line) for row in seals.cosignatures(kept)] == [(3, "— w AAAA\n")]
    assert [(row.position, row.key, row.role) for row in seals.keys(kept)] == [(1, "k1", "log"), (2, "k2", "witness")]
    assert seals.seals_after(kept)[0].made_at == now


@pytest.mark.parametrize(("upto", "number"), [(None, 7), (7, 7), (6, 3), (3, 3), (2, None)])
def test_the_newest_seal_is_found_also_as_of_a_number(kept: Database, upto: int | None, number: int | None) -> None:
    found = seals.last_seal(kept, upto)
    assert (found and found.number) == number


def test_an_entry_of_consequence_is_found_after_a_number(six: Ledger) -> None:
    assert seals.has_entry_of_kinds(six.database, 5, ["MeetingHeld", "Approved"])
    assert not seals.has_entry_of_kinds(six.database, 6, ["MeetingHeld"])
    assert not seals.has_entry_of_kinds(six.database, 0, ["Approved"])


@pytest.mark.parametrize("table", ADDED)
@pytest.mark.parametrize("deed", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
def test_what_is_kept_is_not_changed_or_deleted(kept: Database, table: str, deed: str) -> None:
    column = "number" if table != "seal_key" else "since"
    with pytest.raises(Conflict), kept.writing() as connection:
        connection.execute(text(deed.format(table, column, column)))


@pytest.mark.parametrize("table", ADDED)
def test_what_is_kept_is_not_truncated(new_url: Callable[[str], str], table: str) -> None:
    with (
        Database.open(new_url("postgresql")) as database,
        pytest.raises(Conflict),
        database.writing() as connection,
    ):
        connection.execute(text(f"TRUNCATE {table}"))


def test_what_is_kept_is_not_replaced(kept: Database, now: datetime) -> None:
    for row in (
        SealRow(number=3, root="other", edge="", note="", made_at=now),
        CosignatureRow(number=3, line="— w AAAA\n"),
    ):
        with pytest.raises(Conflict):
            seals.add(kept, row)
    with pytest.raises(Conflict):
        seals.add_key(kept, "k1", seals.LOG, 0, None, now)


def test_sqlite_does_not_replace_what_is_kept(new_url: Callable[[str], str], now: datetime) -> None:
    with Database.open(new_url("sqlite")) as database:
        seals.add(database, SealRow(number=3, root="r", edge="", note="n", made_at=now))
        with pytest.raises(Conflict), database.writing() as connection:
            connection.execute(text("INSERT OR REPLACE INTO seal VALUES (3, 'x', '', '', '')"))
