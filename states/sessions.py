"""Sessions: the browsers an account is signed in with, begun and ended by its holder alone."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar, Literal

from msgspec.structs import replace

from .accounts import CLAUSE, Account, AccountFact, Session
from .context import Context
from .credentials import TITLES, check_holder
from .refusals import NothingToDo, NotKnown
from .vocabulary import Command, Digest, Stamp, Text

SESSION_HOLDS = timedelta(hours=12)
"""A session's whole length (ASVS 7.3.2)."""
SESSION_LIES = timedelta(days=1)
"""For how long after its beginning a session's row tells whose form a browser still shows, though the session is over."""

Way = Literal["password", "oidc", "cas"]
"""How somebody signs in."""


class BeginSession(Command, frozen=True, kw_only=True):
    """Sign in by one of the ways. The session that `ends` is the browser's last one.

    `proof` is the digest of what was shown: of the password, or of the identity a provider knows. It may have ended since.
    """

    session: Digest
    way: Way
    proof: Digest
    ends: Digest | None = None


class EndSessions(Command, frozen=True, kw_only=True):
    """Sign out, here or elsewhere."""

    sessions: tuple[Digest, ...]


class SessionBegun(AccountFact, frozen=True, kw_only=True):
    """A browser is signed in. Those whose rows are gone by now are forgotten."""

    shown: ClassVar[bool] = False

    session: Digest
    way: Way
    proof: Digest
    ends: Digest | None = None

    def fold(self, state: Account, stamp: Stamp) -> Account:
        at = stamp.recorded_at
        kept = {id_: one for id_, one in state.sessions.items() if id_ != self.ends and at - one.at <= SESSION_LIES}
        return replace(state, sessions={**kept, self.session: Session(at, self.way)})


class SessionsEnded(AccountFact, frozen=True, kw_only=True):
    """Some browsers are signed out."""

    shown: ClassVar[bool] = False

    sessions: tuple[Digest, ...]

    def fold(self, state: Account, stamp: Stamp) -> Account:
        return replace(state, sessions={id_: one for id_, one in state.sessions.items() if id_ not in self.sessions})


def check_begin(state: Account, record: BeginSession | SessionBegun, context: Context) -> None:
    """An administrator comes in by password, by the one that holds now; whoever comes by a provider, by an identity that was confirmed."""
    check_holder(state, "begin_session", context)
    held = state.identities.get(record.proof)
    if record.way == "password":
        allowed = state.password == record.proof
    else:
        allowed = held is not None and held.confirmed and not state.administers
    if not allowed:
        known = "password" if state.password is not None else "—"
        raise NotKnown(what="登录方式 / way to sign in", value=record.way, known=known, clause=CLAUSE)


def check_ended(state: Account, record: EndSessions | SessionsEnded, context: Context) -> None:
    check_holder(state, "end_sessions", context)
    if not record.sessions or not state.sessions.keys() >= set(record.sessions):
        why = Text(zh="没有这个会话", en="there is no such session")
        raise NothingToDo(act=TITLES["end_sessions"], why=why, clause=CLAUSE)
