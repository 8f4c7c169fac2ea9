"""The state of an account: its department, its roles, and the digests of its credentials. Never a name.

Also here: the roles of the three administrators. Not here: the acts on accounts (`states/accounts/`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from msgspec import Struct

from states.streams import id_of
from states.vocabulary import UNIT_ROLE, Actor, Principal

SYSTEM, SECURITY, AUDIT = "system_admin", "security_admin", "audit_admin"
ADMINISTRATORS = (SYSTEM, SECURITY, AUDIT)
"""The three administrators (三员): three people, and none of them assesses."""

HOLDER = "holder"
"""The role in which a person acts on their own account, and on no other. It is never granted."""


class LinkRequest(Struct, frozen=True):
    """A request for a link or a token: the requester, the time, and the account that confirmed it (None: not yet)."""

    by: str
    at: datetime
    confirmed: str | None = None


class Link(Struct, frozen=True):
    """An unused one-time link: the digest of its secret, and the time of its issue."""

    digest: str
    at: datetime


class Session(Struct, frozen=True):
    """One signed-in browser: the time and the method of the sign-in (`password`, `oidc`, `cas`)."""

    at: datetime
    way: str


class IdentityBinding(Struct, frozen=True):
    """A binding of a person at a sign-on provider to the account, proposed by `by`. Unconfirmed, it gives no access."""

    by: str
    confirmed: bool = False


class Token(Struct, frozen=True):
    """A token of another system: its last day, and the digest of its secret."""

    until: date
    digest: str


class Lending(Struct, frozen=True):
    """The roles that a deputy has for the account, from one day until another, both included."""

    roles: frozenset[str]
    since: date
    until: date


class AccountChange(Struct, frozen=True):
    """One change of the account's credentials or roles, as the holder sees it."""

    kind: str
    at: datetime
    actor: str
    role: str


class Account(Struct, frozen=True):
    """The present state of an account: department, person, roles, credentials, and the last changes for its holder.

    `person`: the member of a leading team to whom the account belongs (`assessment.Member.person`); None: nobody was
    named. A credential in a table gives no access if its digest is not here. `password` and `factor` are digests.
    `sessions` and `identities` are by digest, `tokens` by id. `deputies` are by the id of the deputy's account.
    """

    stream: str = ""
    version: int = 0
    unit: str | None = None
    person: str | None = None
    roles: frozenset[str] = frozenset()
    closed: bool = False
    password: str | None = None
    factor: str | None = None
    request: LinkRequest | None = None
    link: Link | None = None
    sessions: dict[str, Session] = {}
    identities: dict[str, IdentityBinding] = {}
    tokens: dict[str, Token] = {}
    deputies: dict[str, Lending] = {}
    changes: tuple[AccountChange, ...] = ()

    @property
    def id(self) -> str:
        return id_of(self.stream)

    @property
    def is_administrator(self) -> bool:
        """Whether the account has an administrator's role."""
        return not self.roles.isdisjoint(ADMINISTRATORS)

    @property
    def view_roles(self) -> frozenset[str]:
        """The roles in which the account reads. A member of a team reads as the holder, without any role."""
        return self.roles | {HOLDER} if self.person is not None else self.roles

    @property
    def is_personal(self) -> bool:
        """Whether a person is named for this account, can sign in to it, or could by an identity or a link.

        Then no system can use it.
        """
        return bool(self.person or self.password or self.identities or self.link)

    def may_act_as(self, actor: Actor) -> bool:
        """Whether the account is open, and `actor` has its department and one of its roles, or the role `holder`."""
        return not self.closed and actor.role in {*self.roles, HOLDER} and actor.unit == self.unit

    @property
    def can_be_deputy(self) -> bool:
        """Whether it can act for others: it is open, and neither an administrator's nor a system's."""
        return bool(self.version) and not self.closed and not self.is_administrator and not self.tokens

    def lends(self, deputy: Account, today: date) -> frozenset[str]:
        """The roles that another account has for this one on this day.

        Whatever was recorded, a closed account, an administrator or a system has none, and the role of a department is
        only for accounts of the same department.
        """
        lending = self.deputies.get(deputy.id)
        if lending is None or not lending.since <= today <= lending.until:
            return frozenset()
        if not deputy.can_be_deputy:
            return frozenset()
        roles = lending.roles.difference(ADMINISTRATORS)
        return roles if deputy.unit == self.unit else roles - {UNIT_ROLE}

    def may_act_for(self, principal: Account, actor: Actor, today: date) -> bool:
        """Whether the account may act as `actor` for the principal on this day."""
        is_named = actor.principal == Principal(principal.id, principal.unit) and actor.unit == self.unit
        return is_named and actor.role in principal.lends(self, today)

    def deputyships(self, principals: Iterable[Account], today: date) -> tuple[Deputyship, ...]:
        """What the account does today for these others, without those that lend it nothing."""
        lent = (Deputyship(one, one.lends(self, today)) for one in principals)
        return tuple(one for one in lent if one.roles)

    def holds_token(self, today: date) -> bool:
        """Whether the account has a token that is valid on this day."""
        return any(today <= token.until for token in self.tokens.values())


class Deputyship(Struct, frozen=True):
    """The roles that an account has on a day for another one, its principal."""

    principal: Account
    roles: frozenset[str]

    def actors(self, deputy: Account) -> tuple[Actor, ...]:
        """The deputy as an actor in each of the roles."""
        principal = Principal(self.principal.id, self.principal.unit)
        return tuple(Actor(deputy.id, role, deputy.unit, principal) for role in sorted(self.roles))
