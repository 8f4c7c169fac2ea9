"""What units, roles and recipients are called on the screen; their ids are for programs (`--json`)."""

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


class Names(Struct, frozen=True):
    """The names in one language: `units` by id, roles by the rulebook. What has no name is called by its id."""

    units: Mapping[str, str]
    rulebook: Rulebook
    language: str

    def unit(self, id_: str) -> str:
        """A unit's name."""
        return self.units.get(id_, id_)

    def recipient(self, id_: str) -> str:
        """Whose inbox it is, or the account it went to."""
        room, _, unit = id_.partition(":")
        if room == "unit" and unit:
            return self.unit(unit)
        return _GROUP.render(self.language) if id_ == GROUP else self.rulebook.role_title(id_).render(self.language)

    def said(self, notice: Notice) -> str:
        """A notice in words."""
        return write_notice(self.named(notice), self.language)

    def named(self, notice: Notice) -> Notice:
        """A notice that calls its unit by its name."""
        return with_department_title(notice, self.unit(notice.unit))


def names(database: Database, rulebook: Rulebook, language: str) -> Names:
    """The names as the roster of a database has them now."""
    return Names(PostStates(Ledger(database)).titles(), rulebook, language)


_GROUP = Text(zh="群", en="group")


def people(database: Database) -> dict[str, str]:
    """What each account is called, by its id."""
    return {row.id: row.name for row in accounts.accounts(database)}
