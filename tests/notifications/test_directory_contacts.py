"""An address that the directory has is used for letters without being typed again, until its holder chooses another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from states.accounts.account import OPERATOR, CloseAccount, GrantRole, OpenAccount
from states.deadlines.reminders import MoveDeadline
from states.vocabulary import Actor, Opaque, Words
from storage import people
from storage.database.database import Database
from storage.master_key import MasterKey
from storage.people import Person
from storage.post import contacts
from storage.sign_in import accounts
from storage.vault import account_secrets
from storage.vault.vault import use_key
from tests.college import OFFICE, moment
from tests.scheduler.running_college import RunningCollege, person, running
from tests.storage.raw import everything
from workflow.contacts import store as store_contact
from workflow.people import erase_person, store_people

SYSTEM, SECURITY = Actor("system", "system_admin"), Actor("security", "security_admin")
ONE = Person(id=Opaque("p-one"), name="样例·0001", unit="u-1", email="one@college.example", phone="13900000001")


@pytest.fixture
def made(database: Database, tmp_path: Path) -> Iterator[RunningCollege]:
    """A college without contacts; the account of a person of u-1, whose address is in the directory."""
    use_key(database, MasterKey.create(tmp_path / "vault.key"))
    with running(database) as college:
        college.know()
        store_people(college.engine, [ONE], OFFICE)
        name = account_secrets.name_write(database, "a-one", ONE.name)
        opening = OpenAccount(unit=Opaque("u-1"), person=ONE.id)
        college.engine.submit("account/a-one", opening, SYSTEM, "open", beside=[name])
        college.engine.submit("account/a-one", GrantRole(role=Opaque("unit")), SECURITY, "grant")
        college.tick(moment(11, 3, 9, 10))
        college.mail.sent.clear()
        yield college


def move(college: RunningCollege, day: int) -> None:
    """Something of which the department hears."""
    due = college.assessment().due["self_report"].replace(day=day)
    command = MoveDeadline(stage=Opaque("self_report"), due=due, reason=Words("顺延"))
    college.engine.submit("assessment/2026/u-1", command, OFFICE, f"move-{day}")


def recipients(college: RunningCollege) -> list[str]:
    return [message.to for message in college.mail.sent]


def test_a_department_hears_by_the_address_in_the_directory(made: RunningCollege) -> None:
    move(made, 23)
    made.tick(moment(11, 4, 9, 10))
    assert recipients(made) == ["one@college.example"]


def test_an_address_that_is_corrected_before_the_letter_goes_is_the_one_that_is_used(made: RunningCollege) -> None:
    move(made, 23)
    made.tick(moment(11, 3, 20))
    assert recipients(made) == []
    store_people(made.engine, [msgspec.structs.replace(ONE, email="other@college.example")], OFFICE)
    made.tick(moment(11, 4, 9, 10))
    assert recipients(made) == ["other@college.example"]


def test_what_the_holder_chose_counts_before_the_directory(made: RunningCollege) -> None:
    made.know(person("a-one", "unit", unit="u-1"))
    move(made, 23)
    made.tick(moment(11, 4, 9, 10))
    assert recipients(made) == ["a-one@college.example"]
    made.mail.sent.clear()
    made.know(person("a-one", "unit", unit="u-1", channels=()))
    move(made, 24)
    made.tick(moment(11, 5, 9, 10))
    assert recipients(made) == []


def test_an_erased_person_gets_no_letter_and_the_address_is_nowhere(made: RunningCollege) -> None:
    move(made, 23)
    made.tick(moment(11, 3, 20))
    store_contact(made.engine, person("a-one", "unit", unit="u-1").row(), OPERATOR)
    made.engine.submit("account/a-one", CloseAccount(reason=Words("离校")), SYSTEM, "close")
    erase_person(made.engine, ONE.id, SECURITY)
    made.tick(moment(11, 4, 9, 10))
    assert recipients(made) == []
    assert contacts.all_contacts(made.database) == []
    assert people.person(made.database, ONE.id) is None
    stored = everything(made.database)
    assert b"one@college.example" not in stored
    assert ONE.name.encode() not in stored
    assert accounts.names(made.database)["a-one"] == people.ERASED.zh
    assert made.replayed() == []
