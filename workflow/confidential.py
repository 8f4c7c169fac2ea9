"""Keeping, reading and erasing confidential values: the vault holds what they say, the ledger that it was done.

The order is what makes it safe. Kept: first in the vault, then in the ledger; what the ledger does not know of is nobody's and
is swept away (`sweep`). Read: first in the ledger, then shown. Erased: first in the ledger, then destroyed; a process that
dies between the two leaves something owed, which `owed` tells and the next erasing does.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from states.accounts.account import OPERATOR
from states.custody.confidential import EraseValue, KeepValue, Kept, ReadValue, Value
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
"""How long a value may lie in the vault that no entry knows of: longer than any command takes to be written."""


def keep(
    engine: Engine, store: Vault, actor: Actor, value: Kept, about: str | None, said: bytes,
    of: str | None = None, units: Iterable[str] = (),
) -> Reference:  # fmt: skip
    """Keep a value; the reference an entry may carry. A Refusal leaves nothing behind."""
    person = Opaque(about) if about else None
    reference = store.add(value, person, said, engine.clock.now())
    concerned = tuple(map(Opaque, units))
    command = KeepValue(value=value, about=person, commitment=reference.commitment, of=of, units=concerned)
    try:
        engine.submit(_stream(reference.id), command, actor, f"keep-{reference.id}")
    except Refusal:
        vault.destroy(engine.ledger.database, [reference.id])
        raise
    return reference


def read(engine: Engine, store: Vault, actor: Actor, id_: str, why: str) -> bytes:
    """What a value says, once it is on record who reads it and why. A Refusal, or what `Vault.open` raises."""
    engine.submit(_stream(id_), ReadValue(reason=Words(why)), actor, vault.new_id("read"))
    return store.open(id_, _state(engine, id_).commitment)


def erase(engine: Engine, actor: Actor, ids: Iterable[str], why: str) -> list[str]:
    """Erase values for good; which. Safe to repeat after a crash. Needs no key, so a lost one does not hinder it."""
    gone = []
    for id_ in ids:
        if not _state(engine, id_).erased:
            engine.submit(_stream(id_), EraseValue(reason=Words(why)), actor, vault.new_id("erase"))
        gone.append(id_)
    vault.destroy(engine.ledger.database, gone)
    return gone


def forget(engine: Engine, account: str) -> bool:
    """Forget what a closed account's holder is called and how to reach them; whether there was such an account.

    An account that is open keeps its name: who acts has to be known to those who work with them.
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


def values(engine: Engine, *, of: str = "", about: str = "") -> list[Value]:
    """Every value the ledger knows of, erased or not, the last first: of an assessment or case, or about a person, if so asked."""
    found = queries.confidential_values(engine.ledger.database, of=of, about=about)
    return [_state(engine, id_of(stream)) for stream in found]


def owed(engine: Engine) -> list[VaultItem]:
    """What the ledger says is erased and the vault still holds."""
    return [one for one in vault.list_items(engine.ledger.database) if _state(engine, one.id).erased]


def sweep(engine: Engine, now: datetime) -> list[str]:
    """Destroy what no entry ever named: a process died, or was refused, between vault and ledger."""
    engine.check_time(_SWEEPING)
    database: Database = engine.ledger.database
    old = vault.list_items(database, before=now - ABANDONED)
    lost = [one.id for one in old if not _state(engine, one.id).version]
    if lost:
        vault.destroy(database, lost)
    return lost


_FORGETTING = Text(zh="删除姓名和联系方式", en="forget a name and an address")
_SWEEPING = Text(zh="清理保密库", en="sweep the vault")


def _stream(id_: str) -> str:
    return value_stream(id_)


def _state(engine: Engine, id_: str) -> Value:
    state = engine.state(_stream(id_))
    assert isinstance(state, Value)
    return state
