"""Passwords and second factors: the holder of the account changes, sets and ends them.

Not here: choosing a password through a one-time link (`links.py`), and the end of all credentials with an
administrator's role or a closing (`account.py`).
"""

from __future__ import annotations

from msgspec.structs import replace

from states.context import Context
from states.records.account import Account
from states.refusals import NothingToDo
from states.vocabulary import Command, Digest, Stamp, Text

from .account import CLAUSE, AccountFact
from .credentials import TITLES, check_holder


class ChangePassword(Command, frozen=True, kw_only=True):
    """Choose another password. Every session except `session` ends, and an unused link too.

    The page has verified the present password.
    """

    password: Digest
    session: Digest


class SetSecondFactor(Command, frozen=True, kw_only=True):
    """Set up a second factor. Signing in with a password then also needs a code."""

    factor: Digest


class EndSecondFactor(Command, frozen=True, kw_only=True):
    """End the second factor."""


class PasswordChanged(AccountFact, frozen=True, kw_only=True):
    """The password was changed. The session in which this was done goes on; the others and an unused link end."""

    password: Digest
    session: Digest

    def fold(self, state: Account, stamp: Stamp) -> Account:
        sessions = {id_: session for id_, session in state.sessions.items() if id_ == self.session}
        return replace(state, link=None, password=self.password, sessions=sessions)


class SecondFactorSet(AccountFact, frozen=True, kw_only=True):
    """A second factor was set up: signing in with a password now also needs a code."""

    factor: Digest

    def fold(self, state: Account, stamp: Stamp) -> Account:
        return replace(state, factor=self.factor)


class SecondFactorEnded(AccountFact, frozen=True, kw_only=True):
    """The second factor was ended: signing in needs no code any more."""

    def fold(self, state: Account, stamp: Stamp) -> Account:
        return replace(state, factor=None)


def check_change(state: Account, record: ChangePassword | PasswordChanged, context: Context) -> None:
    """Refuse anybody except the holder, an account without a password, and a session that has ended."""
    _check_has_password(state, "change_password", context)
    # The password may have been set through a link meanwhile, which ends every session.
    if record.session not in state.sessions:
        why = Text(zh="会话已结束，请重新登录", en="the session is over; sign in again")
        raise NothingToDo(act=TITLES["change_password"], why=why, clause=CLAUSE)


def check_set_factor(state: Account, record: SetSecondFactor | SecondFactorSet, context: Context) -> None:
    """Refuse anybody except the holder, and a second factor for an account without a password."""
    _check_has_password(state, "set_second_factor", context)


def check_end_factor(state: Account, record: EndSecondFactor | SecondFactorEnded, context: Context) -> None:
    """Refuse anybody except the holder, and to end a second factor that the account does not have."""
    check_holder(state, TITLES["end_second_factor"], context)
    if state.factor is None:
        why = Text(zh="没有启用动态口令", en="there is no second factor")
        raise NothingToDo(act=TITLES["end_second_factor"], why=why, clause=CLAUSE)


def _check_has_password(state: Account, act: str, context: Context) -> None:
    check_holder(state, TITLES[act], context)
    if state.password is None:
        why = Text(zh="本账号没有密码", en="the account has no password")
        raise NothingToDo(act=TITLES[act], why=why, clause=CLAUSE)
