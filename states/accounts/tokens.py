"""Tokens, with which other systems of the college call the API. Each system has an account of its own."""

from __future__ import annotations

from datetime import date

from msgspec.structs import replace

from states.context import Context
from states.records.account import Account, Token
from states.refusals import NothingToDo, NotKnown, TooEarly
from states.vocabulary import Command, Digest, Opaque, Reason, Stamp, Text

from .account import CLAUSE, OPERATOR, AccountFact, NotForThisAccount, check_other_account
from .credentials import TITLES, TakesTwo
from .links import open_request

_TWO_ADMINISTRATORS = Text(
    zh="先由系统管理员申请，再由安全管理员发放",
    en="the system administrator asks, then the security administrator issues",
)
_SYSTEM_ACCOUNT = Text(zh="该系统的专用账号", en="an account of the system's own")


class IssueToken(Command, frozen=True, kw_only=True):
    """Let a system act as this account until the end of the day `until`.

    `token` is the id of the token, `digest` the digest of its secret.
    """

    token: Opaque
    until: date
    digest: Digest


class RevokeToken(Command, Reason, frozen=True, kw_only=True):
    """End a token before its last day."""

    token: Opaque


class TokenIssued(AccountFact, frozen=True, kw_only=True):
    """A token was issued: a system that has it may act as the account until the end of the day `until`."""

    token: Opaque
    until: date
    digest: Digest

    def fold(self, state: Account, stamp: Stamp) -> Account:
        return replace(state, request=None, tokens={**state.tokens, self.token: Token(self.until, self.digest)})


class TokenRevoked(AccountFact, Reason, frozen=True, kw_only=True):
    """A token was revoked, so it gives no access any more."""

    token: Opaque

    def fold(self, state: Account, stamp: Stamp) -> Account:
        return replace(state, tokens={id_: token for id_, token in state.tokens.items() if id_ != self.token})


def check_issue(state: Account, record: IssueToken | TokenIssued, context: Context) -> None:
    """Refuse a token for the account of a person or an administrator, for the actor's own account, or for a closed one.

    Refuse a token that no other administrator requested; the operator may act alone. Refuse the id of another token,
    and a last day in the past.
    """
    title = TITLES["issue_token"]
    check_other_account(state, title, context)
    if state.is_administrator or state.is_personal:
        why = Text(zh=f"账号 {state.id} 由个人登录使用", en=f"a person signs in by account {state.id}")
        raise NotForThisAccount(act=title, why=why, by=_SYSTEM_ACCOUNT, clause=CLAUSE)
    # Only the operator may do this alone. Otherwise the administrator who grants roles could use them with a token of
    # their own.
    request = open_request(state, context.now)
    if context.actor != OPERATOR and (request is None or request.by == context.actor.id):
        raise TakesTwo(act=title, why=_TWO_ADMINISTRATORS, clause=CLAUSE)
    if record.token in state.tokens:
        raise NothingToDo(
            act=title, why=Text(zh="已有此令牌", en="there is already a token with this name"), clause=CLAUSE
        )
    if record.until < context.today:
        until = Text(zh="令牌有效期", en="the token's last day")
        today = Text(zh="今天", en="today")
        raise TooEarly(what=until, value=record.until, after=today, against=context.today, clause=CLAUSE)


def check_revocation(state: Account, record: RevokeToken | TokenRevoked, context: Context) -> None:
    """Refuse to revoke a token of the actor's own account, of a closed one, or that the account does not have."""
    check_other_account(state, TITLES["revoke_token"], context)
    if record.token not in state.tokens:
        tokens = ", ".join(state.tokens) or "—"
        raise NotKnown(what=Text(zh="接口令牌", en="token"), value=record.token, known=tokens, clause=CLAUSE)
