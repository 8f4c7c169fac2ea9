"""The first accounts of a database: the operator at the machine appoints the administrators.

Not here: the accounts of all other people, which the administrators open on the pages.
"""

from __future__ import annotations

from collections.abc import Mapping

from states.accounts.account import OPERATOR, ROLE_TITLES, GrantRole, OpenAccount
from states.streams import account_stream
from states.vocabulary import Opaque
from storage.vault import account_secrets

from .engine import Engine


def appoint(engine: Engine, administrators: Mapping[str, str]) -> None:
    """Open an account for each role, with the title of the role as its name, and grant the role. Safe to repeat.

    `administrators`: the id of the account for each role.
    """
    for role, id_ in administrators.items():
        stream = account_stream(id_)
        name = account_secrets.name_write(engine.ledger.database, id_, ROLE_TITLES[role].zh)
        engine.submit(stream, OpenAccount(), OPERATOR, f"init-{id_}", beside=[name])
        engine.submit(stream, GrantRole(role=Opaque(role)), OPERATOR, f"init-{id_}-{role}")
