"""The post's own cache of the states of streams, with the rulebook of each stream and the names of departments."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from msgspec.structs import asdict

from config.rulebooks import parse_edition
from states.records.account import Account
from states.records.lineage import all_successors
from states.rulebook.types import Rulebook
from states.streams import account_stream
from storage import queries
from storage.ledger.ledger import Ledger
from storage.state_cache import StateCache

from .contacts import Contact, DeputyContact
from .notices.notice import Notice

MAX_CACHED_STREAMS = 5000
"""The number of streams in the cache. The post needs only the streams that change."""


class PostStates(StateCache):
    """The post's own state cache.

    It does not share the engine's, because the post reads the entries later than the engine writes them.
    """

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger, self._rulebook, MAX_CACHED_STREAMS)
        self._rulebooks: dict[str, Rulebook] = {}

    def titles(self) -> dict[str, str]:
        """The present names of all departments on the roster, by id."""
        return {id_: unit.title for id_, unit in self.roster().units.items()}

    def person_of(self, account: str) -> str | None:
        """The member of a team to whom an account belongs; None if it belongs to none."""
        state = self.state(account_stream(account))
        return state.person if isinstance(state, Account) else None

    def accounts_of_people(self) -> list[Account]:
        """The accounts that belong to a person."""
        states = self.states(map(account_stream, self.people()))
        return [state for state in states if isinstance(state, Account)]

    def receives(self, contact: Contact, notice: Notice) -> bool:
        """Whether a contact receives a notice, as its account and the departments are now."""
        person = self.person_of(contact.account) if notice.person is not None else None
        return contact.receives(notice, all_successors(notice.unit, self.roster()), person)

    def is_assigned(self, contact: Contact, notice: Notice) -> bool:
        """Whether a contact is to do what a notice asks for, or is the deputy of somebody who is, and still may."""
        accounts = (self.state(account_stream(id_)) for id_ in contact.accounts.intersection(notice.assignees))
        return any(
            isinstance(one, Account) and not one.closed and not one.roles.isdisjoint(notice.by) for one in accounts
        )

    def with_lent_roles(self, contacts: Iterable[Contact], today: date) -> list[Contact]:
        """The contacts, those of deputies with what they have of others on this day."""
        named = self.principals()
        return [self._with_lent_roles(one, today) if one.account in named else one for one in contacts]

    def _with_lent_roles(self, contact: Contact, today: date) -> Contact:
        account = self.state(account_stream(contact.account))
        assert isinstance(account, Account)
        deputyships = self.deputyships(account, today)
        lent = tuple((one.roles, one.principal.unit) for one in deputyships)
        return DeputyContact(**asdict(contact), lent=lent, principals=tuple(one.principal.id for one in deputyships))

    def _rulebook(self, pin: str) -> Rulebook:
        """The edition that an entry names. Raises KeyError if the database does not have it."""
        if pin not in self._rulebooks:
            for digest, (id_, source) in queries.rulebooks(self.ledger.database).items():
                self._rulebooks[f"{id_}@{digest}"] = parse_edition(source.encode(), f"{id_} (database)").rulebook
        return self._rulebooks[pin]
