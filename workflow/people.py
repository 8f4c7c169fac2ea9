"""Stores and erases people (人员): first the ledger notes their ids, then the table is changed.

No entry contains a name or anything else that is known of a person (`storage/people.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

from states.accounts.account import AccountOpened, PersonAssigned
from states.custody.confidential import CLAUSE
from states.custody.tables import PERSON
from states.refusals import Refusal
from states.streams import id_of, kind_of
from states.vocabulary import Actor, Text
from storage import people, queries
from storage.ledger.facts import fact_of
from storage.people import Person
from storage.vault.vault import rewrite_files

from .confidential import forget_person
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


def open_account_of(engine: Engine, id_: str) -> str:
    """The open account of a person; empty if there is none."""
    return next((account for account, person in engine.people().items() if person == id_), "")


def erase_person(engine: Engine, id_: str, actor: Actor) -> None:
    """Erase what is known of a person, also from the files of the database. Entries and teams keep the id.

    The names and contacts of their former accounts go too. Raises `AccountStillOpen`.
    """
    if account := open_account_of(engine, id_):
        raise AccountStillOpen(act=ERASE_TITLE, account=account, clause=CLAUSE)
    note_rows(engine, PERSON, {id_: people.digest_of(id_, is_erased=True)}, actor)
    people.erase(engine.ledger.database, id_)
    for account in _former_accounts(engine, id_):
        forget_person(engine, account)
    rewrite_files(engine.ledger.database)


def _former_accounts(engine: Engine, id_: str) -> list[str]:
    """The closed accounts whose last holder was this person."""
    # A closed account names nobody, so its entries are read.
    holders: dict[str, str | None] = {}
    for stream in {row.stream for row in queries.entries_of(engine.ledger.database, containing=f'"{id_}"')}:
        if kind_of(stream) == "account":
            for entry in engine.ledger.stream(stream):
                if isinstance(fact := fact_of(entry), AccountOpened | PersonAssigned):
                    holders[id_of(stream)] = fact.person
    return [account for account, person in holders.items() if person == id_]
