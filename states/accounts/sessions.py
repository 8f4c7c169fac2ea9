"""Sessions: the browsers in which an account is signed in. Only the holder begins them or signs out of them.

Other acts end sessions too: a new password, a new role, the end of an identity, the closing of the account.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar, Literal

from msgspec.structs import replace

from states.context import Context
from states.records.account import Account, Session
from states.refusals import NothingToDo, NotKnown
from states.vocabulary import Command, Digest, Stamp, Text

from .account import CLAUSE, AccountFact
from .credentials import TITLES, check_holder

SESSION_LIFETIME = timedelta(hours=12)
"""The maximum duration of a session (ASVS 7.3.2)."""

SESSION_ROW_LIFETIME = timedelta(days=1)
"""The time after which a session's row is deleted. Until then, a form that is sent late still finds its account."""

SignInMethod = Literal["password", "oidc", "cas"]
"""The method of signing in: a password, or a provider of single sign-on."""

SIGN_IN_METHOD_TITLES: Mapping[str, Text] = {
    "password": Text(zh="密码", en="password"),
    "oidc": Text(zh="统一身份认证（OIDC）", en="single sign-on (OIDC)"),
    "cas": Text(zh="统一身份认证（CAS）", en="single sign-on (CAS)"),
}
_SIGN_IN_METHOD = Text(zh="登录方式", en="way to sign in")
_BY_PASSWORD = Text(zh="密码", en="password")
_BY_PROVIDER = Text(zh="统一身份认证", en="the institution's sign-in")


class BeginSession(Command, frozen=True, kw_only=True):
    """Sign in. `ends` is the previous session of the same browser, which ends.

    `proof` is the digest of the verified password hash or of the verified identity at a provider. The check compares it
    with the state, because the password or the identity may have ended meanwhile.
    """

    session: Digest
    way: SignInMethod
    proof: Digest
    ends: Digest | None = None


class EndSessions(Command, frozen=True, kw_only=True):
    """Sign out of sessions, in this browser or in others."""

    sessions: tuple[Digest, ...]


class SessionBegun(AccountFact, frozen=True, kw_only=True):
    """A browser was signed in. Sessions whose rows are deleted by now are dropped from the state."""

    notifies_holder: ClassVar[bool] = False

    session: Digest
    way: SignInMethod
    proof: Digest
    ends: Digest | None = None

    def fold(self, state: Account, stamp: Stamp) -> Account:
        now = stamp.recorded_at
        others = {
            id_: session
            for id_, session in state.sessions.items()
            if id_ != self.ends and now - session.at <= SESSION_ROW_LIFETIME
        }
        return replace(state, sessions={**others, self.session: Session(now, self.way)})


class SessionsEnded(AccountFact, frozen=True, kw_only=True):
    """These sessions were ended."""

    notifies_holder: ClassVar[bool] = False

    sessions: tuple[Digest, ...]

    def fold(self, state: Account, stamp: Stamp) -> Account:
        others = {id_: session for id_, session in state.sessions.items() if id_ not in self.sessions}
        return replace(state, sessions=others)


def check_begin(state: Account, record: BeginSession | SessionBegun, context: Context) -> None:
    """Refuse a password that is not the present one, and an identity that is unconfirmed or not of this account.

    An administrator can sign in only with a password. Anybody except the holder is refused.
    """
    check_holder(state, TITLES["begin_session"], context)
    binding = state.identities.get(record.proof)
    if record.way == "password":
        allowed = state.password == record.proof
    else:
        allowed = binding is not None and binding.confirmed and not state.is_administrator
    if not allowed:
        possible: object = _BY_PASSWORD if state.password is not None else "—"
        method = _BY_PASSWORD if record.way == "password" else _BY_PROVIDER
        raise NotKnown(what=_SIGN_IN_METHOD, value=method, known=possible, clause=CLAUSE)


def check_end(state: Account, record: EndSessions | SessionsEnded, context: Context) -> None:
    """Refuse anybody except the holder, and to end no session or sessions that the account does not have."""
    check_holder(state, TITLES["end_sessions"], context)
    if not record.sessions or not state.sessions.keys() >= set(record.sessions):
        why = Text(zh="没有这个会话", en="there is no such session")
        raise NothingToDo(act=TITLES["end_sessions"], why=why, clause=CLAUSE)
