"""What is personal of an account lies sealed: in no byte of the database's files, and readable by one key only."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import select, update

from states.records.account import Account
from storage.database.database import Database
from storage.database.prepared import SideWrite
from storage.master_key import MasterKey
from storage.papers import drafts
from storage.post import contacts
from storage.sign_in import accounts
from storage.tables.columns import METADATA
from storage.tables.post import ContactRow
from storage.vault import account_secrets
from storage.vault.vault import Vault, use_key
from tests.storage.raw import everything

NAME, SECRET, MAIL = "样例·张某某", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "zhang@college.invalid"
PERSONAL = [one.encode() for one in (NAME, SECRET, MAIL)]
NOW = datetime(2026, 12, 9, 8, tzinfo=UTC)
ACCOUNT = METADATA.tables["account"]


@pytest.fixture
def master(tmp_path: Path) -> MasterKey:
    return MasterKey.create(tmp_path / "vault.key")


@pytest.fixture
def locked(database: Database, master: MasterKey) -> Database:
    """A database with its key, and one account."""
    use_key(database, master)
    fill(database)
    return database


def fill(database: Database) -> None:
    write(
        database,
        account_secrets.name_write(database, "a-1", NAME),
        account_secrets.factor_write(database, "a-1", SECRET, 1),
    )
    row = ContactRow(account="a-1", roles="office", language="zh", channels="mail", email=MAIL)
    contacts.replace_all(database, [row])


def write(database: Database, *writes: SideWrite) -> None:
    """Write what goes with an entry, without one."""
    with database.cursor() as cursor:
        for make, values in writes:
            database.prepare(make).run(cursor, **values)


def test_what_was_typed_and_not_handed_in_is_in_no_byte_of_the_database(locked: Database) -> None:
    typed = [("reason", "样例：涉及某同志的说明"), ("file-report", f"{'0' * 64}.5.样例谈话记录.pdf")]
    drafts.store(locked, "a-1", "/assessments/2026/u-1/move_deadline", typed, NOW)
    assert drafts.store_if_unchanged(locked, "a-1", "/assessments/2026/u-1/move_deadline", typed, NOW, NOW)
    left = drafts.find(locked, "a-1", "/assessments/2026/u-1/move_deadline")
    assert left is not None
    assert left.fields == typed
    written = everything(locked)
    assert b"move_deadline" in written, "or this search would prove nothing"
    assert [said for said in ("某同志", "谈话记录") if said.encode() in written] == []


def test_a_draft_from_before_the_key_is_sealed_with_it_and_opens_in_no_other_row(
    database: Database, master: MasterKey
) -> None:
    drafts.store(database, "a-1", "/one", [("reason", "样例一")], NOW)
    drafts.store(database, "a-1", "/other", [("reason", "样例二")], NOW)
    assert use_key(database, master) == 2
    assert drafts.find(database, "a-1", "/one") == drafts.Draft([("reason", "样例一")], NOW)
    table = METADATA.tables["draft"]
    with database.writing() as connection:
        one = connection.scalar(select(table.c.fields).where(table.c.form == "/one"))
        connection.execute(update(table).where(table.c.form == "/other").values(fields=one))
    assert drafts.find(database, "a-1", "/other") is None


def told(database: Database) -> tuple[str, str | None, str | None]:
    row, contact = accounts.account(database, "a-1"), contacts.contact_of(database, "a-1")
    assert row is not None
    assert contact is not None
    assert accounts.names(database) == {"a-1": row.name}
    assert [one.email for one in contacts.all_contacts(database)] == [contact.email]
    return row.name, row.totp, contact.email


def test_neither_name_nor_address_nor_second_factor_is_in_any_byte_of_the_database(locked: Database) -> None:
    assert told(locked) == (NAME, SECRET, MAIL)
    written = everything(locked)
    assert b"a-1" in written, "or this search would prove nothing"
    assert [one for one in PERSONAL if one in written] == []


def test_what_lay_plain_is_sealed_once_there_is_a_key_and_no_byte_of_it_is_left(
    database: Database, master: MasterKey
) -> None:
    fill(database)
    assert told(database) == (NAME, SECRET, MAIL), "without a key everything works as well"
    assert all(one in everything(database) for one in PERSONAL)
    assert use_key(database, master) == 3
    assert told(database) == (NAME, SECRET, MAIL)
    assert [one for one in PERSONAL if one in everything(database)] == []
    assert use_key(database, master) == 0


@pytest.mark.parametrize("other", [True, False])
def test_a_lost_key_leaves_the_id_for_the_name_and_a_second_factor_that_is_lost(
    locked: Database, tmp_path: Path, other: bool
) -> None:
    locked.key = MasterKey.create(tmp_path / "other.key") if other else None
    assert told(locked) == ("a-1", accounts.UNREADABLE_FACTOR, None)


def test_a_name_moved_to_another_row_does_not_open_there(locked: Database) -> None:
    write(locked, account_secrets.name_write(locked, "a-2", "样例·乙"))
    with locked.writing() as connection:
        name = connection.scalar(select(ACCOUNT.c.name).where(ACCOUNT.c.id == "a-2"))
        connection.execute(update(ACCOUNT).where(ACCOUNT.c.id == "a-1").values(name=name))
    assert accounts.names(locked) == {"a-1": "a-1", "a-2": "样例·乙"}


def test_a_change_of_key_seals_anew(locked: Database, master: MasterKey, tmp_path: Path) -> None:
    new = MasterKey.create(tmp_path / "new.key")
    Vault(locked, master).rotate(new)
    assert told(locked)[0] == "a-1"
    locked.key = new
    assert told(locked) == (NAME, SECRET, MAIL)


def test_a_link_ends_the_second_factor_of_a_lost_key_too_and_of_nobody_else(locked: Database) -> None:
    write(
        locked,
        account_secrets.name_write(locked, "a-2", "样例·乙"),
        account_secrets.factor_write(locked, "a-2", SECRET, 1),
    )
    key, locked.key = locked.key, None
    assert factor(locked, "a-1") == accounts.UNREADABLE_FACTOR
    entered = Account(stream="account/a-1", factor="any")
    write(locked, *account_secrets.deletion_writes(entered, replace(entered, factor=None)))
    assert factor(locked, "a-1") is None
    locked.key = key
    assert factor(locked, "a-2") == SECRET


def factor(database: Database, account: str) -> str | None:
    row = accounts.account(database, account)
    assert row is not None
    return row.totp
