"""The secrets of accounts: the rows that an entry writes or deletes in its own transaction.

Each function returns a statement with its values and executes nothing; `LedgerTransaction.write_beside` executes it
with the entry. So a command that is repeated writes no second secret, and a refused one writes none. No secret is in an
entry: an entry names the row by a digest.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ClauseElement, Update, bindparam, delete, insert, null, select, update

from states.accounts.credentials import commitment
from states.records.account import Account
from storage.database.database import Database
from storage.database.prepared import SideWrite
from storage.database.upsert import upsert
from storage.tables.accounts import ACCOUNT, IDENTITY, LINK, SESSION, TOKEN, SessionRow

from . import encrypted_columns


def name(database: Database, id_: str, name: str, language: str = "zh") -> SideWrite:
    """A new account's name. Replaces anything that was stored under its id before."""
    nothing = dict.fromkeys(("password", "password_at", "totp", "totp_at"))
    values = {"id": id_, "name": name, "language": language, **nothing}
    return put_account, encrypted_columns.encrypt_row(database, "account", id_, values)


def link(digest: str, account: str, until: datetime) -> SideWrite:
    """A one-time link, by the digest of its last part."""
    return add_link, {"token": digest, "account": account, "until": until}


def password(account: str, hashed: str, at: datetime) -> SideWrite:
    """An account's argon2 hash."""
    return put_password, {"of": account, "hashed": hashed, "at": at}


def factor(database: Database, account: str, secret: str, step: int) -> SideWrite:
    """A second factor. The code of time step `step` is used up: it confirmed the factor."""
    values = encrypted_columns.encrypt_row(database, "account", account, {"totp": secret})
    return put_factor, {"of": account, "secret": values["totp"], "step": step}


def identity(provider: str, subject: str, account: str, salt: str, digest: str) -> SideWrite:
    """The account of a provider's subject; Conflict if the subject belongs to an account already."""
    values = {"provider": provider, "subject": subject, "account": account, "salt": salt, "digest": digest}
    return add_identity, values


def session(row: SessionRow) -> SideWrite:
    """A signed-in browser."""
    return add_session, row.model_dump()


def token(digest: str, account: str, token: str) -> SideWrite:
    """Another system's token, by its digest."""
    return add_token, {"digest": digest, "account": account, "token": token}


def deletions(before: Account, after: Account) -> Iterator[SideWrite]:
    """Delete the rows of what the entry ended. A row that no entry names is left: the replay has to find it."""
    if before.link is not None and before.link != after.link:
        yield drop_link, {"of": before.link.digest}
    for digest in before.sessions.keys() - after.sessions.keys():
        yield drop_session, {"of": digest}
    for digest in before.identities.keys() - after.identities.keys():
        yield drop_identity, {"of": digest}
    for id_ in before.tokens.keys() - after.tokens.keys():
        yield drop_token, {"of": before.tokens[id_].digest}
    if before.password is not None and after.password is None:
        yield drop_password, {"of": before.id}
    if before.factor is not None and after.factor is None:
        yield drop_factor, {"of": before.id}


class AccessRow(NamedTuple):
    """A row, or part of one, that gives access: its table, its account, and the digest by which an entry names it.

    `digest` is None for a second factor that is encrypted under a key that is not here. `token` is the ledger's name of
    a token.
    """

    table: str
    account: str
    digest: str | None
    token: str = ""


def access_rows(database: Database) -> list[AccessRow]:
    """Every such row, unchecked. An account's own row comes as `account`, with an empty digest."""
    with database.reading() as connection:
        found = [AccessRow("account", str(id_), "") for (id_,) in connection.execute(select(ACCOUNT.c.id))]
        wanted = select(ACCOUNT.c.id, ACCOUNT.c.password, ACCOUNT.c.totp)
        for id_, hashed, secret in connection.execute(wanted):
            found += [AccessRow("password", str(id_), commitment(str(hashed)))] if hashed is not None else []
            found += (
                [AccessRow("factor", str(id_), _factor(database, str(id_), str(secret)))] if secret is not None else []
            )
        for table, key in ((LINK, LINK.c.token), (SESSION, SESSION.c.token)):
            rows = connection.execute(select(table.c.account, key))
            found += [AccessRow(table.name, str(account), str(digest)) for account, digest in rows]
        for account, digest, token in connection.execute(select(TOKEN.c.account, TOKEN.c.digest, TOKEN.c.token)):
            found.append(AccessRow("token", str(account), str(digest), str(token)))
        columns = (IDENTITY.c.account, IDENTITY.c.salt, IDENTITY.c.provider, IDENTITY.c.subject)
        for account, *identity in connection.execute(select(*columns)):
            found.append(AccessRow("identity", str(account), commitment(*map(str, identity))))
    return found


def _factor(database: Database, id_: str, secret: str) -> str | None:
    """The digest of a second factor; None if its key is not here."""
    # A factor that our own key does not decrypt was moved from another row, or is damaged. The digest of its ciphertext
    # is no entry's, so the replay reports it.
    if encrypted_columns.is_of_another_key(database, secret):
        return None
    return commitment(encrypted_columns.decrypt(database, "account", "totp", id_, secret) or secret)


def put_account(dialect: str) -> ClauseElement:
    return upsert(ACCOUNT, dialect)


def add_link(_dialect: str) -> ClauseElement:
    return insert(LINK)


def put_password(_dialect: str) -> ClauseElement:
    return _of_account().values(password=bindparam("hashed"), password_at=bindparam("at"))


def put_factor(_dialect: str) -> ClauseElement:
    return _of_account().values(totp=bindparam("secret"), totp_at=bindparam("step"))


def add_identity(_dialect: str) -> ClauseElement:
    return insert(IDENTITY)


def add_session(_dialect: str) -> ClauseElement:
    return insert(SESSION)


def add_token(_dialect: str) -> ClauseElement:
    return insert(TOKEN)


def drop_link(_dialect: str) -> ClauseElement:
    return delete(LINK).where(LINK.c.token == bindparam("of"))


def drop_session(_dialect: str) -> ClauseElement:
    return delete(SESSION).where(SESSION.c.token == bindparam("of"))


def drop_identity(_dialect: str) -> ClauseElement:
    return delete(IDENTITY).where(IDENTITY.c.digest == bindparam("of"))


def drop_token(_dialect: str) -> ClauseElement:
    return delete(TOKEN).where(TOKEN.c.digest == bindparam("of"))


def drop_password(_dialect: str) -> ClauseElement:
    return _of_account().values(password=null(), password_at=null())


def drop_factor(_dialect: str) -> ClauseElement:
    return _of_account().values(totp=null(), totp_at=null())


def _of_account() -> Update:
    return update(ACCOUNT).where(ACCOUNT.c.id == bindparam("of"))
