"""Stores, lists, reads and erases confidential values. The vault has their content; the ledger records each act.

Also here: `sweep` destroys leftovers in the vault, and `forget_person` deletes the personal data of an account.
"""

# Because of the order of the writes, a process may die at any point:
# - To store: first the vault, then the ledger. If the entry is missing, nobody can use the value, and `sweep` destroys
# it.
# - To read: first the ledger, then the content. So nobody reads without an entry.
# - To erase: first the ledger, then the vault. If the value is still in the vault, `erased_but_present` lists it, and
# the next `erase` destroys it.

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
"""The age at which `sweep` destroys a value without an entry. It is longer than any command takes."""


def store(
    engine: Engine,
    vault_with_key: Vault,
    actor: Actor,
    value: ValueKind,
    about: str | None,
    content: bytes,
    of: str | None = None,
    units: Iterable[str] = (),
) -> Reference:
    """Store a value and record that. Returns its reference, which an entry may contain.

    `about`: the person whom the value is about. `of`: the stream to which it belongs. `units`: its departments. Raises
    the `Refusal` of `KeepValue`; then the value is not stored.
    """
    person = Opaque(about) if about else None
    reference = vault_with_key.add(value, person, content, engine.clock.now())
    unit_ids = tuple(map(Opaque, units))
    command = KeepValue(value=value, about=person, commitment=reference.commitment, of=of, units=unit_ids)
    try:
        engine.submit(_stream(reference.id), command, actor, f"keep-{reference.id}")
    except Refusal:
        vault.destroy(engine.ledger.database, [reference.id])
        raise
    return reference


def read(engine: Engine, vault_with_key: Vault, actor: Actor, id_: str, reason: str) -> bytes:
    """Record who reads a value and why, then return its content.

    Raises the `Refusal` of `ReadValue`, and the errors of `Vault.open`.
    """
    engine.submit(_stream(id_), ReadValue(reason=Words(reason)), actor, vault.new_id("read"))
    return vault_with_key.open(id_, _state(engine, id_).commitment)


def erase(engine: Engine, actor: Actor, ids: Iterable[str], reason: str) -> list[str]:
    """Record that values are erased, and destroy their content. Returns their ids.

    Safe to repeat after a crash. It does not need the vault's key.
    """
    erased = []
    for id_ in ids:
        if not _state(engine, id_).erased:
            engine.submit(_stream(id_), EraseValue(reason=Words(reason)), actor, vault.new_id("erase"))
        erased.append(id_)
    vault.destroy(engine.ledger.database, erased)
    return erased


def values_to_erase(engine: Engine, *, about: str = "", id_: str = "") -> list[Value]:
    """The values about a person, or the one with this id, that are not erased, or not yet destroyed in the vault."""
    if not about and not id_:
        return []
    left = {item.id for item in erased_but_present(engine)}
    return [
        value
        for value in all_values(engine, about=about)
        if (about or value.id == id_) and (not value.erased or value.id in left)
    ]


def forget_person(engine: Engine, account: str) -> bool:
    """Delete the personal data of the holder of a closed account, also from the files of the database.

    Returns False, and does nothing, for an open account. Raises `TimeInDoubt`.
    """
    is_forgotten = forget_account(engine, account)
    if is_forgotten:
        vault.rewrite_files(engine.ledger.database)
    return is_forgotten


def forget_account(engine: Engine, account: str) -> bool:
    """Like `forget_person`, but the files of the database may still contain the deleted text.

    Deleted are the name, the secrets, the identities at providers, the sessions and the contact. The ledger notes that
    the contact was deleted.
    """
    # The name of an open account stays, because the people who work with its holder must know who acts.
    state = engine.state(account_stream(account))
    assert isinstance(state, Account)
    if not state.closed:
        return False
    engine.check_time(_FORGETTING)
    accounts.forget(engine.ledger.database, account)
    contacts.forget(engine, account, OPERATOR)
    return True


def all_values(engine: Engine, *, of: str = "", about: str = "") -> list[Value]:
    """Every value in the ledger, erased or not, the newest first.

    `of` limits it to the values of one stream, `about` to those about one person.
    """
    streams = queries.confidential_values(engine.ledger.database, stream=of, about=about)
    return [_state(engine, id_of(stream)) for stream in streams]


def erased_but_present(engine: Engine) -> list[VaultItem]:
    """The values that are erased in the ledger and still in the vault."""
    return [item for item in vault.list_items(engine.ledger.database) if _state(engine, item.id).erased]


def sweep(engine: Engine, now: datetime) -> list[str]:
    """Destroy old values that no entry names, and return their ids. Raises `TimeInDoubt`.

    Such a value is left over from a process that died after writing to the vault and before writing to the ledger.
    """
    engine.check_time(_SWEEPING)
    database: Database = engine.ledger.database
    old = vault.list_items(database, before=now - ABANDONED)
    unnamed = [item.id for item in old if not _state(engine, item.id).version]
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
