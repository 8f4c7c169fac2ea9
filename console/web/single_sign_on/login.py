"""A login under way: what the browser carries to the provider and back, in a cookie that is good for ten minutes."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime, timedelta
from hmac import compare_digest
from secrets import token_urlsafe
from typing import Annotated, ClassVar, Protocol

import msgspec
from msgspec import Meta, Struct

from states.vocabulary import Text

from .errors import NOT_STARTED_HERE, UNRELIABLE, SignInFailed

COOKIE = "__Host-kaohe-away"
HOLDS = timedelta(minutes=10)
LONGEST_SUBJECT = 255
"""Characters of a subject (OpenID Connect Core 1.0, section 2)."""


class Way(Struct, frozen=True):
    """A way to sign in, as the sign-in page offers it."""

    key: str
    path: str
    title: Text


class PendingLogin(Struct, frozen=True):
    """One login under way. `back` is the page to return to, `again` asks the person to sign in afresh."""

    way: str
    state: str
    nonce: str
    verifier: str
    back: str
    again: bool
    at: Annotated[datetime, Meta(tz=True)]


class Identity(Struct, frozen=True):
    """Whom a provider confirmed. `session` is what it calls this sign-in when it ends it (CAS: the ticket); empty if nothing."""

    subject: str
    session: str = ""


class Provider(Protocol):
    """One provider of sign-ins. Both methods raise `SignInFailed`."""

    WAY: ClassVar[Way]
    name: str

    def authorize_url(self, login: PendingLogin) -> str:
        """Where to send the browser."""

    def identify(self, query: Mapping[str, str], login: PendingLogin, now: datetime) -> Identity:
        """Whom the provider confirms, from the query the browser came back with."""


def start_login(key: str, back: str, now: datetime, *, again: bool) -> PendingLogin:
    """A login with fresh secrets, of which the provider sees state and nonce."""
    return PendingLogin(key, token_urlsafe(24), token_urlsafe(24), token_urlsafe(48), back, again, now)


def encode(login: PendingLogin) -> str:
    """The login as the cookie's value."""
    return base64.urlsafe_b64encode(msgspec.json.encode(login)).decode()


def validate_callback(cookie: str, key: str, state: str, now: datetime) -> PendingLogin:
    """The login that the browser's cookie holds, if this is its answer, and in time. `SignInFailed`."""
    try:
        login = msgspec.json.decode(base64.urlsafe_b64decode(cookie.encode()), type=PendingLogin)
    except (ValueError, RecursionError) as error:
        raise SignInFailed(why=NOT_STARTED_HERE) from error
    if login.way != key or not compare_digest(login.state.encode(), state.encode()) or now - login.at > HOLDS:
        raise SignInFailed(why=NOT_STARTED_HERE)
    return login


def subject_of(given: object) -> str:
    """A subject as a provider gives it, without white space around it. `SignInFailed` for what cannot name anybody."""
    subject = given.strip() if isinstance(given, str) else ""
    if not 1 <= len(subject) <= LONGEST_SUBJECT or not subject.isprintable():
        raise SignInFailed(why=UNRELIABLE)
    return subject
