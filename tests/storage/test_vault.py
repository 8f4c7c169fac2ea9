"""The vault: what is kept comes back, what is damaged or swapped does not, and what is destroyed is nowhere any more."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from storage.database.database import Database
from storage.master_key import MasterKey, UnusableMasterKey
from storage.tables.vault import VAULT
from storage.vault import vault
from storage.vault.vault import DamagedValue, MissingValue, Vault, WrongMasterKey
from tests.storage.raw import everything

NOW = datetime(2026, 12, 9, 8, tzinfo=UTC)
NOTES = "谈话对象认为班子成员能够履行一岗双责。".encode()


@pytest.fixture
def master(tmp_path: Path) -> MasterKey:
    return MasterKey.create(tmp_path / "vault.key")


@pytest.fixture
def store(database: Database, master: MasterKey) -> Vault:
    return Vault(database, master)


@given(said=st.binary(max_size=2000))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_kept_comes_back(store: Vault, said: bytes) -> None:
    kept = store.add("interview_notes", "p-1", said, NOW)
    assert store.open(kept.id, kept.commitment) == said


def test_the_same_value_kept_twice_cannot_be_told_to_be_the_same(store: Vault, database: Database) -> None:
    """Neither by its commitment nor by what lies in the table: a salted one cannot be guessed."""
    one, other = (store.add("name", "p-1", "样例".encode(), NOW) for _ in range(2))
    assert one.commitment != other.commitment
    with database.reading() as connection:
        rows = connection.execute(select(VAULT.c.wrapped_key, VAULT.c.ciphertext)).all()
    assert len({bytes(part) for row in rows for part in row}) == 4


def test_nothing_of_a_value_lies_readable_in_the_database(store: Vault, database: Database) -> None:
    store.add("interview_notes", "p-1", NOTES, NOW)
    assert NOTES not in everything(database)


def test_a_row_moved_to_another_place_does_not_open_there(store: Vault, database: Database) -> None:
    """Another id, another person, another kind: each ciphertext is bound to its own."""
    one, other = (store.add("name", f"p-{n}", b"somebody", NOW) for n in (1, 2))
    with database.writing() as connection:
        row = connection.execute(select(VAULT).where(VAULT.c.id == other.id)).one()
        held = {"wrapped_key": row.wrapped_key, "ciphertext": row.ciphertext}
        connection.execute(update(VAULT).where(VAULT.c.id == one.id).values(**held))
    with pytest.raises(DamagedValue):
        store.open(one.id, other.commitment)
    for column, changed in (("about", "p-9"), ("kind", "case_narrative")):
        with database.writing() as connection:
            connection.execute(update(VAULT).where(VAULT.c.id == other.id).values(**{column: changed}))
        with pytest.raises(DamagedValue):
            store.open(other.id, other.commitment)
        with database.writing() as connection:
            back = {"about": "p-2", "kind": "name"}
            connection.execute(update(VAULT).where(VAULT.c.id == other.id).values(**back))
    assert store.open(other.id, other.commitment) == b"somebody"


def test_a_value_that_is_not_what_the_entry_committed_to_is_not_shown(store: Vault) -> None:
    one, other = (store.add("name", "p-1", said, NOW) for said in (b"one", b"other"))
    with pytest.raises(DamagedValue) as caught:
        store.open(one.id, other.commitment)
    assert "kaohe audit replay" in caught.value.render("zh")


@pytest.mark.parametrize("column", ["wrapped_key", "ciphertext"])
@pytest.mark.parametrize("at", [0, 20, -1])
def test_one_bit_that_differs_is_damage(store: Vault, database: Database, column: str, at: int) -> None:
    kept = store.add("name", "p-1", b"somebody", NOW)
    with database.writing() as connection:
        raw = bytearray(connection.execute(select(VAULT.c[column])).scalar_one())
        raw[at] ^= 1
        connection.execute(update(VAULT).values(**{column: bytes(raw)}))
    with pytest.raises(DamagedValue):
        store.open(kept.id, kept.commitment)


def test_another_institutions_key_opens_nothing_and_says_which_is_needed(
    store: Vault, database: Database, master: MasterKey, tmp_path: Path
) -> None:
    kept = store.add("name", "p-1", b"somebody", NOW)
    other = MasterKey.create(tmp_path / "other.key")
    with pytest.raises(WrongMasterKey) as caught:
        Vault(database, other).open(kept.id, kept.commitment)
    assert master.id in caught.value.render("zh")
    assert other.id in caught.value.render("en")


def test_the_key_can_be_changed_and_the_old_one_opens_nothing_then(
    store: Vault, database: Database, master: MasterKey, tmp_path: Path
) -> None:
    kept = [store.add("name", "p-1", f"somebody {n}".encode(), NOW) for n in range(5)]
    new = MasterKey.create(tmp_path / "new.key")
    assert store.rotate(new) == 5
    for at, one in enumerate(kept):
        assert Vault(database, new).open(one.id, one.commitment) == f"somebody {at}".encode()
        with pytest.raises(WrongMasterKey):
            Vault(database, master).open(one.id, one.commitment)


def test_a_change_of_key_that_fails_changes_nothing(
    store: Vault, database: Database, master: MasterKey, tmp_path: Path
) -> None:
    kept = [store.add("name", "p-1", b"somebody", NOW) for _ in range(3)]
    with database.writing() as connection:
        connection.execute(update(VAULT).where(VAULT.c.id == kept[2].id).values(wrapped_key=b"rubbish" * 9))
    with pytest.raises(DamagedValue):
        store.rotate(MasterKey.create(tmp_path / "new.key"))
    assert Vault(database, master).open(kept[0].id, kept[0].commitment) == b"somebody"


def test_what_is_destroyed_is_nowhere_in_the_database_any_more(store: Vault, database: Database) -> None:
    """Neither key nor ciphertext, in no file of it: with both gone the commitment says nothing."""
    kept = [store.add("personal_report", "p-1", NOTES * n, NOW) for n in (1, 40)]
    stays = store.add("personal_report", "p-2", NOTES, NOW)
    with database.reading() as connection:
        rows = connection.execute(select(VAULT.c.wrapped_key, VAULT.c.ciphertext).where(VAULT.c.about == "p-1")).all()
    secret = [bytes(part)[:60] for row in rows for part in row]
    before = everything(database)
    assert all(one in before for one in secret), "or the search below would prove nothing"
    vault.destroy(database, [one.id for one in kept])
    after = everything(database)
    assert not any(one in after for one in secret)
    assert [one.id for one in vault.list_items(database)] == [stays.id]
    assert store.open(stays.id, stays.commitment) == NOTES
    with pytest.raises(MissingValue):
        store.open(kept[0].id, kept[0].commitment)


# The key's file


def test_a_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "vault.key"
    made = MasterKey.create(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert MasterKey.read(path) == made
    with pytest.raises(UnusableMasterKey):
        MasterKey.create(path)
    assert MasterKey.read(path) == made
    assert made.secret.hex() not in repr(made)


def test_a_key_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "vault.key"
    MasterKey.create(path)
    path.chmod(0o640)
    with pytest.raises(UnusableMasterKey) as caught:
        MasterKey.read(path)
    assert "chmod 600" in caught.value.render("zh")


@pytest.mark.parametrize("text", ["", "rubbish", "KAOHE-VAULT+0123456789abcdef+" + "A" * 43 + "=\n", "\xff"])
def test_what_is_no_key_is_refused_and_the_ledger_is_said_to_be_safe(tmp_path: Path, text: str) -> None:
    path = tmp_path / "vault.key"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(UnusableMasterKey) as caught:
        MasterKey.read(path)
    assert "台账不受影响" in caught.value.render("zh")
    with pytest.raises(UnusableMasterKey):
        MasterKey.read(tmp_path / "nowhere.key")
