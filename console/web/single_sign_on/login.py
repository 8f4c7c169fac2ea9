"""A login at a provider that has begun: its secrets, its cookie, and the check when the browser comes back.

The browser carries the login to the provider and back, in a cookie that is valid for ten minutes. Also here: what a
provider must be able to do (`Provider`), implemented in `openid.py` and `cas.py`.
"""

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
MAX_SUBJECT_LENGTH = 255
"""The most characters of a subject (OpenID Connect Core 1.0, section 2)."""


class SignInOption(Struct, frozen=True):
    """A way to sign in at a provider: its key, and the path and title of its button on the sign-in page."""

    key: str
    path: str
    title: Text


class PendingLogin(Struct, frozen=True):
    """A login that has begun.

    `state`, `nonce` and `verifier` are its secrets: against a forged callback (RFC 6749, section 10.12), a replayed
    identity token (OpenID Connect Core 1.0, section 3.1.2.1) and a stolen code (PKCE, RFC 7636). `provider` is the key
    of the provider, `return_path` the page to return to. With `reauthenticate`, the provider must ask for the password
    even if the person is signed in there.
    """

    provider: str
    state: str
    nonce: str
    verifier: str
    return_path: str
    reauthenticate: bool
    started_at: Annotated[datetime, Meta(tz=True)]


class Identity(Struct, frozen=True):
    """The subject that a provider confirmed.

    `session` is the CAS ticket, by which the provider may end the session later.
    """

    subject: str
    session: str = ""


class Provider(Protocol):
    """A provider of sign-ins.

    `name` is its address; name and subject together identify a person. Both methods raise `SignInFailed`.
    """

    OPTION: ClassVar[SignInOption]
    name: str

    def authorize_url(self, login: PendingLogin) -> str:
        """The URL at the provider to which the browser is sent."""

    def identify(self, query: Mapping[str, str], login: PendingLogin, now: datetime) -> Identity:
        """The subject that the provider confirms. `query` is the query of the callback URL."""


def start_login(key: str, return_path: str, now: datetime, *, reauthenticate: bool) -> PendingLogin:
    """A new login, with new secrets. The provider receives `state`, `nonce` and a digest of `verifier`."""
    return PendingLogin(key, token_urlsafe(24), token_urlsafe(24), token_urlsafe(48), return_path, reauthenticate, now)


def encode(login: PendingLogin) -> str:
    """The login as the value of the cookie."""
    return base64.urlsafe_b64encode(msgspec.json.encode(login)).decode()


def validate_callback(cookie: str, key: str, state: str, now: datetime) -> PendingLogin:
    """The login in the browser's cookie.

    Raises `SignInFailed` if the callback does not belong to it, or comes too late.
    """
    try:
        login = msgspec.json.decode(base64.urlsafe_b64decode(cookie.encode()), type=PendingLogin)
    except (ValueError, RecursionError) as error:
        raise SignInFailed(why=NOT_STARTED_HERE) from error
    is_ours = login.provider == key and compare_digest(login.state.encode(), state.encode())
    if not is_ours or now - login.started_at > LOGIN_LIFETIME:
        raise SignInFailed(why=NOT_STARTED_HERE)
    return login


def subject_of(value: object) -> str:
    """The subject in a provider's answer, without white space around it.

    Raises `SignInFailed` if it cannot be a subject.
    """
    subject = value.strip() if isinstance(value, str) else ""
    if not 1 <= len(subject) <= MAX_SUBJECT_LENGTH or not subject.isprintable():
        raise SignInFailed(why=UNRELIABLE)
    return subject
