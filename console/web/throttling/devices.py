"""The device cookie: a browser that somebody signed in with is known to the account, and is not slowed by the failures of others.

After OWASP, "Slow Down Online Guessing Attacks with Device Cookies". The cookie signs nobody in. It has a small count of
failures of its own (`attempts.py`), so that a stolen one is no free pass. One cookie may be known to several accounts:
people share machines.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from starlette.responses import Response

from console.web import sessions
from storage.database.database import Database
from storage.sign_in import attempts

COOKIE = "__Host-kaohe-device"
HOLDS = timedelta(days=180)
"""For how long after its last sign-in a browser is known."""
MOST = 20
"""How many browsers are known to one account; the ones used last."""


def is_known(database: Database, token: str, now: datetime, account: str | None = None) -> bool:
    """Whether a browser is known to an account, or to any."""
    return bool(token) and attempts.known(database, sessions.digest(token), now - HOLDS, account)


def remember(database: Database, token: str, account: str, now: datetime) -> str:
    """Make the browser known to the account. Returns the token for its cookie: the one it has if we issued it, else a new one."""
    token = token if is_known(database, token, now) else sessions.new_token()
    attempts.remember(database, sessions.digest(token), account, now, MOST)
    return token


def forget(database: Database, account: str) -> None:
    """No browser is known to the account any more."""
    attempts.forget_devices(database, account)


def carry(response: Response, token: str) -> Response:
    """The answer with the cookie."""
    response.set_cookie(
        COOKIE, token, max_age=int(HOLDS.total_seconds()), secure=True, httponly=True, samesite="lax", path="/"
    )
    return response
