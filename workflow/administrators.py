"""The first accounts of a database: the administrators, appointed by the operator at the machine."""

from __future__ import annotations

from collections.abc import Mapping

from states.accounts.account import OPERATOR, ROLE_TITLES, GrantRole, OpenAccount
from states.streams import account_stream
from states.vocabulary import Opaque
from storage.vault import account_secrets

from .engine import Engine


def appoint(engine: Engine, administrators: Mapping[str, str]) -> None:
    """Open an account for each role and grant it; `administrators` has the id of the account by role. Safe to repeat."""
    for role, id_ in administrators.items():
        stream, name = account_stream(id_), account_secrets.name(engine.ledger.database, id_, ROLE_TITLES[role].zh)
        engine.submit(stream, OpenAccount(), OPERATOR, f"init-{id_}", beside=[name])
        engine.submit(stream, GrantRole(role=Opaque(role)), OPERATOR, f"init-{id_}-{role}")
