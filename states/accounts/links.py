"""One-time links: the person who opens a link chooses the account's password. Two administrators must issue it.

Also here: the request that comes before a link or a token. Not here: issuing a token (`tokens.py`), and changing a
password without a link (`passwords.py`).

The operator may issue a link alone, because they can change the database anyway.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec.structs import replace

from states.context import Context
from states.records.account import Account, Link, LinkRequest
from states.refusals import NothingToDo, Refusal, SamePerson
from states.vocabulary import Command, Digest, Stamp, Text

from .account import CLAUSE, OPERATOR, AccountFact
from .credentials import TITLES, TakesTwo, check_gives_access, check_gives_person_access, check_holder

LINK_LIFETIME = timedelta(days=3)
"""The time after its issue in which a link can be used."""
REQUEST_LIFETIME = timedelta(days=3)
"""The time after a request in which it can be confirmed, and its link or token can be issued."""

_ASKED_FOR_IT = Text(zh="提出申请", en="asked for it")
_CONFIRM_FIRST = Text(
    zh="先由系统管理员申请，再由安全管理员确认",
    en="the system administrator asks, then the security administrator confirms",
)
_REQUESTER_ISSUES = Text(zh="由提出申请的系统管理员发放", en="the system administrator who asked for it issues it")


class LinkExpired(Refusal):
    """The link was used, replaced, or is too old."""

    zh = "这个链接已使用或已过期。请向系统管理员重新申请一次性链接；如果您已设置密码，请直接登录。"
    en = (
        "This link has been used or has expired. Ask the system administrator for another. If you have already "
        "chosen a password, sign in."
    )


class RequestLink(Command, frozen=True, kw_only=True):
    """Ask for a link to this account, or for a token. Another person confirms the link, or issues the token."""


class ConfirmLink(Command, frozen=True, kw_only=True):
    """Confirm the request, so that the requester can issue the link."""


class IssueLink(Command, frozen=True, kw_only=True):
    """Issue a link. The person who opens it chooses a new password, once."""

    link: Digest


class SetPassword(Command, frozen=True, kw_only=True):
    """Choose a password through a link. The link, the second factor and every session end."""

    link: Digest
    password: Digest


class LinkRequested(AccountFact, frozen=True, kw_only=True):
    """A link or a token was requested."""

    def fold(self, state: Account, stamp: Stamp) -> Account:
        return replace(state, request=LinkRequest(stamp.actor, stamp.recorded_at))


class LinkConfirmed(AccountFact, frozen=True, kw_only=True):
    """The request was confirmed: the requester may issue the link."""

    def fold(self, state: Account, stamp: Stamp) -> Account:
        request = state.request or LinkRequest("", stamp.recorded_at)
        return replace(state, request=replace(request, confirmed=stamp.actor))


class LinkIssued(AccountFact, frozen=True, kw_only=True):
    """A one-time link was issued; it replaces an earlier one."""

    link: Digest

    def fold(self, state: Account, stamp: Stamp) -> Account:
        return replace(state, request=None, link=Link(self.link, stamp.recorded_at))


class PasswordSet(AccountFact, frozen=True, kw_only=True):
    """A password was chosen through a link. The link, the second factor and every session ended."""

    link: Digest
    password: Digest

    def fold(self, state: Account, stamp: Stamp) -> Account:
        # A link also helps a person who lost the phone with the second factor, so the second factor ends.
        return replace(state, link=None, password=self.password, factor=None, sessions={})


def open_request(state: Account, now: datetime) -> LinkRequest | None:
    """The request for a link or token; None if there is none, or it is too old."""
    request = state.request
    return request if request is not None and now - request.at <= REQUEST_LIFETIME else None


def check_request(state: Account, record: RequestLink | LinkRequested, context: Context) -> None:
    """Refuse a second request of the same administrator while the first is open. See also `check_gives_access`."""
    check_gives_access(state, "request_link", context)
    request = open_request(state, context.now)
    if request is not None and request.by == context.actor.id:
        why = Text(
            zh="已申请，待安全管理员确认或发放令牌，或待您发放链接",
            en="you have already asked: the request is to be confirmed, or you are to issue the link",
        )
        raise NothingToDo(act=TITLES["request_link"], why=why, clause=CLAUSE)


def check_confirmation(state: Account, record: ConfirmLink | LinkConfirmed, context: Context) -> None:
    """Refuse to confirm without an open request, to confirm again, or to confirm one's own request."""
    check_gives_person_access(state, "confirm_link", context)
    request = open_request(state, context.now)
    if request is None or request.confirmed:
        why = Text(zh="没有待确认的申请", en="there is no request to confirm")
        raise NothingToDo(act=TITLES["confirm_link"], why=why, clause=CLAUSE)
    if request.by == context.actor.id:
        raise SamePerson(act=TITLES["confirm_link"], done=_ASKED_FOR_IT, clause=CLAUSE)


def check_issue(state: Account, record: IssueLink | LinkIssued, context: Context) -> None:
    """Refuse an administrator who did not make the request, or whose request is too old or not confirmed.

    The operator may act alone.
    """
    check_gives_person_access(state, "issue_link", context)
    if context.actor == OPERATOR:
        return
    request = open_request(state, context.now)
    if request is None or request.confirmed is None or request.by != context.actor.id:
        why = _REQUESTER_ISSUES if request is not None and request.by != context.actor.id else _CONFIRM_FIRST
        raise TakesTwo(act=TITLES["issue_link"], why=why, clause=CLAUSE)


def check_set_password(state: Account, record: SetPassword | PasswordSet, context: Context) -> None:
    """Refuse a link that was used or replaced, or that is too old (`LinkExpired`), and anybody except the holder."""
    check_holder(state, TITLES["set_password"], context)
    if state.link is None or state.link.digest != record.link or context.now - state.link.at > LINK_LIFETIME:
        raise LinkExpired
