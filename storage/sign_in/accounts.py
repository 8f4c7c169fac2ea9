"""The tables of accounts: names, secrets, identities, sessions, links, tokens.

Whether a secret is valid is in the ledger; the rows that an entry writes or deletes are in `vault/account_secrets.py`.
Rows come detached. A token is passed as its digest: the token itself is nowhere on disk. Names and second factors are
encrypted; without the key a name reads as the account's id, and a second factor as `UNREADABLE_FACTOR`.
"""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec import Struct
from sqlalchemy import ClauseElement, bindparam, delete, func, select, update
from sqlmodel import col
from sqlmodel import select as select_rows

from states.accounts.credentials import commitment
from states.vocabulary import Digest
from storage.database.database import BRIEF_PATIENCE, Database
from storage.database.rows import read_row, read_rows
from storage.tables.accounts import ACCOUNT, IDENTITY, LINK, SESSION, TOKEN, AccountRow, IdentityRow, SessionRow
from storage.tables.sign_in import DEVICE
from storage.vault import encrypted_columns

UNREADABLE_FACTOR = ""
"""The second factor of an account that has one, encrypted under a key that is not here."""


class SessionWithAccount(Struct, frozen=True):
    """A session, with the parts of its account that every page needs."""

    account: str
    made_at: datetime
    seen_at: datetime
    authenticated_at: datetime
    provider: str
    name: str
    language: str


# --- accounts -------------------------------------------------------------------------------------


def accounts(database: Database) -> list[AccountRow]:
    """Every account, by id."""
    rows = read_rows(database, select_rows(AccountRow).order_by(col(AccountRow.id)))
    return [_decrypted(database, row) for row in rows]


def names(database: Database) -> dict[str, str]:
    """The name of every account, in one query."""
    with database.reading() as connection:
        rows = connection.execute(select(ACCOUNT.c.id, ACCOUNT.c.name)).all()
    return {id_: _name(database, id_, stored) for id_, stored in rows}


def account(database: Database, id_: str) -> AccountRow | None:
    """One account."""
    row = read_row(database, select_rows(AccountRow).where(col(AccountRow.id) == id_))
    return None if row is None else _decrypted(database, row)


def change(database: Database, id_: str, **values: object) -> None:
    """Change columns of one account."""
    with database.writing() as connection:
        row = encrypted_columns.encrypt_row(database, "account", id_, values)
        connection.execute(update(ACCOUNT).where(ACCOUNT.c.id == id_).values(**row))


def forget(database: Database, id_: str) -> None:
    """Delete the personal parts of an account: its name, its secrets, its identities at providers, its sessions."""
    with database.writing() as connection:
        nothing = {"name": "", "password": None, "password_at": None, "totp": None, "totp_at": None}
        connection.execute(update(ACCOUNT).where(ACCOUNT.c.id == id_).values(**nothing))
        for table in (IDENTITY, SESSION, LINK, DEVICE):
            connection.execute(delete(table).where(table.c.account == id_))


def use_step(database: Database, id_: str, step: int) -> bool:
    """Use up a time step of the account's second factor; False if this step, or a later one, was used before.

    One UPDATE with the condition in it: of two processes that try the same code, one gets it (RFC 6238, section 5.2).
    """
    unused = ACCOUNT.c.totp_at.is_(None) | (ACCOUNT.c.totp_at < step)
    with database.writing() as connection:
        done = connection.execute(update(ACCOUNT).where(ACCOUNT.c.id == id_, unused).values(totp_at=step))
        return done.rowcount == 1


# --- identities -----------------------------------------------------------------------------------


def identities(database: Database, account: str) -> list[IdentityRow]:
    """The identities of an account."""
    return read_rows(database, select_rows(IdentityRow).where(col(IdentityRow.account) == account))


def find_identity(database: Database, provider: str, subject: str) -> IdentityRow | None:
    """The row of a provider's subject; None if there is none. Whether it is valid is in the ledger."""
    mine = (col(IdentityRow.provider) == provider, col(IdentityRow.subject) == subject)
    return read_row(database, select_rows(IdentityRow).where(*mine))


def digest_of(row: IdentityRow) -> Digest:
    """The digest by which entries name this row. It is computed, because the column `digest` may have been changed."""
    return commitment(row.salt, row.provider, row.subject)


# --- sessions -------------------------------------------------------------------------------------


