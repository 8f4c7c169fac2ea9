"""Stores and erases people (人员): first the ledger notes their ids, then the table is changed.

No entry contains a name or anything else that is known of a person (`storage/people.py`). Also here: the accounts of a
person, and erasing everything about one (`erase_about`), which the page of the vault and `kaohe vault erase` share.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from states.accounts.account import AccountClosed, AccountOpened, PersonAssigned
from states.custody.confidential import CLAUSE, TITLES
from states.custody.tables import PERSON
from states.records.account import Account
from states.refusals import NothingToDo, Refusal
from states.streams import account_stream, id_of
from states.vocabulary import Actor, Text
from storage import people, queries
from storage.ledger.chain import decode
from storage.ledger.facts import fact_of
from storage.people import Person
from storage.sign_in import accounts
from storage.vault.vault import rewrite_files

from . import confidential
from .confidential import forget_account, values_to_erase
from .engine import Engine
from .tables import note_rows


def store_people(engine: Engine, entries: Sequence[Person], actor: Actor) -> None:
    """Add people, or replace what is known of them. Nobody else changes."""
    note_rows(engine, PERSON, {one.id: people.digest_of(one.id, is_erased=False) for one in entries}, actor)
    people.store(engine.ledger.database, entries)


class AccountStillOpen(Refusal):
    """The person has an open account, whose name people must know who work with its holder."""

    zh = "“{act}”不能办理：此人的账号 {account} 仍在使用（{clause}）。请先由系统管理员停用账号。"
    en = (
        "“{act}” is not possible: their account {account} is still open ({clause}). The system administrator closes "
        "it first."
    )


ERASE_TITLE = Text(zh="删除人员", en="erase a person")


class AccountOfPerson(Struct, frozen=True):
    """An account that is or was a person's. `since`: the time at which it became theirs. `until`: that of its closing.

    `until` is None while it is open.
    """

    id: str
    since: datetime
    until: datetime | None


def open_account_of(engine: Engine, id_: str) -> str:
    """The open account of a person; empty if there is none."""
    return next((account for account, person in engine.people().items() if person == id_), "")


def accounts_of_person(engine: Engine, id_: str) -> list[AccountOfPerson]:
    """The accounts of a person, in the order in which they became theirs: the open one, and those that were closed.

    An account that was named for somebody else later, or for nobody, is not among them.
    """
    # A closed account has no person any more (`AccountClosed`). So the entries are asked whose it was last.
    last: dict[str, tuple[str | None, datetime, datetime | None]] = {}
    for row in queries.person_entries(engine.ledger.database):
        fact = fact_of(entry := decode(row.body))
        if isinstance(fact, AccountClosed):
            person, since, _ = last.get(entry.stream, (None, entry.recorded_at, None))
            last[entry.stream] = person, since, entry.recorded_at
        elif isinstance(fact, AccountOpened | PersonAssigned):
            last[entry.stream] = fact.person, entry.recorded_at, None
    return [
        AccountOfPerson(id_of(stream), since, until) for stream, (person, since, until) in last.items() if person == id_
    ]


def names_left(engine: Engine, id_: str) -> list[str]:
    """The closed accounts of a person whose names were not erased yet."""
    erased = accounts.without_name(engine.ledger.database)
    return [one.id for one in accounts_of_person(engine, id_) if one.until is not None and one.id not in erased]


def erase_person(engine: Engine, id_: str, actor: Actor) -> list[str]:
    """Erase what is known of a person, with the names and addresses of their closed accounts, also from the files.

    Entries and teams keep the id. Returns the closed accounts whose names were erased. Safe to repeat. Raises
    `AccountStillOpen`.
    """
    if account := open_account_of(engine, id_):
        raise AccountStillOpen(act=ERASE_TITLE, account=account, clause=CLAUSE)
    if id_ in people.ids(engine.ledger.database):
        note_rows(engine, PERSON, {id_: people.digest_of(id_, is_erased=True)}, actor)
        people.erase(engine.ledger.database, id_)
    closed = [account for account in names_left(engine, id_) if forget_account(engine, account)]
    rewrite_files(engine.ledger.database)
    return closed


class Erasure(Struct, frozen=True):
    """What was erased: the ids of confidential `values`, and of the closed `accounts` whose names and addresses were.

    `is_person`: what the directory had of the person was erased too.
    """

    values: list[str]
    accounts: list[str]
    is_person: bool


def erase_about(engine: Engine, about: str, actor: Actor, reason: str) -> Erasure:
    """Erase everything about a person: confidential values, then what `erase_person` erases. Safe to repeat.

    `about`: the id of the person, or of a closed account that belongs to nobody any more. While the person has an open
    account, only the values are erased. Raises `AccountStillOpen` if there are none then, and `NothingToDo`.
    """
    values = [value.id for value in values_to_erase(engine, about=about)]
    is_person = is_known(engine, about)
    has_names = is_person or bool(names_left(engine, about))
    account = engine.state(account_stream(about))
    assert isinstance(account, Account)
    if not values and not has_names and not account.closed:
        why = Text(zh="没有可删除的内容", en="there is nothing to erase")
        raise NothingToDo(act=TITLES["erase_value"], why=why, clause=CLAUSE)
    stays = bool(values and open_account_of(engine, about))
    if values:
        confidential.erase(engine, actor, values, reason)
    names = erase_person(engine, about, actor) if has_names and not stays else []
    if confidential.forget_person(engine, about):
        names.append(about)
    return Erasure(values, names, is_person and not stays)


def is_known(engine: Engine, id_: str) -> bool:
    """Whether the directory has something about a person that was not erased yet."""
    database = engine.ledger.database
    return id_ in people.ids(database) - people.erased(database)
