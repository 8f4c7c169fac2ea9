"""One-time links: whoever opens one chooses the account's password. For somebody else they take two administrators.

The operator of the machine issues one alone: he has the machine.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec.structs import replace

from .accounts import CLAUSE, OPERATOR, Account, AccountFact, Link, Request
from .context import Context
from .credentials import TITLES, TakesTwo, check_holder, check_let_in
from .refusals import NothingToDo, Refusal, SamePerson
from .vocabulary import Command, Digest, Stamp, Text

LINK_HOLDS = timedelta(days=3)
REQUEST_HOLDS = timedelta(days=3)
"""How long a request waits to be confirmed, and then to be issued."""


class LinkOver(Refusal):
    """A link that leads nowhere any more."""

    zh = "这个链接已使用或已过期。请向系统管理员重新申请一次性链接；如果您已设置密码，请直接登录。"
    en = "This link was used or is over. Ask the system administrator for another; if you have chosen a password, sign in."


class RequestLink(Command, frozen=True, kw_only=True):
    """Ask that a link be issued. Another person confirms it."""


class ConfirmLink(Command, frozen=True, kw_only=True):
    """Confirm that a link may be issued, by whoever asked for it."""


class IssueLink(Command, frozen=True, kw_only=True):
    """Let whoever holds the link choose a new password, once."""

    link: Digest


class SetPassword(Command, frozen=True, kw_only=True):
    """Use a link up, choosing a password. The second factor (a lost phone) and every session end."""

    link: Digest
    password: Digest


class LinkRequested(AccountFact, frozen=True, kw_only=True):
    """A link was asked for."""

    def fold(self, state: Account, stamp: Stamp) -> Account:
        return replace(state, request=Request(stamp.actor, stamp.recorded_at))


class LinkConfirmed(AccountFact, frozen=True, kw_only=True):
    """Whoever asked for the link may issue it."""

    def fold(self, state: Account, stamp: Stamp) -> Account:
        asked = state.request or Request("", stamp.recorded_at)
        return replace(state, request=replace(asked, confirmed=stamp.actor))


class LinkIssued(AccountFact, frozen=True, kw_only=True):
    """A one-time link was issued, in the place of any before it."""

    link: Digest

    def fold(self, state: Account, stamp: Stamp) -> Account:
        return replace(state, request=None, link=Link(self.link, stamp.recorded_at))


class PasswordSet(AccountFact, frozen=True, kw_only=True):
    """The link was used."""

    link: Digest
    password: Digest

    def fold(self, state: Account, stamp: Stamp) -> Account:
        return replace(state, link=None, password=self.password, factor=None, sessions={})


def waits(state: Account, now: datetime) -> Request | None:
    """The request for a link that still holds, if there is one."""
    asked = state.request
    return asked if asked is not None and now - asked.at <= REQUEST_HOLDS else None


def check_request(state: Account, record: RequestLink | LinkRequested, context: Context) -> None:
    check_let_in(state, "request_link", context)
    asked = waits(state, context.now)
    if asked is not None and asked.by == context.actor.id:
        why = Text(zh="已申请，待安全管理员确认或待您发放", en="you asked already; it waits to be confirmed or issued")
        raise NothingToDo(act=TITLES["request_link"], why=why, clause=CLAUSE)


def check_link_confirmed(state: Account, record: ConfirmLink | LinkConfirmed, context: Context) -> None:
    check_let_in(state, "confirm_link", context)
    asked = waits(state, context.now)
    if asked is None or asked.confirmed:
        why = Text(zh="没有待确认的申请", en="nothing waits to be confirmed")
        raise NothingToDo(act=TITLES["confirm_link"], why=why, clause=CLAUSE)
    if asked.by == context.actor.id:
        raise SamePerson(act=TITLES["confirm_link"], done=_ASKED, clause=CLAUSE)


def check_link(state: Account, record: IssueLink | LinkIssued, context: Context) -> None:
    """Alone at the machine; else by whoever asked for it, once another person has confirmed."""
    check_let_in(state, "issue_link", context)
    if context.actor == OPERATOR:
        return
    asked = waits(state, context.now)
    if asked is None or asked.confirmed is None or asked.by != context.actor.id:
        why = _OTHERS if asked is not None and asked.by != context.actor.id else _UNCONFIRMED
        raise TakesTwo(act=TITLES["issue_link"], why=why, clause=CLAUSE)


def check_password_set(state: Account, record: SetPassword | PasswordSet, context: Context) -> None:
    check_holder(state, "set_password", context)
    if state.link is None or state.link.digest != record.link or context.now - state.link.at > LINK_HOLDS:
        raise LinkOver


_ASKED = Text(zh="提出申请", en="asked for it")
_UNCONFIRMED = Text(
    zh="先由系统管理员申请，再由安全管理员确认",
    en="the system administrator asks, then the security administrator confirms",
)
_OTHERS = Text(zh="由提出申请的系统管理员发放", en="whoever asked for it issues it")
