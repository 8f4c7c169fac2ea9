"""An account as it is now: its unit, its roles, and its credentials by their digests. A name is never in it."""

from __future__ import annotations

from datetime import date, datetime

from msgspec import Struct

from states.streams import id_of
from states.vocabulary import Actor

SYSTEM, SECURITY, AUDIT = "system_admin", "security_admin", "audit_admin"


ADMINISTRATORS = (SYSTEM, SECURITY, AUDIT)


HOLDER = "holder"
"""The role in which a person acts on their own account, and on no other. It is never granted."""


class LinkRequest(Struct, frozen=True):
    """A request for a link: the requester, the time, and the person who confirmed it, if anybody did."""

    by: str
    at: datetime
    confirmed: str | None = None


class Link(Struct, frozen=True):
    """A one-time link that is not used yet: the digest in its row, and when it was issued."""

    digest: str
    at: datetime


class Session(Struct, frozen=True):
    """One browser that is signed in: since when, and how (`password`, `oidc`, `cas`)."""

    at: datetime
    way: str


class IdentityBinding(Struct, frozen=True):
    """A person at a provider, bound to this account: who proposed the binding, and whether it is confirmed. Before that it lets nobody in."""

    by: str
    confirmed: bool = False


class Token(Struct, frozen=True):
    """A token of another system: its last day, and the digest in its row."""

    until: date
    digest: str


class Change(Struct, frozen=True):
    """One change of the account's credentials or roles, as the holder sees it."""

    kind: str
    at: datetime
    actor: str
    role: str


class Account(Struct, frozen=True):
    """The state of an account: its roles and its credentials. A row of the tables that is not named here lets nobody in.

    `password` and `factor` are digests. The keys of `sessions` and `identities` are the digests in their rows, those of `tokens` are names.
    """

    stream: str = ""
    version: int = 0
    unit: str | None = None
    roles: frozenset[str] = frozenset()
    closed: bool = False
    password: str | None = None
    factor: str | None = None
    request: LinkRequest | None = None
    link: Link | None = None
    sessions: dict[str, Session] = {}
    identities: dict[str, IdentityBinding] = {}
    tokens: dict[str, Token] = {}
    changes: tuple[Change, ...] = ()

    @property
    def id(self) -> str:
        return id_of(self.stream)

    @property
    def administers(self) -> bool:
        """Whether it is one of the three administrators'."""
        return not self.roles.isdisjoint(ADMINISTRATORS)

    @property
    def is_a_persons(self) -> bool:
        """Whether a person signs in with this account, or soon may. Then no other system can."""
        return bool(self.password or self.identities or self.link)

    def may_be(self, actor: Actor) -> bool:
        """Whether the account acts so: in one of its roles or as its holder, from its unit."""
        return not self.closed and actor.role in {*self.roles, HOLDER} and actor.unit == self.unit

    def holds_token(self, today: date) -> bool:
        """Whether a system may act as this account on this day."""
        return any(today <= one.until for one in self.tokens.values())
