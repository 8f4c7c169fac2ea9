"""The directory of people: sealed, readable by one key, erased person by person, and in the ledger by id only."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from audit.reader import DatabaseReader
from audit.replay import replay
from audit.tables.all_tables import check_tables
from config.clock import VirtualClock
from config.rulebooks import default_edition
from states.accounts.account import AssignPerson, CloseAccount, OpenAccount
from states.refusals import NothingToDo, NotYours
from states.vocabulary import Actor, Opaque, Words
from storage import people
from storage.database.database import Database
from storage.ledger.ledger import Ledger
from storage.master_key import MasterKey
from storage.people import Person
from storage.sign_in import accounts
from storage.vault import account_secrets
from storage.vault.vault import Vault, use_key
from tests.college import Silent
from tests.storage.raw import everything
from workflow import confidential
from workflow.engine import Engine
from workflow.people import (
    AccountStillOpen,
    Erasure,
    accounts_of_person,
    erase_about,
    erase_person,
    names_left,
    store_people,
)

OFFICE, SECURITY, ASSESSOR, SYSTEM = (
    Actor("office-1", "office"), Actor("security-1", "security_admin"), Actor("assessor-1", "assessor"),
    Actor("system-1", "system_admin"),
)  # fmt: skip
ONE = Person(
    id=Opaque("p-one"), name="样例·欧阳小满", staff_number="T20010007", post="副院长", unit="u-1", is_party_member=True,
    is_cadre=True, phone="13900000000", email="ouyang@college.invalid", since=date(2001, 9, 1),
)  # fmt: skip
OTHER = Person(id=Opaque("p-two"), name="样例·司马大寒")
PERSONAL = [text.encode() for text in (ONE.name, ONE.staff_number, ONE.phone, ONE.email)]


@pytest.fixture
def engine(database: Database, tmp_path: Path) -> Iterator[Engine]:
    use_key(database, MasterKey.create(tmp_path / "vault.key"))
    made = Engine(Ledger(database), VirtualClock(datetime(2026, 11, 9, 8, tzinfo=UTC)), default_edition(), Silent())
    yield made
    made.ledger.close()


def test_what_is_known_of_a_person_comes_back_as_it_was_stored(engine: Engine) -> None:
    store_people(engine, [ONE, OTHER], OFFICE)
    assert people.people(engine.ledger.database) == {"p-one": ONE, "p-two": OTHER}
    assert people.person(engine.ledger.database, "p-one") == ONE


def test_neither_the_files_nor_the_entries_show_anything_of_a_person(engine: Engine) -> None:
    store_people(engine, [ONE], OFFICE)
    stored = everything(engine.ledger.database)
    entries = "\n".join(row[4] for row in DatabaseReader(engine.ledger.database).entries()).encode()
    assert not [text for text in PERSONAL if text in stored or text in entries]
    assert b"p-one" in entries


def test_a_later_sheet_replaces_what_is_known_and_leaves_the_others(engine: Engine) -> None:
    store_people(engine, [ONE, OTHER], OFFICE)
    later = replace(ONE, post="院长")
    store_people(engine, [later], OFFICE)
    assert people.people(engine.ledger.database) == {"p-one": later, "p-two": OTHER}


def test_an_erased_person_is_nowhere_and_nobody_gets_the_id(engine: Engine) -> None:
    store_people(engine, [ONE, OTHER], OFFICE)
    erase_person(engine, "p-one", SECURITY)
    database = engine.ledger.database
    assert people.people(database) == {"p-two": OTHER}
    assert people.erased(database) == {"p-one"}
    assert people.ids(database) == {"p-one", "p-two"}
    assert not [text for text in PERSONAL if text in everything(database)]


def open_account(engine: Engine, account: str, person: str | None, name: str) -> None:
    called = account_secrets.name_write(engine.ledger.database, account, name)
    command = OpenAccount(person=Opaque(person) if person else None)
    engine.submit(f"account/{account}", command, SYSTEM, f"open-{account}", beside=(called,))


def close_account(engine: Engine, account: str) -> None:
    engine.submit(f"account/{account}", CloseAccount(reason=Words("调离")), SYSTEM, f"close-{account}")


def test_with_a_person_go_the_names_of_all_their_closed_accounts_and_no_other(engine: Engine) -> None:
    store_people(engine, [ONE, OTHER], OFFICE)
    for account in ("a-one", "a-one-2"):
        open_account(engine, account, "p-one", ONE.name)
        close_account(engine, account)
    open_account(engine, "a-two", "p-two", OTHER.name)
    close_account(engine, "a-two")
    assert names_left(engine, "p-one") == ["a-one", "a-one-2"]
    assert erase_person(engine, "p-one", SECURITY) == ["a-one", "a-one-2"]
    database = engine.ledger.database
    assert accounts.names(database) == {"a-one": "〔已删除〕", "a-one-2": "〔已删除〕", "a-two": OTHER.name}
    assert accounts.names(database, "en")["a-one"] == "[erased]"
    assert not [text for text in PERSONAL if text in everything(database)]
    assert not replay(DatabaseReader(database)).defects
    assert erase_person(engine, "p-one", SECURITY) == []


def test_a_person_with_an_open_account_is_not_erased_and_neither_is_any_name(engine: Engine) -> None:
    store_people(engine, [ONE], OFFICE)
    open_account(engine, "a-one", "p-one", ONE.name)
    close_account(engine, "a-one")
    open_account(engine, "a-one-2", "p-one", ONE.name)
    with pytest.raises(AccountStillOpen, match="a-one-2"):
        erase_person(engine, "p-one", SECURITY)
    assert accounts.names(engine.ledger.database) == {"a-one": ONE.name, "a-one-2": ONE.name}
    assert people.person(engine.ledger.database, "p-one") == ONE


def test_the_accounts_of_a_person_are_those_that_were_last_named_theirs(engine: Engine) -> None:
    open_account(engine, "a-one", "p-one", ONE.name)
    close_account(engine, "a-one")
    open_account(engine, "a-two", None, OTHER.name)
    engine.submit("account/a-two", AssignPerson(person=Opaque("p-one"), reason=Words("更正")), SECURITY, "assign-1")
    assert [(one.id, one.until is None) for one in accounts_of_person(engine, "p-one")] == [
        ("a-one", False),
        ("a-two", True),
    ]
    engine.submit("account/a-two", AssignPerson(person=Opaque("p-two"), reason=Words("更正")), SECURITY, "assign-2")
    assert [one.id for one in accounts_of_person(engine, "p-one")] == ["a-one"]
    assert [one.id for one in accounts_of_person(engine, "p-two")] == ["a-two"]


def test_of_a_person_with_an_open_account_only_the_confidential_values_are_erased(engine: Engine) -> None:
    database = engine.ledger.database
    store_people(engine, [ONE], OFFICE)
    open_account(engine, "a-one", "p-one", ONE.name)
    group = Actor("group-1", "working_group")
    kept = confidential.store(engine, Vault.for_database(database), group, "interview_notes", "p-one", b"talk")
    assert erase_about(engine, "p-one", SECURITY, "本人申请") == Erasure([kept.id], [], is_person=False)
    assert people.person(database, "p-one") == ONE
    with pytest.raises(AccountStillOpen):
        erase_about(engine, "p-one", SECURITY, "本人申请")
    close_account(engine, "a-one")
    assert erase_about(engine, "p-one", SECURITY, "本人申请") == Erasure([], ["a-one"], is_person=True)
    assert accounts.names(database) == {"a-one": people.ERASED.zh}
    with pytest.raises(NothingToDo):
        erase_about(engine, "p-one", SECURITY, "本人申请")
    assert not replay(DatabaseReader(database)).defects


def test_the_replay_finds_nothing_after_storing_and_erasing(engine: Engine) -> None:
    store_people(engine, [ONE, OTHER], OFFICE)
    erase_person(engine, "p-one", SECURITY)
    assert not replay(DatabaseReader(engine.ledger.database)).defects
    assert not check_tables(engine.ledger.database).defects


def test_a_person_put_in_or_taken_out_past_the_program_is_a_defect(engine: Engine) -> None:
    store_people(engine, [ONE, OTHER], OFFICE)
    people.store(engine.ledger.database, [Person(id=Opaque("p-three"), name="样例·端木立夏")])
    people.erase(engine.ledger.database, "p-two")
    defects = check_tables(engine.ledger.database).defects
    assert {defect.code for defect in defects} == {"row_surplus", "row_changed"}


def test_an_assessor_does_not_change_the_directory(engine: Engine) -> None:
    with pytest.raises(NotYours):
        store_people(engine, [ONE], ASSESSOR)
    assert not people.people(engine.ledger.database)


def test_a_new_id_is_nobody_elses_and_tells_nothing() -> None:
    made = {people.new_id({"p-one"}) for _ in range(200)}
    assert len(made) == 200
    assert all(id_.startswith("p-") and len(id_) == 10 for id_ in made)


@pytest.mark.parametrize(
    ("day", "is_there"), [(date(2001, 8, 31), False), (date(2001, 9, 1), True), (date(2026, 6, 30), True), (date(2026, 7, 1), False)]
)  # fmt: skip
def test_a_person_belongs_to_the_institution_from_the_first_to_the_last_day(day: date, is_there: bool) -> None:
    assert replace(ONE, until=date(2026, 6, 30)).is_there_on(day) is is_there