def find_session(database: Database, token: str) -> SessionWithAccount | None:
    """A session by its token; None if there is none. Every page asks this first, so the statement is compiled once."""
    with database.cursor() as cursor:
        row = database.prepare(session_by_token).run(cursor, of=token).fetchone()
    if row is None:
        return None
    account, made_at, seen_at, authenticated_at, provider, name, language = row
    moments = _moment(made_at), _moment(seen_at), _moment(authenticated_at)
    return SessionWithAccount(account, *moments, provider, _name(database, account, name), language)


def session_by_token(_dialect: str) -> ClauseElement:
    """One session with its account."""
    joined = SESSION.join(ACCOUNT, ACCOUNT.c.id == SESSION.c.account)
    columns = (
        SESSION.c.account,
        SESSION.c.made_at,
        SESSION.c.seen_at,
        SESSION.c.authenticated_at,
        SESSION.c.provider,
        ACCOUNT.c.name,
        ACCOUNT.c.language,
    )
    return select(*columns).select_from(joined).where(SESSION.c.token == bindparam("of"))


def find_by_ticket(database: Database, ticket: str) -> tuple[str, str] | None:
    """Account and token (its digest) of the session that began with a CAS ticket (its digest); None if there is none."""
    with database.reading() as connection:
        wanted = select(SESSION.c.account, SESSION.c.token).where(SESSION.c.ticket == ticket)
        row = connection.execute(wanted).first()
    return None if row is None else (row[0], row[1])


def sessions(database: Database, account: str) -> list[SessionRow]:
    """An account's sessions, the last used first."""
    mine = select_rows(SessionRow).where(col(SessionRow.account) == account)
    return read_rows(database, mine.order_by(col(SessionRow.seen_at).desc()))


def mark_session_used(database: Database, token: str, at: datetime) -> None:
    """Record that a session is in use. StorageBusy after `BRIEF_PATIENCE`: a reader does not wait for a writer."""
    with database.writing(patience=BRIEF_PATIENCE) as connection:
        connection.execute(update(SESSION).where(SESSION.c.token == token).values(seen_at=at))


def mark_reauthenticated(database: Database, token: str, at: datetime) -> None:
    """Record that the person authenticated again."""
    with database.writing() as connection:
        connection.execute(update(SESSION).where(SESSION.c.token == token).values(authenticated_at=at))


# --- links ----------------------------------------------------------------------------------------


def account_of_link(database: Database, token: str, now: datetime) -> str | None:
    """The account of a link; None if the link was used, has ended, or never was."""
    mine = (LINK.c.token == token, LINK.c.until > now)
    with database.reading() as connection:
        return connection.scalars(select(LINK.c.account).where(*mine)).one_or_none()


# --- tokens ---------------------------------------------------------------------------------------


def account_of_token(database: Database, digest: str) -> tuple[str, str] | None:
    """The account and the name of a token; None if there is none."""
    with database.reading() as connection:
        wanted = select(TOKEN.c.account, TOKEN.c.token).where(TOKEN.c.digest == digest)
        row = connection.execute(wanted).one_or_none()
    return None if row is None else (row[0], row[1])


def accounts_with_tokens(database: Database) -> list[str]:
    """Every account a token was issued for, by id."""
    with database.reading() as connection:
        return list(connection.scalars(select(TOKEN.c.account).distinct().order_by(TOKEN.c.account)))


def delete_expired(database: Database, sessions_before: datetime, now: datetime) -> None:
    """Delete sessions and links that have ended."""
    with database.writing() as connection:
        connection.execute(delete(SESSION).where(SESSION.c.made_at < sessions_before))
        connection.execute(delete(LINK).where(LINK.c.until < now))


def count(database: Database) -> int:
    """How many accounts there are."""
    with database.reading() as connection:
        return connection.scalar(select(func.count()).select_from(ACCOUNT)) or 0


def _decrypted(database: Database, row: AccountRow) -> AccountRow:
    row.name, row.totp = _name(database, row.id, row.name), _totp(database, row.id, row.totp)
    return row


def _name(database: Database, id_: str, stored: str) -> str:
    return encrypted_columns.decrypt(database, "account", "name", id_, stored) or id_


def _totp(database: Database, id_: str, stored: str | None) -> str | None:
    return (
        None
        if stored is None
        else encrypted_columns.decrypt(database, "account", "totp", id_, stored) or UNREADABLE_FACTOR
    )


def _moment(value: str | datetime) -> datetime:
    """A moment from the driver: text on SQLite."""
    return (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(UTC)
