"""An account as it is now: its department, its roles, and the digests of its credentials. Never a name."""

from __future__ import annotations

from datetime import date, datetime

from msgspec import Struct

from states.streams import id_of
from states.vocabulary import Actor

SYSTEM, SECURITY, AUDIT = "system_admin", "security_admin", "audit_admin"
ADMINISTRATORS = (SYSTEM, SECURITY, AUDIT)
"""The three administrators (三员): three people, and none of them assesses."""

HOLDER = "holder"
"""The role in which a person acts on their own account, and on no other. It is never granted."""


class LinkRequest(Struct, frozen=True):
    """A request for a link or a token: the requester, the time, and the person who confirmed it (None: nobody yet)."""

    by: str
    at: datetime
    confirmed: str | None = None


class Link(Struct, frozen=True):
    """A one-time link that nobody has used: the digest of its secret, and when it was issued."""

    digest: str
    at: datetime


class Session(Struct, frozen=True):
    """One signed-in browser: since when, and how it signed in (`password`, `oidc`, `cas`)."""

    at: datetime
    way: str


class IdentityBinding(Struct, frozen=True):
    """A person at a sign-on provider who uses this account, and who proposed that. It lets nobody in unconfirmed."""

    by: str
    confirmed: bool = False


class Token(Struct, frozen=True):
    """A token of another system: its last day, and the digest of its secret."""

    until: date
    digest: str


class AccountChange(Struct, frozen=True):
    """One change of the account's credentials or roles, as the holder sees it."""

    kind: str
    at: datetime
    actor: str
    role: str


class Account(Struct, frozen=True):
    """An account's roles and credentials. A credential in a table whose digest is not here lets nobody in.

    `password` and `factor` are digests. The keys of `sessions` and `identities` are digests, those of `tokens` are
    names.
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
    changes: tuple[AccountChange, ...] = ()

    @property
    def id(self) -> str:
        return id_of(self.stream)

    @property
    def is_administrator(self) -> bool:
        """Whether it has an administrator's role."""
        return not self.roles.isdisjoint(ADMINISTRATORS)

    @property
    def is_personal(self) -> bool:
        """Whether a person signs in to this account, or can soon. Then no system can use it."""
        return bool(self.password or self.identities or self.link)

    def may_act_as(self, actor: Actor) -> bool:
        """Whether this account may act as `actor`: in one of its roles or as its holder, and from its department."""
        return not self.closed and actor.role in {*self.roles, HOLDER} and actor.unit == self.unit

    def holds_token(self, today: date) -> bool:
        """Whether a system may act as this account on this day."""
        return any(today <= one.until for one in self.tokens.values())
