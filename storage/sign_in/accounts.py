"""Reads and changes the tables of accounts: names, secrets, identities, sessions, links, tokens.

Not here: whether a secret is valid (the ledger), and the rows that an entry writes or deletes
(`vault/account_secrets.py`). Rows are detached. A token is always passed as its digest, and the token itself is not on
the disk. Names and second factors are encrypted. Without the key, a name reads as the account's id and a second factor
as `UNREADABLE_FACTOR`. A name that was erased reads as `ERASED`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

from msgspec import Struct
from sqlalchemy import ClauseElement, Row, bindparam, delete, func, select, update
from sqlmodel import col
from sqlmodel import select as select_rows

from states.accounts.credentials import commitment
from states.vocabulary import Digest
from storage.database.database import BRIEF_PATIENCE, Database
from storage.database.rows import read_row, read_rows
from storage.people import ERASED
from storage.table_cache import TableCache
from storage.tables.accounts import ACCOUNT, IDENTITY, LINK, SESSION, TOKEN, AccountRow, IdentityRow, SessionRow
from storage.tables.sign_in import DEVICE
from storage.vault import encrypted_columns

UNREADABLE_FACTOR = ""
"""The second factor of an account if it cannot be decrypted."""


class SessionWithAccount(Struct, frozen=True):
    """A session, with the fields of its account that every page needs."""

    account: str
    made_at: datetime
    seen_at: datetime
    authenticated_at: datetime
    provider: str
    name: str
    language: str


# --- accounts -------------------------------------------------------------------------------------


def accounts(database: Database) -> list[AccountRow]:
    """Every account, ordered by id."""
    rows = read_rows(database, select_rows(AccountRow).order_by(col(AccountRow.id)))
    return [_decrypt(database, row) for row in rows]


def names(database: Database, language: str = "zh") -> dict[str, str]:
    """The name of every account, by id. In place of an erased name there is a word in the language."""
    with database.reading() as connection:
        return _names(database, connection.execute(_NAMES).all())[language]


class AccountNames(TableCache[dict[str, dict[str, str]]]):
    """The names of all accounts in memory: read and decrypted again only after a change."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, ACCOUNT.name, _NAMES, partial(_names, database))

    def names(self, language: str) -> Mapping[str, str]:
        """What `names` returns. The same object is returned until a name changes."""
        return self.contents()[language]


def without_name(database: Database) -> frozenset[str]:
    """The ids of the accounts whose personal parts were deleted (`forget`)."""
    with database.reading() as connection:
        return frozenset(connection.execute(select(ACCOUNT.c.id).where(ACCOUNT.c.name == "")).scalars())


def languages(database: Database) -> dict[str, str]:
    """The language of every account, by id."""
    with database.reading() as connection:
        rows = connection.execute(select(ACCOUNT.c.id, ACCOUNT.c.language)).all()
    return {row.id: row.language for row in rows}


def account(database: Database, account_id: str) -> AccountRow | None:
    """The account with this id; None if there is none."""
    row = read_row(database, select_rows(AccountRow).where(col(AccountRow.id) == account_id))
    return None if row is None else _decrypt(database, row)


def change(database: Database, account_id: str, **values: object) -> None:
    """Change columns of an account."""
    with database.writing() as connection:
        row = encrypted_columns.encrypt_row(database, "account", account_id, values)
        connection.execute(update(ACCOUNT).where(ACCOUNT.c.id == account_id).values(**row))


def forget(database: Database, account_id: str) -> None:
    """Delete the personal parts of an account. The row itself stays, and the account's tokens stay.

    Deleted are the name, the password, the second factor, the identities at providers, the sessions, the one-time links
    and the known browsers.
    """
    with database.writing() as connection:
        empty = {"name": "", "password": None, "password_at": None, "totp": None, "totp_at": None}
        connection.execute(update(ACCOUNT).where(ACCOUNT.c.id == account_id).values(**empty))
        for table in (IDENTITY, SESSION, LINK, DEVICE):
            connection.execute(delete(table).where(table.c.account == account_id))


def use_step(database: Database, account_id: str, step: int) -> bool:
    """Use up a time step of the account's second factor. Returns False if this or a later step was used before.

    It is one UPDATE that contains the condition. So if two processes try the same code, only one succeeds (RFC 6238,
    section 5.2).
    """
    is_unused = ACCOUNT.c.totp_at.is_(None) | (ACCOUNT.c.totp_at < step)
    with database.writing() as connection:
        result = connection.execute(update(ACCOUNT).where(ACCOUNT.c.id == account_id, is_unused).values(totp_at=step))
        return result.rowcount == 1


# --- identities -----------------------------------------------------------------------------------


def identities(database: Database, account_id: str) -> list[IdentityRow]:
    """The identities of an account."""
    return read_rows(database, select_rows(IdentityRow).where(col(IdentityRow.account) == account_id))


def find_identity(database: Database, provider: str, subject: str) -> IdentityRow | None:
    """The row of a provider's subject; None if there is none. The ledger decides whether the identity is valid."""
    has_subject = (col(IdentityRow.provider) == provider, col(IdentityRow.subject) == subject)
    return read_row(database, select_rows(IdentityRow).where(*has_subject))


def digest_of(row: IdentityRow) -> Digest:
    """The digest by which entries refer to this row. It is computed, because somebody may have changed the column."""
    return commitment(row.salt, row.provider, row.subject)


# --- sessions -------------------------------------------------------------------------------------


