"""Accounts: names, secrets, identities at providers, sessions, one-time links, tokens. All must be erasable.

The ledger decides which of them are valid, and for which roles.
"""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from .columns import UtcDateTime, table_of


class AccountRow(SQLModel, table=True):
    """The personal and the secret data of an account, which can be replaced and erased. Its roles are in the ledger.

    `password` is an argon2id hash, or None if the account has no password. `totp` is the shared secret of the second
    factor (base 32), encrypted. `totp_at` is the last time step for which a code was accepted.
    """

    __tablename__ = "account"

    id: str = Field(primary_key=True)
    name: str
    language: str
    password: str | None = None
    password_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    totp: str | None = None
    totp_at: int | None = None


class IdentityRow(SQLModel, table=True):
    """The account of an identity provider's subject. A subject is unique only together with its provider.

    Entries refer to the row by `digest`: the SHA-256 of its `salt`, provider and subject.
    """

    __tablename__ = "identity"

    provider: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    account: str = Field(index=True)
    salt: str
    digest: str = Field(unique=True)


class SessionRow(SQLModel, table=True):
    """One signed-in browser.

    `token` is the SHA-256 of the token in the cookie. `authenticated_at` is the time when the person last
    authenticated. `ticket` is the SHA-256 of the CAS ticket with which the provider ends the session; None for other
    sign-in methods.
    """

    __tablename__ = "session"

    token: str = Field(primary_key=True)
    account: str = Field(index=True)
    provider: str
    address: str
    agent: str
    made_at: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime = Field(sa_type=UtcDateTime)
    authenticated_at: datetime = Field(sa_type=UtcDateTime)
    ticket: str | None = None


class LinkRow(SQLModel, table=True):
    """A one-time link: the SHA-256 of its last part, its account, and its end. It is deleted when it is used."""

    __tablename__ = "link"

    token: str = Field(primary_key=True)
    account: str = Field(index=True)
    until: datetime = Field(sa_type=UtcDateTime)


class TokenRow(SQLModel, table=True):
    """The token of another system: its SHA-256, its account, and its name in the ledger.

    The ledger records until when it is valid.
    """

    __tablename__ = "token"

    digest: str = Field(primary_key=True)
    account: str
    token: str


ACCOUNT, IDENTITY, SESSION, LINK, TOKEN = (
    table_of(row) for row in (AccountRow, IdentityRow, SessionRow, LinkRow, TokenRow)
)
