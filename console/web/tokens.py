"""Bearer tokens for the college's other systems, which call the JSON API.

A token is displayed once; the database has only its digest.

A system has its own account, which has roles and no password. So nobody can sign in with it, and the ledger
distinguishes the acts of a system from those of a person. The ledger also records the valid tokens and their last days.
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
from .credentials import SecretIssue, refuse_repetition, state_of

# With the prefix, people and secret scanners recognise a token in a file or a mail.
PREFIX = "kaohe_"
"""Every token begins with this."""
MAX_DAYS = 400
"""The most days for which a token is valid."""


TOKEN_TITLE = Text(zh="令牌", en="the token")


def issue_token(engine: Engine, account: str, days: int, by: Actor, command_id: CommandId) -> str:
    """Issue a token that is valid for 1 to `MAX_DAYS` days, and return it.

    Raises `ShownOnce` and the engine's `Refusal`.
    """
    issue, token = prepare_token(engine, account, days)
    refuse_repetition(engine.submit(issue.stream, issue.command, by, command_id, beside=issue.beside), TOKEN_TITLE)
    return token


def prepare_token(engine: Engine, account: str, days: int) -> tuple[SecretIssue, str]:
    """The command that issues a new token, and the token.

    The token works only after the engine accepted the command.
    """
    token, stream = PREFIX + sessions.new_token(), account_stream(account)
    digest = sessions.digest(token)
    name = Opaque(f"t-{digest[:8]}")
    _, context, _ = engine.context(stream, OPERATOR)
    last_day = context.today + timedelta(days=min(max(days, 1), MAX_DAYS))
    command = IssueToken(token=name, until=last_day, digest=digest)
    return SecretIssue(stream, command, (account_secrets.token_write(digest, account, name),)), token


def tokens_by_account(engine: Engine) -> dict[str, dict[str, date]]:
    """By account, the ids of its unrevoked tokens, each with its last day."""
    rows = accounts.accounts_with_tokens(engine.ledger.database)
    return {id_: {name: one.until for name, one in state_of(engine, id_).tokens.items()} for id_ in rows}


def account_of_token(engine: Engine, token: str) -> Account | None:
    """The account of a token; None if the token is unknown, revoked or past its last day."""
    digest = sessions.digest(token)
    row = accounts.account_of_token(engine.ledger.database, digest) if token.startswith(PREFIX) else None
    if row is None:
        return None
    id_, name = row
    state = state_of(engine, id_)
    _, context, _ = engine.context(state.stream, OPERATOR)
    # The row only finds the account. The ledger decides whether the token is valid.
    recorded = state.tokens.get(name)
    is_valid = recorded is not None and recorded.digest == digest and context.today <= recorded.until
    return state if is_valid else None
