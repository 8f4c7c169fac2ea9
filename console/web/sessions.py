"""Sessions: a random token in a cookie, its digest in the database, and the CSRF token that every form carries.

A session ends half an hour after its last use and twelve hours after its start (ASVS 7.3). The token is new at every
sign-in, so that nobody can choose it in advance (session fixation). A browser in which nobody is signed in has a token
too, but no row in the database (`request/session_cookie.py`).

A row alone signs nobody in: the ledger records every session, and `is_current` checks that.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from secrets import token_urlsafe

from states.accounts.credentials import commitment, holder_actor
from states.accounts.sessions import SESSION_LIFETIME, SESSION_ROW_LIFETIME, BeginSession, EndSessions, SignInMethod
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
"""A session ends this time after its last use; an authentication counts as recent for this time."""
NEVER_AUTHENTICATED = datetime(1970, 1, 1, tzinfo=UTC)
"""The time of authentication of a session where the provider may not have asked for a password."""
# Writing the last use for every page would cost more than the page itself.
_TOUCH_INTERVAL = timedelta(minutes=1)
"""The last use of a session is written at most once in this time."""


def new_token() -> str:
    """A token of 256 random bits."""
    return token_urlsafe(32)


def digest(token: str) -> Digest:
    """The digest of a token. Rows and entries have only the digest: nobody can guess 256 random bits from it."""
    return commitment(token)


def csrf_token(token: str) -> str:
    """The CSRF token of every form in a browser with this session token. Another site can neither read nor guess it."""
    return sha256(f"form {token}".encode()).hexdigest()


def csrf_token_matches(token: str, carried: str) -> bool:
    """Whether a form carries the browser's CSRF token.

    False without a session token, because such a browser got no form.
    """
    return bool(token) and compare_digest(csrf_token(token).encode(), carried.encode())


def valid_session(database: Database, token: str, now: datetime) -> SessionWithAccount | None:
    """The session of a token, if it has a row and was used in the last half hour. The call counts as a use.

    The caller must then check the session with `is_current`.
    """
    session = accounts.find_session(database, digest(token)) if token else None
    # `abs`: a last use in the future means that the clock was set back, or that somebody wrote the row.
    if session is None or abs(now - session.seen_at) > IDLE_TIMEOUT:
        return None
    if now - session.seen_at > _TOUCH_INTERVAL:
        # If this write fails (the database is busy, the disk is full), pages can still be read.
        with suppress(StorageError):
            accounts.mark_session_used(database, digest(token), now)
    return session


def expired_session(database: Database, token: str, now: datetime) -> SessionWithAccount | None:
    """The session of a token, even if it has ended, for `SESSION_ROW_LIFETIME` after its start.

    To be used only for saving the fields of its form (`forms/recovery.py`).
    """
    session = accounts.find_session(database, digest(token)) if token else None
    return session if session is not None and now - session.made_at <= SESSION_ROW_LIFETIME else None


def is_current(account: Account, token: str, now: datetime) -> bool:
    """Whether the ledger records this session of the account, and it began less than twelve hours ago."""
    session = account.sessions.get(digest(token))
    return session is not None and now - session.at <= SESSION_LIFETIME


def recently_authenticated(session: SessionWithAccount | None, now: datetime) -> bool:
    """Whether the person authenticated in the last half hour."""
    return session is not None and abs(now - session.authenticated_at) <= REAUTH_MAX_AGE


def start_session(
    engine: Engine,
    account: Account,
    *,
    way: SignInMethod,
    proof: Digest,
    address: str,
    agent: str,
    previous_token: str = "",
    ticket: str = "",
    recently_authenticated: bool = True,
) -> str:
    """Sign an account in and return the token of its new session.

    The session of `previous_token` ends. Raises the engine's `Refusal`.

    `proof` is the digest of the password or of the identity. `recently_authenticated` is False if the person may have
    signed in at the provider hours ago. `ticket` is the CAS ticket with which the provider may end the session; empty
    for other ways to sign in.
    """
    token, now = new_token(), engine.clock.now()
    row = SessionRow(
        token=digest(token),
        account=account.id,
        provider=way,
        address=address[:64],
        agent=agent[:200],
        made_at=now,
        seen_at=now,
        authenticated_at=now if recently_authenticated else NEVER_AUTHENTICATED,
        ticket=digest(ticket) if ticket else None,
    )
    ended = digest(previous_token) if digest(previous_token) in account.sessions else None
    command = BeginSession(session=digest(token), way=way, proof=proof, ends=ended)
    # The command gets a new id, not that of the form: a form that is sent twice is two authentications.
    engine.submit(
        account.stream, command, holder_actor(account), new_id("sign-in"), beside=[account_secrets.session_write(row)]
    )
    return token


def end_sessions(engine: Engine, account: Account, digests: Iterable[str]) -> None:
    """End the sessions with these digests that belong to the account."""
    ending = tuple(Digest(one) for one in digests if one in account.sessions)
    if ending:
        with suppress(NothingToDo):  # another request has ended them meanwhile
            engine.submit(account.stream, EndSessions(sessions=ending), holder_actor(account), new_id("sign-out"))


def end_by_ticket(engine: Engine, ticket: str) -> str | None:
    """End the session that began with a CAS ticket. Returns its account, or None if there is no such session."""
    row = accounts.find_by_ticket(engine.ledger.database, digest(ticket))
    if row is None:
        return None
    id_, session = row
    account = engine.state(account_stream(id_))
    assert isinstance(account, Account)
    end_sessions(engine, account, [session])
    return id_


def delete_expired(database: Database, now: datetime) -> None:
    """Delete the rows of old sessions and links. A session's row stays for a day after its start (`expired_session`)."""
    accounts.delete_expired(database, now - SESSION_ROW_LIFETIME, now)
