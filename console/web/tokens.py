"""Tokens of the college's other systems. A token is shown once; the ledger says which ones are valid, and until when.

A system has an account of its own, with roles like anybody's and no password: nobody signs in by it, and what it did is
told apart from what people did.
"""

from __future__ import annotations

from datetime import date, timedelta

from states.accounts.account import OPERATOR
from states.accounts.tokens import IssueToken
from states.command_ids import CommandId
from states.records.account import Account
from states.streams import account_stream
from states.vocabulary import Actor, Opaque, Text
from storage.sign_in import accounts
from storage.vault import account_secrets
from workflow.engine import Engine

from . import sessions
from .credentials import Issue, check_first, state_of

PREFIX = "kaohe_"
"""What every token begins with, so that one left lying about is found."""
LONGEST = 400
"""Days a token may hold."""


TOKEN = Text(zh="令牌", en="the token")


def issue(engine: Engine, account: str, days: int, by: Actor, command_id: CommandId) -> str:
    """Issue a token that holds for so many days, from 1 to `LONGEST`; the token. Raises `ShownOnce`, the `Refusal`."""
    issue, token = token_for(engine, account, days)
    check_first(engine.submit(issue.stream, issue.command, by, command_id, beside=issue.beside), TOKEN)
    return token


def token_for(engine: Engine, account: str, days: int) -> tuple[Issue, str]:
    """The command that issues a new token, and the token, which works once the command is accepted."""
    token, stream = PREFIX + sessions.new_token(), account_stream(account)
    digest = sessions.digest(token)
    name = Opaque(f"t-{digest[:8]}")
    _, context, _ = engine.context(stream, OPERATOR)
    until = context.today + timedelta(days=min(max(days, 1), LONGEST))
    command = IssueToken(token=name, until=until, digest=digest)
    return Issue(stream, command, (account_secrets.token(digest, account, name),)), token


def all_of(engine: Engine) -> dict[str, dict[str, date]]:
    """Every account's tokens that were not revoked, each with its last day."""
    rows = accounts.accounts_with_tokens(engine.ledger.database)
    return {id_: {name: one.until for name, one in state_of(engine, id_).tokens.items()} for id_ in rows}


def bearer(engine: Engine, token: str) -> Account | None:
    """The account a token stands for; None where it does not hold."""
    found = (
        accounts.account_of_token(engine.ledger.database, sessions.digest(token)) if token.startswith(PREFIX) else None
    )
    if found is None:
        return None
    id_, name = found
    state = state_of(engine, id_)
    _, context, _ = engine.context(state.stream, OPERATOR)
    held = state.tokens.get(name)
    holds = held is not None and held.digest == sessions.digest(token) and context.today <= held.until
    return state if holds else None
