"""The secrets of accounts: the writes that add or delete their rows in the transaction of an entry.

Most functions return a statement with its values and execute nothing; `LedgerTransaction.write_beside` executes it with
the entry. So a repeated command writes no second secret, and a refused command writes none. No entry contains a secret:
an entry refers to the row by a digest. Also here: all rows that give access, for the replay (`access_rows`).
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


def name_write(database: Database, id_: str, name: str, language: str = "zh") -> SideWrite:
    """The write of the row of a new account. It replaces everything that was stored for its id before."""
    empty = dict.fromkeys(("password", "password_at", "totp", "totp_at"))
    values = {"id": id_, "name": name, "language": language, **empty}
    return put_account, encrypted_columns.encrypt_row(database, "account", id_, values)


def link_write(digest: str, account: str, until: datetime) -> SideWrite:
    """The write of a one-time link. `digest` is the digest of its last part."""
    return add_link, {"token": digest, "account": account, "until": until}


def password_write(account: str, password_hash: str, at: datetime) -> SideWrite:
    """The write of the argon2 hash of an account's password."""
    return put_password, {"account_id": account, "password_hash": password_hash, "at": at}


def factor_write(database: Database, account: str, secret: str, step: int) -> SideWrite:
    """The write of a second factor. The code of the time step `step` confirmed the factor, so this step is used up."""
    values = encrypted_columns.encrypt_row(database, "account", account, {"totp": secret})
    return put_factor, {"account_id": account, "secret": values["totp"], "step": step}


def identity_write(provider: str, subject: str, account: str, salt: str, digest: str) -> SideWrite:
    """The write of the account of a provider's subject.

    The transaction raises Conflict if the subject has an account already.
    """
    values = {"provider": provider, "subject": subject, "account": account, "salt": salt, "digest": digest}
    return add_identity, values


def session_write(row: SessionRow) -> SideWrite:
    """The write of the session of a signed-in browser."""
    return add_session, row.model_dump()


def token_write(digest: str, account: str, token: str) -> SideWrite:
    """The write of the token of another system. `digest` is the token's digest, and `token` its name in the ledger."""
    return add_token, {"digest": digest, "account": account, "token": token}


def deletion_writes(before: Account, after: Account) -> Iterator[SideWrite]:
    """The writes that delete the rows of the secrets that an entry ended. `before`, `after`: the states around it.

    A row to which no entry refers is not deleted, because the replay must find it.
    """
    if before.link is not None and before.link != after.link:
        yield drop_link, {"token": before.link.digest}
    for digest in before.sessions.keys() - after.sessions.keys():
        yield drop_session, {"token": digest}
    for digest in before.identities.keys() - after.identities.keys():
        yield drop_identity, {"digest": digest}
    for id_ in before.tokens.keys() - after.tokens.keys():
        yield drop_token, {"digest": before.tokens[id_].digest}
    if before.password is not None and after.password is None:
        yield drop_password, {"account_id": before.id}
    if before.factor is not None and after.factor is None:
        yield drop_factor, {"account_id": before.id}


class AccessRow(NamedTuple):
    """A row, or a part of a row, that gives access to an account.

    An entry refers to it by `digest`, which is None for a second factor that is encrypted under a key that we do not
    have. `token` is the name of a token in the ledger.
    """

    table: str
    account: str
    digest: str | None
    token: str = ""


def access_rows(database: Database) -> list[AccessRow]:
    """Every row that gives access, unchecked.

    An account itself is a row of the table `account` with an empty digest.
    """
    with database.reading() as connection:
        rows = [AccessRow("account", str(id_), "") for (id_,) in connection.execute(select(ACCOUNT.c.id))]
        for id_, password_hash, secret in connection.execute(select(ACCOUNT.c.id, ACCOUNT.c.password, ACCOUNT.c.totp)):
            if password_hash is not None:
                rows.append(AccessRow("password", str(id_), commitment(str(password_hash))))
            if secret is not None:
                rows.append(AccessRow("factor", str(id_), _factor_digest(database, str(id_), str(secret))))
        for table, key in ((LINK, LINK.c.token), (SESSION, SESSION.c.token)):
            pairs = connection.execute(select(table.c.account, key))
            rows += [AccessRow(table.name, str(account), str(digest)) for account, digest in pairs]
        for account, digest, token in connection.execute(select(TOKEN.c.account, TOKEN.c.digest, TOKEN.c.token)):
            rows.append(AccessRow("token", str(account), str(digest), str(token)))
        columns = (IDENTITY.c.account, IDENTITY.c.salt, IDENTITY.c.provider, IDENTITY.c.subject)
        for account, *identity in connection.execute(select(*columns)):
            rows.append(AccessRow("identity", str(account), commitment(*map(str, identity))))
    return rows


def _factor_digest(database: Database, id_: str, secret: str) -> str | None:
    """The digest of a second factor; None if it is encrypted under a key that we do not have."""
    # If a factor names our own key but does not decrypt, it was moved from another row or is damaged. Then the digest
    # is made of the ciphertext. No entry has this digest, so the replay reports the row.
    if encrypted_columns.is_of_another_key(database, secret):
        return None
    return commitment(encrypted_columns.decrypt(database, "account", "totp", id_, secret) or secret)


def put_account(dialect: str) -> ClauseElement:
    return upsert(ACCOUNT, dialect)


def add_link(_dialect: str) -> ClauseElement:
    return insert(LINK)


def put_password(_dialect: str) -> ClauseElement:
    return _update_account().values(password=bindparam("password_hash"), password_at=bindparam("at"))


def put_factor(_dialect: str) -> ClauseElement:
    return _update_account().values(totp=bindparam("secret"), totp_at=bindparam("step"))


def add_identity(_dialect: str) -> ClauseElement:
    return insert(IDENTITY)


def add_session(_dialect: str) -> ClauseElement:
    return insert(SESSION)


def add_token(_dialect: str) -> ClauseElement:
    return insert(TOKEN)


def drop_link(_dialect: str) -> ClauseElement:
    return delete(LINK).where(LINK.c.token == bindparam("token"))


def drop_session(_dialect: str) -> ClauseElement:
    return delete(SESSION).where(SESSION.c.token == bindparam("token"))


def drop_identity(_dialect: str) -> ClauseElement:
    return delete(IDENTITY).where(IDENTITY.c.digest == bindparam("digest"))


def drop_token(_dialect: str) -> ClauseElement:
    return delete(TOKEN).where(TOKEN.c.digest == bindparam("digest"))


def drop_password(_dialect: str) -> ClauseElement:
    return _update_account().values(password=null(), password_at=null())


def drop_factor(_dialect: str) -> ClauseElement:
    return _update_account().values(totp=null(), totp_at=null())


def _update_account() -> Update:
    return update(ACCOUNT).where(ACCOUNT.c.id == bindparam("account_id"))
