"""Sessions: a random token in a cookie, its digest in the database, and the CSRF token that every form carries.

A session ends half an hour after it was last used and twelve hours after it began (ASVS 7.3). The token is new at every
sign-in, so that nobody can fix it beforehand (session fixation). A browser in which nobody is signed in has a token too, but no row
(`request/session_cookie.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from secrets import token_urlsafe

from states.accounts.credentials import commitment, holder
from states.accounts.sessions import SESSION_HOLDS, SESSION_LIES, BeginSession, EndSessions, Way
from states.records.account import Account
from states.refusals import NothingToDo
from states.streams import account_stream
from states.vocabulary import Digest
from storage.database.database import Database
from storage.errors import StorageError
from storage.sign_in import accounts
from storage.sign_in.accounts import SessionWithAccount
from storage.tables.accounts import SessionRow
from storage.vault import account_secrets
from workflow.engine import Engine

from .command_ids import new_id

COOKIE = "__Host-kaohe"
IDLE_TIMEOUT, REAUTH_MAX_AGE = timedelta(minutes=30), timedelta(minutes=30)
NEVER_AUTHENTICATED = datetime(1970, 1, 1, tzinfo=UTC)
"""In a session whose person did not authenticate: a provider let them through."""
_TOUCH_INTERVAL = timedelta(minutes=1)
"""How old "last used" may get before it is written again: a write for every page would cost more than the page."""


def new_token() -> str:
    """256 random bits."""
    return token_urlsafe(32)


def digest(token: str) -> Digest:
    """The digest of a token, which is in its row and in entries. A token has 256 random bits, so it cannot be guessed from it."""
    return commitment(token)


def csrf_token(token: str) -> str:
    """The CSRF token of the forms shown in this browser: another site can neither read nor guess it."""
    return sha256(f"form {token}".encode()).hexdigest()


def csrf_token_matches(token: str, carried: str) -> bool:
    """Whether a form carries the browser's CSRF token. A browser without a session token was shown no form."""
    return bool(token) and compare_digest(csrf_token(token).encode(), carried.encode())


def valid_session(database: Database, token: str, now: datetime) -> SessionWithAccount | None:
    """The session of a token, if its row is there and was used lately; this use counts. The ledger has the last word (`is_current`)."""
    found = accounts.find_session(database, digest(token)) if token else None
    # `abs`: a time of last use that is far ahead says nothing, because the clock was set back or somebody wrote the row.
    if found is None or abs(now - found.seen_at) > IDLE_TIMEOUT:
        return None
    if now - found.seen_at > _TOUCH_INTERVAL:
        # A busy transaction, a full disk: nobody who only reads is kept from it by a write that fails.
        with suppress(StorageError):
            accounts.mark_session_used(database, digest(token), now)
    return found


def expired_session(database: Database, token: str, now: datetime) -> SessionWithAccount | None:
    """The session of a token, over or not, for a day: to save what was typed meanwhile (`forms/recovery.py`), and for nothing else."""
    found = accounts.find_session(database, digest(token)) if token else None
    return found if found is not None and now - found.made_at <= SESSION_LIES else None


def is_current(account: Account, token: str, now: datetime) -> bool:
    """Whether the ledger has this session of the account, and twelve hours are not over."""
    session = account.sessions.get(digest(token))
    return session is not None and now - session.at <= SESSION_HOLDS


def recently_authenticated(session: SessionWithAccount | None, now: datetime) -> bool:
    """Whether the person authenticated in the last half hour."""
    return session is not None and abs(now - session.authenticated_at) <= REAUTH_MAX_AGE


def start_session(
    engine: Engine, account: Account, *, way: Way, proof: Digest, address: str, agent: str, before: str = "",
    ticket: str = "", proved: bool = True,
) -> str:  # fmt: skip
    """Sign an account in: a new token, in the place of the one `before`. Raises the `Refusal`.

    `proof` is the digest of the password or identity that was shown. `proved` is False where a provider may have let somebody
    through who signed in there hours ago. `ticket` is the CAS ticket the provider will end the session by, if there is one.
    """
    token, now = new_token(), engine.clock.now()
    row = SessionRow(
        token=digest(token), account=account.id, provider=way, address=address[:64], agent=agent[:200],
        made_at=now, seen_at=now, authenticated_at=now if proved else NEVER_AUTHENTICATED, ticket=digest(ticket) if ticket else None,
    )  # fmt: skip
    ends = digest(before) if digest(before) in account.sessions else None
    command = BeginSession(session=digest(token), way=way, proof=proof, ends=ends)
    # The id is never a form's: each authentication is a command of its own.
    engine.submit(account.stream, command, holder(account), new_id("sign-in"), beside=[account_secrets.session(row)])
    return token


def end_sessions(engine: Engine, account: Account, digests: Iterable[str]) -> None:
    """Sign an account out of those of these sessions that it has."""
    ending = tuple(Digest(one) for one in digests if one in account.sessions)
    if ending:
        with suppress(NothingToDo):  # ended meanwhile
            engine.submit(account.stream, EndSessions(sessions=ending), holder(account), new_id("sign-out"))


def end_by_ticket(engine: Engine, ticket: str) -> str | None:
    """Sign out the session that began with a CAS ticket. Returns its account, or None if there is no such session."""
    found = accounts.find_by_ticket(engine.ledger.database, digest(ticket))
    if found is None:
        return None
    account = engine.state(account_stream(found[0]))
    assert isinstance(account, Account)
    end_sessions(engine, account, [found[1]])
    return found[0]


def delete_expired(database: Database, now: datetime) -> None:
    """Delete the rows of sessions and links that are over."""
    accounts.delete_expired(database, now - SESSION_LIES, now)
