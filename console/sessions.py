"""Who is signed in: a random token in a cookie, its digest in the database, and what a form must bring along.

A session ends half an hour after it was last used and twelve hours after it began (ASVS 7.3). The token is new at every
sign-in. Whoever is not signed in has a token too, but no row: it only ties a form to the browser that was shown it.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from secrets import token_urlsafe

from storage import accounts
from storage.accounts import Known
from storage.database import Database
from storage.errors import StorageFault
from storage.tables import SessionRow

COOKIE = "__Host-kaohe"
IDLE, WHOLE, PROOF = timedelta(minutes=30), timedelta(hours=12), timedelta(minutes=30)
LEFT = timedelta(days=1)
"""For how long after its beginning a session tells whose form a browser still shows, though it is over."""
_SEEN = timedelta(minutes=1)
"""How often "last used" is written down: not at every page."""


def new_token() -> str:
    """256 random bits."""
    return token_urlsafe(32)


def digest(token: str) -> str:
    """What the database keeps of a token."""
    return sha256(token.encode()).hexdigest()


def form_token(token: str) -> str:
    """What a form shown to this browser carries: another site can neither read nor guess it."""
    return sha256(f"form {token}".encode()).hexdigest()


def brings(token: str, carried: str) -> bool:
    """Whether a form carries what it should."""
    return compare_digest(form_token(token).encode(), carried.encode())


def known(database: Database, token: str, now: datetime) -> Known | None:
    """The session of a token, if it is still one; using it keeps it alive."""
    found = accounts.find(database, digest(token)) if token else None
    if found is None or now - found.seen_at > IDLE or now - found.made_at > WHOLE:
        return None
    if now - found.seen_at > _SEEN:
        # A busy pen, a full disk: nobody who only reads is kept from it by a write that fails.
        with suppress(StorageFault):
            accounts.seen(database, digest(token), now)
    return found


def whose(database: Database, token: str, now: datetime) -> Known | None:
    """The session of a token, over or not: for keeping what was typed meanwhile (`unsent.py`), and for nothing else."""
    found = accounts.find(database, digest(token)) if token else None
    return found if found is not None and now - found.made_at <= LEFT else None


def is_proved(session: Known | None, now: datetime) -> bool:
    """Whether the person proved lately who it is."""
    return session is not None and now - session.proved_at <= PROOF


def begin(
    database: Database, account: str, now: datetime, *, provider: str, address: str, agent: str, before: str
) -> str:
    """Sign an account in: a new token, in the place of the one `before`."""
    token = new_token()
    row = SessionRow(
        token=digest(token), account=account, provider=provider, address=address[:64], agent=agent[:200],
        made_at=now, seen_at=now, proved_at=now,
    )  # fmt: skip
    accounts.begin(database, row, ends=digest(before))
    return token


def tidy(database: Database, now: datetime) -> None:
    """Forget what is over: sessions and links."""
    accounts.tidy(database, now - LEFT, now)
