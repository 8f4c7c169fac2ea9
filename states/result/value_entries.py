"""The values of one assessment: those of every subject and of every person of it, by their keys in the inputs.

They depend on the edition, the kind of the department, its team, and what does not apply: the extent of the assessment.
They are made once for all assessments with the same extent. Not here: which of them are filled in (`sheet_items.py`),
and which are reported (`states/stages/value_report.py`).
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
    """All that decides which values an assessment has, and their titles.

    - `heads`, `members`: the ids of the team. `posts`: their posts by id. Empty where no result is of a person.
    - `absent`: the keys of what does not apply.
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
    """A value of one subject, or of one of its persons. `label`: its printed number, or its title; with the post."""

    value: NamedValue
    plan: SubjectPlan
    person: str
    label: Text


def extent_of(state: Assessment, rulebook: Rulebook) -> Extent:
    """What decides which values this assessment has."""
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
    """The same, of what decides it."""
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
