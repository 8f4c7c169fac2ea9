"""A login that has begun. The browser carries it to the provider and back, in a cookie that is valid ten minutes."""

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
LOGIN_LIFETIME = timedelta(minutes=10)
"""A login is valid for this time."""
LONGEST_SUBJECT = 255
"""The most characters of a subject (OpenID Connect Core 1.0, section 2)."""


class Way(Struct, frozen=True):
    """A way to sign in: its key, the path of the sign-in page's button, and the button's title."""

    key: str
    path: str
    title: Text


class PendingLogin(Struct, frozen=True):
    """A login that has begun.

    `state`, `nonce` and `verifier` are its secrets: against a forged callback (RFC 6749, section 10.12), a replayed
    identity token (OpenID Connect Core 1.0, section 3.1.2.1) and a stolen code (PKCE, RFC 7636). `back` is the page to
    return to. With `again`, the provider must ask for the password even if the person is signed in there.
    """

    way: str
    state: str
    nonce: str
    verifier: str
    back: str
    again: bool
    at: Annotated[datetime, Meta(tz=True)]


class Identity(Struct, frozen=True):
    """The subject that a provider confirmed.

    `session` is the CAS ticket, by which the provider may end the session later.
    """

    subject: str
    session: str = ""


class Provider(Protocol):
    """A provider of sign-ins.

    `name` is its address, which is a part of a person's identity. Both methods raise `SignInFailed`.
    """

    WAY: ClassVar[Way]
    name: str

    def authorize_url(self, login: PendingLogin) -> str:
        """The URL at the provider to which the browser is sent."""

    def identify(self, query: Mapping[str, str], login: PendingLogin, now: datetime) -> Identity:
        """The subject that the provider confirms. `query` is that of the URL with which the browser comes back."""


def start_login(key: str, back: str, now: datetime, *, again: bool) -> PendingLogin:
    """A new login, with new secrets. The provider gets to see `state`, `nonce` and a digest of `verifier`."""
    return PendingLogin(key, token_urlsafe(24), token_urlsafe(24), token_urlsafe(48), back, again, now)


def encode(login: PendingLogin) -> str:
    """The login as the cookie's value."""
    return base64.urlsafe_b64encode(msgspec.json.encode(login)).decode()


def validate_callback(cookie: str, key: str, state: str, now: datetime) -> PendingLogin:
    """The login in the browser's cookie.

    Raises `SignInFailed` if the callback does not belong to it, or comes too late.
    """
    try:
        login = msgspec.json.decode(base64.urlsafe_b64decode(cookie.encode()), type=PendingLogin)
    except (ValueError, RecursionError) as error:
        raise SignInFailed(why=NOT_STARTED_HERE) from error
    if login.way != key or not compare_digest(login.state.encode(), state.encode()) or now - login.at > LOGIN_LIFETIME:
        raise SignInFailed(why=NOT_STARTED_HERE)
    return login


def subject_of(value: object) -> str:
    """The subject in a provider's answer, without white space around it.

    Raises `SignInFailed` for what cannot be one.
    """
    subject = value.strip() if isinstance(value, str) else ""
    if not 1 <= len(subject) <= LONGEST_SUBJECT or not subject.isprintable():
        raise SignInFailed(why=UNRELIABLE)
    return subject
