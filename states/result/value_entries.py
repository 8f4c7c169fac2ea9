"""The rules of all values of one assessment: of every subject and every person of it, by their keys in the inputs.

Which there are depends on the edition, the kind of the department and its team. These, with the items that do not
apply, are the extent of the assessment; what is derived from it is made once for all assessments with the same extent.
Not here: which values are filled in (`sheet_items.py`), and which are reported (`states/stages/value_report.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from msgspec import Struct

from states.assessment import Assessment
from states.rulebook.calculation.plan import SubjectPlan
from states.rulebook.calculation.values import NamedValue
from states.rulebook.types import Rulebook
from states.vocabulary import Text

from .same import Same

MOST_CACHED = 512
"""How many extents are remembered: the departments of a large college, each with its own team."""


class Extent(NamedTuple):
    """All that decides which values an assessment has, which of them are filled in or reported, and their titles.

    - `heads`, `members`: the ids of the team. `posts`: pairs of an id and a post. All are empty if no result is of a
      person.
    - `absent`: the keys of the items that do not apply. They have their entries all the same.
    """

    edition: Same
    unit_kind: str
    heads: tuple[str, ...]
    members: tuple[str, ...]
    posts: tuple[tuple[str, str], ...]
    absent: frozenset[str]

    @property
    def rulebook(self) -> Rulebook:
        rulebook: Rulebook = self.edition.it
        return rulebook

    @property
    def subjects(self) -> tuple[SubjectPlan, ...]:
        """The subjects of this kind of department."""
        plan = self.rulebook.plans.get(self.unit_kind)
        return tuple(plan.subjects.values()) if plan is not None else ()

    def persons(self, is_: str) -> tuple[str, ...]:
        """The persons of this kind of subject; one empty id for the department and for its team."""
        team = (*self.heads, *self.members)
        return {"each_head": self.heads, "each_other": self.members, "each_member": team}.get(is_, ("",))

    def of_person(self, title: Text, person: str) -> Text:
        """A title with the post of the person."""
        post = dict(self.posts).get(person) if person else None
        return title if post is None else Text(zh=f"{title.zh}（{post}）", en=f"{title.en} ({post})")


class ValueEntry(Struct, frozen=True):
    """A value of a subject, or of one person of it. `label`: its printed number or else its title, with the post."""

    value: NamedValue
    plan: SubjectPlan
    person: str
    label: Text


def extent_of(state: Assessment, rulebook: Rulebook) -> Extent:
    """The extent of this assessment."""
    plan = rulebook.plans.get(state.unit_kind)
    if plan is None or not plan.is_of_persons:
        return Extent(Same(rulebook), state.unit_kind, (), (), (), state.absent)
    heads, members = (tuple(member.person for member in group) for group in (state.heads, state.members))
    return Extent(Same(rulebook), state.unit_kind, heads, members, tuple(state.posts.items()), state.absent)


def entries_of(state: Assessment, rulebook: Rulebook) -> Mapping[str, ValueEntry]:
    """Every value of every subject and person of this assessment, by its key in the inputs."""
    return entries_for(extent_of(state, rulebook))


@lru_cache(MOST_CACHED)
def entries_for(extent: Extent) -> Mapping[str, ValueEntry]:
    """The entries of every assessment with this extent (`entries_of`)."""
    return MappingProxyType(
        {
            f"{key}@{person}" if person else key: ValueEntry(value, plan, person, _label(value, plan, person, extent))
            for plan in extent.subjects
            for person in extent.persons(plan.subject.is_)
            for key, value in plan.values.items()
        }
    )


def _label(value: NamedValue, plan: SubjectPlan, person: str, extent: Extent) -> Text:
    label = plan.form.labels.get(value.key) if plan.form is not None else None
    return extent.of_person(label or value.title.text, person)
