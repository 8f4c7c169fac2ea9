"""Stores and erases people (人员): first the ledger notes their ids, then the table is changed.

No entry contains a name or anything else that is known of a person (`storage/people.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

from states.custody.confidential import CLAUSE
from states.custody.tables import PERSON
from states.refusals import Refusal
from states.vocabulary import Actor, Text
from storage import people
from storage.people import Person
from storage.vault.vault import rewrite_files

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

    Raises `AccountStillOpen`.
    """
    if account := open_account_of(engine, id_):
        raise AccountStillOpen(act=ERASE_TITLE, account=account, clause=CLAUSE)
    note_rows(engine, PERSON, {id_: people.digest_of(id_, is_erased=True)}, actor)
    people.erase(engine.ledger.database, id_)
    rewrite_files(engine.ledger.database)