def find_session(database: Database, token: str) -> SessionWithAccount | None:
    """The session with this token; None if there is none."""
    # Every page asks this first, so the statement is compiled once.
    with database.cursor() as cursor:
        row = database.prepare(session_by_token).run(cursor, token=token).fetchone()
    if row is None:
        return None
    account_id, made_at, seen_at, authenticated_at, provider, name, language = row
    times = _parse_time(made_at), _parse_time(seen_at), _parse_time(authenticated_at)
    return SessionWithAccount(account_id, *times, provider, _decrypt_name(database, account_id, name), language)


def session_by_token(_dialect: str) -> ClauseElement:
    """The session with the token `token`, and its account."""
    with_account = SESSION.join(ACCOUNT, ACCOUNT.c.id == SESSION.c.account)
    columns = (
        SESSION.c.account,
        SESSION.c.made_at,
        SESSION.c.seen_at,
        SESSION.c.authenticated_at,
        SESSION.c.provider,
        ACCOUNT.c.name,
        ACCOUNT.c.language,
    )
    return select(*columns).select_from(with_account).where(SESSION.c.token == bindparam("token"))


def find_by_ticket(database: Database, ticket: str) -> tuple[str, str] | None:
    """The account and the token of the session that began with a CAS ticket; None if there is none.

    Token and ticket are digests.
    """
    with database.reading() as connection:
        statement = select(SESSION.c.account, SESSION.c.token).where(SESSION.c.ticket == ticket)
        row = connection.execute(statement).first()
    return None if row is None else (row[0], row[1])


def sessions(database: Database, account_id: str) -> list[SessionRow]:
    """The sessions of an account, the last used first."""
    statement = select_rows(SessionRow).where(col(SessionRow.account) == account_id)
    return read_rows(database, statement.order_by(col(SessionRow.seen_at).desc()))


def mark_session_used(database: Database, token: str, at: datetime) -> None:
    """Record that a session was used at `at`.

    Raises StorageBusy after `BRIEF_PATIENCE`, because a page that only reads must not wait for a writer.
    """
    with database.writing(patience=BRIEF_PATIENCE) as connection:
        connection.execute(update(SESSION).where(SESSION.c.token == token).values(seen_at=at))


def mark_reauthenticated(database: Database, token: str, at: datetime) -> None:
    """Record that the person authenticated again at `at`."""
    with database.writing() as connection:
        connection.execute(update(SESSION).where(SESSION.c.token == token).values(authenticated_at=at))


# --- links ----------------------------------------------------------------------------------------


def account_of_link(database: Database, token: str, now: datetime) -> str | None:
    """The account of a link; None if the link was used, has expired, or never existed."""
    is_valid = (LINK.c.token == token, LINK.c.until > now)
    with database.reading() as connection:
        return connection.scalars(select(LINK.c.account).where(*is_valid)).one_or_none()


# --- tokens ---------------------------------------------------------------------------------------


def account_of_token(database: Database, digest: str) -> tuple[str, str] | None:
    """The account of a token, and the token's name in the ledger; None if there is no such token."""
    with database.reading() as connection:
        statement = select(TOKEN.c.account, TOKEN.c.token).where(TOKEN.c.digest == digest)
        row = connection.execute(statement).one_or_none()
    return None if row is None else (row[0], row[1])


def accounts_with_tokens(database: Database) -> list[str]:
    """The ids of all accounts that have tokens, in order."""
    with database.reading() as connection:
        return list(connection.scalars(select(TOKEN.c.account).distinct().order_by(TOKEN.c.account)))


def delete_expired(database: Database, sessions_before: datetime, now: datetime) -> None:
    """Delete the sessions that were made before `sessions_before`, and the links that have expired."""
    with database.writing() as connection:
        connection.execute(delete(SESSION).where(SESSION.c.made_at < sessions_before))
        connection.execute(delete(LINK).where(LINK.c.until < now))


def count(database: Database) -> int:
    """The number of accounts."""
    with database.reading() as connection:
        return connection.scalar(select(func.count()).select_from(ACCOUNT)) or 0


_NAMES = select(ACCOUNT.c.id, ACCOUNT.c.name)


def _names(database: Database, rows: Sequence[Row[str, str]]) -> dict[str, dict[str, str]]:
    """By language the name of each account. The rows are ids with the encrypted name, empty if it was erased."""
    known = {id_: _decrypt_name(database, id_, name) if name else ERASED for id_, name in rows}
    return {
        language: {id_: name if isinstance(name, str) else name.render(language) for id_, name in known.items()}
        for language in ("zh", "en")
    }


def _decrypt(database: Database, row: AccountRow) -> AccountRow:
    row.name, row.totp = _decrypt_name(database, row.id, row.name), _decrypt_factor(database, row.id, row.totp)
    return row


def _decrypt_name(database: Database, account_id: str, encrypted_name: str, language: str = "zh") -> str:
    if not encrypted_name:
        return ERASED.render(language)
    return encrypted_columns.decrypt(database, "account", "name", account_id, encrypted_name) or account_id


def _decrypt_factor(database: Database, account_id: str, encrypted_factor: str | None) -> str | None:
    if encrypted_factor is None:
        return None
    return encrypted_columns.decrypt(database, "account", "totp", account_id, encrypted_factor) or UNREADABLE_FACTOR


def _parse_time(value: str | datetime) -> datetime:
    """A time from the driver, which is text on SQLite."""
    return (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(UTC)
