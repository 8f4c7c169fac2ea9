"""What departments, roles and recipients are called on the pages and on the command line. Their ids are for programs (`--json`)."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from notifications.contacts import GROUP
from notifications.letter_text import write_notice
from notifications.notices.notice import Notice, with_department_title
from notifications.post_states import PostStates
from states.rulebook.types import Rulebook
from states.vocabulary import Text
from storage.database.database import Database
from storage.ledger.ledger import Ledger
from storage.sign_in import accounts

_GROUP = Text(zh="群", en="group")


class DisplayNames(Struct, frozen=True):
    """Names in one language: departments from `units`, by id; roles from the rulebook. What has no name is called by its id."""

    units: Mapping[str, str]
    rulebook: Rulebook
    language: str

    def unit(self, id_: str) -> str:
        """The name of a department."""
        return self.units.get(id_, id_)

    def recipient(self, id_: str) -> str:
        """The name of a recipient: a department (`unit:u-01`), a role, or the group that a robot writes to."""
        kind, _, unit = id_.partition(":")
        if kind == "unit" and unit:
            return self.unit(unit)
        return _GROUP.render(self.language) if id_ == GROUP else self.rulebook.role_title(id_).render(self.language)

    def notice_text(self, notice: Notice) -> str:
        """A notice as a sentence."""
        return write_notice(self.named(notice), self.language)

    def named(self, notice: Notice) -> Notice:
        """The notice with the name of its department in the place of the id."""
        return with_department_title(notice, self.unit(notice.unit))


def names(database: Database, rulebook: Rulebook, language: str) -> DisplayNames:
    """The names as they are in the roster now."""
    return DisplayNames(PostStates(Ledger(database)).titles(), rulebook, language)


def account_names(database: Database) -> dict[str, str]:
    """The name of each account, by its id."""
    return {row.id: row.name for row in accounts.accounts(database)}
