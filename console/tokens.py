"""Tokens: how the college's other systems are known. A token is shown once; the ledger says which one holds, and until when.

A system has an account of its own, with roles like anybody's and no password: nobody signs in by it, and what it did is
told apart from what people did.
"""

from __future__ import annotations

from datetime import date, timedelta

from states.accounts import OPERATOR, Account, IssueToken
from states.command_ids import CommandId, scoped
from states.sentences import Told
from states.vocabulary import Actor, Opaque
from storage import accounts
from workflow.engine import Engine

from . import sessions

PREFIX = "kaohe_"
"""What every token begins with, so that one left lying about is found."""
LONGEST = 400
"""Days a token may hold."""


class APersons(Told):
    """A person signs in by this account; a token for it would make a system's acts that person's."""

    zh = "账号 {account} 由个人登录使用，不能发放接口令牌。请为该系统另开账号并授予所需角色。"
    en = "A person signs in by account {account}, so it gets no token. Open an account for the system and grant its roles."


def issue(engine: Engine, account: str, days: int, by: Actor, command_id: CommandId) -> str:
    """Issue a token that holds for so many days, from 1 to `LONGEST`; the token. Raises `APersons`, the `Refusal`.

    Its name comes of the command id: asked twice (a double click), there is one token, the one shown last.
    """
    database = engine.ledger.database
    row = accounts.account(database, account)
    if accounts.identities(database, account) or (row is not None and row.password is not None):
        raise APersons(account=account)
    name, token = Opaque(f"t-{sessions.digest(scoped(by, command_id))[:8]}"), PREFIX + sessions.new_token()
    _, context, _ = engine.context(f"account/{account}", by)
    until = context.today + timedelta(days=min(max(days, 1), LONGEST))
    engine.submit(f"account/{account}", IssueToken(token=name, until=until), by, command_id)
    accounts.keep_token(database, sessions.digest(token), account, name)
    return token


def all_of(engine: Engine) -> dict[str, dict[str, date]]:
    """Every account's tokens that were not revoked, each with its last day."""
    rows = accounts.accounts_with_tokens(engine.ledger.database)
    return {id_: _account(engine, id_).tokens for id_ in rows}


def bearer(engine: Engine, token: str) -> Account | None:
    """The account a token stands for; None where it does not hold."""
    found = accounts.token(engine.ledger.database, sessions.digest(token)) if token.startswith(PREFIX) else None
    if found is None:
        return None
    id_, name = found
    state = _account(engine, id_)
    _, context, _ = engine.context(state.stream, OPERATOR)
    until = state.tokens.get(name)
    return state if until is not None and context.today <= until else None


def _account(engine: Engine, id_: str) -> Account:
    state = engine.state(f"account/{id_}")
    assert isinstance(state, Account)
    return state
