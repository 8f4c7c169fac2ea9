"""The names of departments, roles, recipients, accounts and members of teams, and the sentences of notices.

Programs get the ids (`--json`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from notifications.contacts import GROUP
from notifications.letter_text import write_notice
from notifications.notices.notice import Notice, with_department_title
from notifications.post_states import PostStates
from states.rulebook.types import Rulebook
from states.titles import same_text
from states.vocabulary import Text
from storage import people
from storage.database.database import Database
from storage.errors import StorageError
from storage.ledger.ledger import Ledger
from storage.sign_in import accounts

_GROUP = Text(zh="群", en="group")
_MEMBER = Text(zh="班子成员本人", en="the member")


class DisplayNames(Struct, frozen=True):
    """The names in one language. `units` has the names of departments by id; the rulebook has those of roles.

    The name of an unknown id is the id itself.
    """

    units: Mapping[str, str]
    rulebook: Rulebook
    language: str

    def unit(self, id_: str) -> str:
        """The name of a department."""
        return self.units.get(id_, id_)

    def recipient(self, id_: str) -> str:
        """The name of a recipient: a department (`unit:u-01`), a member, a role, or a robot's group chat."""
        kind, _, unit = id_.partition(":")
        if kind == "unit" and unit:
            return self.unit(unit)
        if kind == "person" and unit:
            return _MEMBER.render(self.language)
        return _GROUP.render(self.language) if id_ == GROUP else self.rulebook.role_title(id_).render(self.language)

    def notice_text(self, notice: Notice) -> str:
        """The sentence of a notice, with the name of its department."""
        return write_notice(self.with_department_name(notice), self.language)

    def with_department_name(self, notice: Notice) -> Notice:
        """The notice, with the name of its department instead of the id."""
        return with_department_title(notice, self.unit(notice.unit))


def read_display_names(database: Database, rulebook: Rulebook, language: str) -> DisplayNames:
    """The present names: those of departments are read from the roster."""
    return DisplayNames(PostStates(Ledger(database)).titles(), rulebook, language)


def names_of_persons(
    database: Database, account_names: Mapping[str, str], people_of_accounts: Callable[[], Mapping[str, str]]
) -> dict[str, Text]:
    """The names of people by id: of the directory, else of the account that they have. Who was erased has a word for it.

    `people_of_accounts` reads the person of each account.
    """
    # A damaged account must not stop the pages on which an auditor would see it. Then members have only their posts.
    try:
        holders = people_of_accounts()
    except StorageError:
        holders = {}
    names = {person: same_text(account_names[id_]) for id_, person in holders.items() if id_ in account_names}
    names |= {id_: same_text(person.name) for id_, person in people.people(database).items()}
    return names | dict.fromkeys(people.erased(database), people.ERASED)


def account_names(database: Database) -> dict[str, str]:
    """The name of each account, by its id."""
    return {row.id: row.name for row in accounts.accounts(database)}
