"""What is kept in memory of a table is right after every change by any process, and is read once until then."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import text

from states.vocabulary import Opaque
from storage import people
from storage.database.database import Database
from storage.master_key import MasterKey
from storage.people import ERASED, PeopleCache, Person
from storage.sign_in import accounts
from storage.sign_in.accounts import AccountNames
from storage.tables.accounts import ACCOUNT
from storage.vault import encrypted_columns
from storage.vault.vault import Vault, use_key

ONE, OTHER = (Person(id=Opaque("p-one"), name="样例·小满"), Person(id=Opaque("p-two"), name="样例·大寒"))


@pytest.fixture
def key(tmp_path: Path) -> MasterKey:
    return MasterKey.create(tmp_path / "vault.key")


@pytest.fixture
def filled(database: Database, key: MasterKey) -> Database:
    """A database with two people and two accounts."""
    use_key(database, key)
    people.store(database, [ONE, OTHER])
    with database.writing() as connection:
        for id_, name in (("a-one", ONE.name), ("a-two", OTHER.name)):
            row = encrypted_columns.encrypt_row(database, "account", id_, {"id": id_, "name": name, "language": "zh"})
            connection.execute(ACCOUNT.insert().values(**row))
    return database


def test_the_directory_is_decrypted_again_only_after_a_change(filled: Database) -> None:
    cache = PeopleCache(filled)
    first = cache.contents()
    assert dict(first.people) == {"p-one": ONE, "p-two": OTHER}
    accounts.change(filled, "a-one", name="样例·谷雨")
    assert cache.contents() is first
    people.erase(filled, "p-two")
    assert (cache.contents().erased, cache.contents().ids) == ({"p-two"}, {"p-one", "p-two"})
    assert dict(cache.contents().people) == {"p-one": ONE}


def test_names_of_accounts_are_decrypted_again_only_after_a_name_changed(filled: Database) -> None:
    cache = AccountNames(filled)
    first = cache.names("zh")
    assert first == {"a-one": ONE.name, "a-two": OTHER.name}
    assert accounts.use_step(filled, "a-one", 7)
    accounts.change(filled, "a-one", language="en")
    assert cache.names("zh") is first
    accounts.change(filled, "a-one", name="样例·谷雨")
    assert cache.names("zh")["a-one"] == "样例·谷雨"
    accounts.forget(filled, "a-one")
    assert (cache.names("zh")["a-one"], cache.names("en")["a-one"]) == (ERASED.zh, ERASED.en)


STATEMENTS: dict[str, Callable[[Database], str]] = {
    "insert": lambda _: "INSERT INTO person (id, details) VALUES ('p-new', NULL)",
    "update": lambda _: "UPDATE person SET details = NULL WHERE id = 'p-one'",
    "delete": lambda _: "DELETE FROM person WHERE id = 'p-one'",
    "all": lambda one: "DELETE FROM person" if one.dialect == "sqlite" else "TRUNCATE person",
}


@pytest.mark.parametrize("kind", STATEMENTS)
def test_a_change_by_another_connection_shows_at_once_by_whatever_statement(filled: Database, kind: str) -> None:
    cache = PeopleCache(filled)
    before = cache.contents()
    with Database.open(filled.address) as other, other.writing() as connection:
        connection.execute(text(STATEMENTS[kind](other)))
        assert cache.contents() is before  # it is not committed yet
    with filled.reading() as connection:
        now = set(connection.execute(text("SELECT id FROM person")).scalars())
    assert cache.contents().ids == now
    assert cache.contents() is not before


def test_nobody_is_read_without_the_key_and_everybody_again_with_it(filled: Database, key: MasterKey) -> None:
    cache = PeopleCache(filled)
    assert cache.contents().people
    filled.key = None
    assert not cache.contents().people
    assert cache.contents().ids == {"p-one", "p-two"}
    filled.key = key
    assert dict(cache.contents().people) == {"p-one": ONE, "p-two": OTHER}


def test_a_new_key_leaves_every_name_as_it_was(filled: Database, tmp_path: Path) -> None:
    cache = PeopleCache(filled)
    before = cache.contents()
    new = MasterKey.create(tmp_path / "new.key")
    Vault.for_database(filled).rotate(new)
    filled.key = new
    assert cache.contents() is not before
    assert cache.contents() == before


def test_two_who_store_the_same_people_at_once_do_not_stop_each_other(filled: Database) -> None:
    known, both = [Person(id=Opaque(f"p-{n}"), name=f"样例·{n}") for n in range(60)], Barrier(2)
    people.store(filled, known)

    def store(order: list[Person]) -> None:
        for _ in range(5):
            both.wait(30)
            people.store(filled, order)

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(store, known), pool.submit(store, known[::-1])]:
            done.result(60)
    assert len(PeopleCache(filled).contents().people) == 62
