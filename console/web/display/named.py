"""An assessment whose members have their names, as the pages for people show it. The ledger has none.

Only texts are made from it (titles of tasks, of values and of subjects). Decisions are made from the state itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from states.assessment import Assessment

if TYPE_CHECKING:
    from console.web.request.page_request import PageRequest


class NamedAssessment(Assessment, frozen=True, kw_only=True):
    """An assessment with the names of its members, by id."""

    names: Mapping[str, str] = {}

    @property
    def posts(self) -> dict[str, str]:
        """The name and post of each member by id. Without a name, the post with its number, as in `Assessment`."""
        posts = Assessment.posts.fget(self)  # type: ignore[attr-defined]
        named = {one.person: one.position for one in (*self.left, *self.everybody) if one.person in self.names}
        return {**posts, **{person: f"{self.names[person]} {post}" for person, post in named.items()}}


def named(request: PageRequest, state: Assessment) -> Assessment:
    """The assessment with the names of its members, in the user's language."""
    persons = {member.person for member in (*state.everybody, *state.left)}
    names = {id_: request.format.text(name) for id_, name in request.names_of_persons.items() if id_ in persons}
    return NamedAssessment(**{field: getattr(state, field) for field in Assessment.__struct_fields__}, names=names)
