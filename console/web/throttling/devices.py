"""The device cookie: an account knows the browsers that have signed in to it, and failures elsewhere do not slow these.

See OWASP, "Slow Down Online Guessing Attacks with Device Cookies". The cookie signs nobody in. Failures with it
have their own small limit (`attempts.py`), so a stolen cookie allows only a few guesses. Several accounts may know the
same browser, because people share machines.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from starlette.responses import Response

from console.web import sessions
from storage.database.database import Database
from storage.sign_in import attempts

COOKIE = "__Host-kaohe-device"
DEVICE_LIFETIME = timedelta(days=180)
"""An account knows a browser for this time after the last sign-in."""
MAX_DEVICES = 20
"""The most browsers that an account knows: those that signed in last."""


def is_known(database: Database, token: str, now: datetime, account: str | None = None) -> bool:
    """Whether this account knows the browser; without `account`, whether any account does."""
    return bool(token) and attempts.is_known_device(database, sessions.digest(token), now - DEVICE_LIFETIME, account)


def remember(database: Database, token: str, account: str, now: datetime) -> str:
    """Let an account know a browser.

    Returns the token for the cookie: the browser's own if we issued it, or a new one.
    """
    # Somebody else may have put the token into the browser. Such a token must not become known.
    token = token if is_known(database, token, now) else sessions.new_token()
    attempts.remember_device(database, sessions.digest(token), account, now, MAX_DEVICES)
    return token


def forget(database: Database, account: str) -> None:
    """Forget all browsers that an account knows."""
    attempts.forget_devices(database, account)


def set_cookie(response: Response, token: str) -> Response:
    """Set the cookie in an answer."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(DEVICE_LIFETIME.total_seconds()),
        secure=True,
        httponly=True,
        samesite="lax",
        path="/",
    )
    return response
