"""The user of a request: the signed-in account, its roles, and its language."""

from __future__ import annotations

from datetime import datetime

from starlette.requests import Request

from console.web import sessions
from states.records.account import HOLDER, Account, Deputyship
from states.views import ReadingRoles
from states.vocabulary import Actor
from storage.sign_in.accounts import SessionWithAccount

NOBODY = Account()
LANGUAGES = ("zh", "en")
LANGUAGE_COOKIE = "__Host-kaohe-language"


class User:
    """The user of a request. If nobody is signed in, `session` is None and `account` is `NOBODY`, which has no role.

    `account` is folded from the ledger for each request, so a revoked role has no effect from the next request on.
    """

    def __init__(
        self,
        account: Account,
        session: SessionWithAccount | None,
        language: str,
        now: datetime,
        deputyships: tuple[Deputyship, ...] = (),
    ) -> None:
        self.account = account
        self.deputyships = deputyships
        self.session = session
        self.language = language
        self._now = now

    @property
    def id(self) -> str:
        return self.account.id

    @property
    def roles(self) -> frozenset[str]:
        """The roles of the account, and those that it has as a deputy."""
        return self.account.roles.union(*(one.roles for one in self.deputyships))

    @property
    def unit(self) -> str | None:
        """The department to which the account belongs."""
        return self.account.unit

    @property
    def units(self) -> frozenset[str]:
        """The departments that recusal asks: that of the account, and those of its principals."""
        units = (self.unit, *(one.principal.unit for one in self.deputyships))
        return frozenset(unit for unit in units if unit is not None)

    @property
    def readers(self) -> tuple[ReadingRoles, ...]:
        """Who reads: the account in its own roles, then as the deputy of each principal."""
        lent = (ReadingRoles(one.roles, (self.unit, one.principal.unit)) for one in self.deputyships)
        return (ReadingRoles(self.account.view_roles, (self.unit,)), *lent)

    @property
    def recently_authenticated(self) -> bool:
        """Whether the person authenticated in the last half hour."""
        return sessions.recently_authenticated(self.session, self._now)

    def lacks_second_factor(self, required_of: str) -> bool:
        """Whether the settings require a second factor of the account, and it has none (ASVS 6.3.3).

        False for a sign-in at a provider. `required_of` is the setting: "nobody", "administrators" or "everybody".
        """
        is_required = required_of == "everybody" or (required_of == "administrators" and self.account.is_administrator)
        by_password = self.session is not None and self.session.provider == "password"
        return is_required and by_password and self.account.factor is None

    def actor(self, *entitled: str) -> Actor:
        """The account as an actor, in the first of the `entitled` roles that it has; its own roles before lent ones."""
        return self.actors_in(*entitled)[0]

    def actors_in(self, *entitled: str) -> tuple[Actor, ...]:
        """The account as an actor in each of the `entitled` roles that it has; its own roles before lent ones.

        If it has none of them, there is one actor with another of its roles. The engine then refuses the command and
        records the attempt.
        """
        own = {*self.account.roles, HOLDER} if self.account.version else self.account.roles
        lent = [actor for one in self.deputyships for actor in one.actors(self.account)]
        in_own = [Actor(self.account.id, role, self.unit) for role in entitled if role in own]
        in_lent = [actor for role in entitled for actor in lent if actor.role == role]
        nobody = Actor(self.account.id or "nobody", "nobody", self.unit)
        return (*in_own, *in_lent) or (next(iter(self.actors), nobody),)

    @property
    def actors(self) -> tuple[Actor, ...]:
        """The account as an actor in each of its own roles, then in each that it has as a deputy."""
        own = (Actor(self.account.id, role, self.unit) for role in sorted(self.account.roles))
        return (*own, *(actor for one in self.deputyships for actor in one.actors(self.account)))


def language_of(http: Request) -> str:
    """The language of a browser without a session: the one in its cookie, or the first that it accepts and we have."""
    chosen = http.cookies.get(LANGUAGE_COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    for part in http.headers.get("accept-language", "").split(","):
        language = part.strip().lower()[:2]
        if language in LANGUAGES:
            return language
    return "zh"
