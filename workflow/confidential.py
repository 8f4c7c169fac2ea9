"""Stores, reads and erases confidential values. The vault has their content; the ledger records each act."""

# The order makes it safe, whenever a process dies:
# - To store: first the vault, then the ledger. A value in the vault that no entry names belongs to nobody; `sweep`
#   destroys it.
# - To read: first the ledger, then the content. Nobody reads without an entry.
# - To erase: first the ledger, then the vault. A value that is erased in the ledger and still in the vault is listed by
#   `erased_but_present`, and the next `erase` destroys it.

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from states.accounts.account import OPERATOR
from states.custody.confidential import EraseValue, KeepValue, ReadValue, Value, ValueKind
from states.records.account import Account
from states.refusals import Refusal
from states.streams import account_stream, id_of, value_stream
from states.vocabulary import Actor, Opaque, Reference, Text, Words
from storage import queries
from storage.database.database import Database
from storage.sign_in import accounts
from storage.vault import vault
from storage.vault.vault import Vault, VaultItem

from . import contacts
from .engine import Engine

ABANDONED = timedelta(days=1)
"""After this time in the vault without an entry a value is swept. Longer than any command takes."""


def store(
    engine: Engine,
    store: Vault,
    actor: Actor,
    value: ValueKind,
    about: str | None,
    content: bytes,
    of: str | None = None,
    units: Iterable[str] = (),
) -> Reference:
    """Store a value and return its reference, which an entry may contain. A `Refusal` leaves nothing behind."""
    person = Opaque(about) if about else None
    reference = store.add(value, person, content, engine.clock.now())
    unit_ids = tuple(map(Opaque, units))
    command = KeepValue(value=value, about=person, commitment=reference.commitment, of=of, units=unit_ids)
    try:
        engine.submit(_stream(reference.id), command, actor, f"keep-{reference.id}")
    except Refusal:
        vault.destroy(engine.ledger.database, [reference.id])
        raise
    return reference


def read(engine: Engine, store: Vault, actor: Actor, id_: str, why: str) -> bytes:
    """The content of a value, after an entry has recorded who reads it and why.

    A `Refusal`, or what `Vault.open` raises.
    """
    engine.submit(_stream(id_), ReadValue(reason=Words(why)), actor, vault.new_id("read"))
    return store.open(id_, _state(engine, id_).commitment)


def erase(engine: Engine, actor: Actor, ids: Iterable[str], why: str) -> list[str]:
    """Erase values for good and return their ids. Safe to repeat after a crash. Works without the vault's key."""
    erased = []
    for id_ in ids:
        if not _state(engine, id_).erased:
            engine.submit(_stream(id_), EraseValue(reason=Words(why)), actor, vault.new_id("erase"))
        erased.append(id_)
    vault.destroy(engine.ledger.database, erased)
    return erased


def forget_person(engine: Engine, account: str) -> bool:
    """Delete the name and the contact of a closed account's holder.

    Returns False, and does nothing, for an open account.

    An open account keeps its name, because the people who work with its holder must know who acts.
    """
    state = engine.state(account_stream(account))
    assert isinstance(state, Account)
    if not state.closed:
        return False
    engine.check_time(_FORGETTING)
    accounts.forget(engine.ledger.database, account)
    contacts.forget(engine, account, OPERATOR)
    vault.rewrite_files(engine.ledger.database)
    return True


def all_values(engine: Engine, *, of: str = "", about: str = "") -> list[Value]:
    """Every value in the ledger, erased or not, the newest first.

    Only those `of` a stream, or `about` a person, if given.
    """
    streams = queries.confidential_values(engine.ledger.database, of=of, about=about)
    return [_state(engine, id_of(stream)) for stream in streams]


def erased_but_present(engine: Engine) -> list[VaultItem]:
    """The values that are erased in the ledger and still in the vault."""
    return [one for one in vault.list_items(engine.ledger.database) if _state(engine, one.id).erased]


def sweep(engine: Engine, now: datetime) -> list[str]:
    """Destroy old values that no entry names, and return their ids: a process died between vault and ledger."""
    engine.check_time(_SWEEPING)
    database: Database = engine.ledger.database
    old = vault.list_items(database, before=now - ABANDONED)
    unnamed = [one.id for one in old if not _state(engine, one.id).version]
    if unnamed:
        vault.destroy(database, unnamed)
    return unnamed


_FORGETTING = Text(zh="删除姓名和联系方式", en="forget a name and an address")
_SWEEPING = Text(zh="清理保密库", en="sweep the vault")


def _stream(id_: str) -> str:
    return value_stream(id_)


def _state(engine: Engine, id_: str) -> Value:
    state = engine.state(_stream(id_))
    assert isinstance(state, Value)
    return state
