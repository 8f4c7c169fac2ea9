"""The names of departments, roles and recipients, and the sentences of notices.

Programs get the ids (`--json`).
"""

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
        """The notice, with the name of its department instead of the id, if it is about one."""
        return with_department_title(notice, self.unit(notice.unit)) if notice.unit else notice


def read_display_names(database: Database, rulebook: Rulebook, language: str) -> DisplayNames:
    """The present names: those of departments are read from the roster."""
    return DisplayNames(PostStates(Ledger(database)).titles(), rulebook, language)
