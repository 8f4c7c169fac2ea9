"""The device cookie: a browser that has signed in to an account is known to it, and failures elsewhere do not slow it.

See OWASP, "Slow Down Online Guessing Attacks with Device Cookies". The cookie signs nobody in. It has a small count of
failures of its own (`attempts.py`), so that a stolen cookie allows only a few guesses. Several accounts may know the
same browser, because people share machines.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from starlette.responses import Response

from console.web import sessions
from storage.database.database import Database
from storage.sign_in import attempts

COOKIE = "__Host-kaohe-device"
KNOWN_FOR = timedelta(days=180)
"""A browser is known for this time after its last sign-in."""
MOST = 20
"""An account knows at most so many browsers: those that were used last."""


def is_known(database: Database, token: str, now: datetime, account: str | None = None) -> bool:
    """Whether a browser is known to this account; without an account, whether it is known to any."""
    return bool(token) and attempts.known(database, sessions.digest(token), now - KNOWN_FOR, account)


def remember(database: Database, token: str, account: str, now: datetime) -> str:
    """Make a browser known to an account. Returns the token for its cookie.

    It is the token that the browser has, if we issued it, otherwise a new one.
    """
    # A token that somebody else may have put into the browser must not become known.
    token = token if is_known(database, token, now) else sessions.new_token()
    attempts.remember(database, sessions.digest(token), account, now, MOST)
    return token


def forget(database: Database, account: str) -> None:
    """Make all browsers unknown to the account."""
    attempts.forget_devices(database, account)


def set_cookie(response: Response, token: str) -> Response:
    """Set the cookie in an answer."""
    response.set_cookie(
        COOKIE, token, max_age=int(KNOWN_FOR.total_seconds()), secure=True, httponly=True, samesite="lax", path="/"
    )
    return response
