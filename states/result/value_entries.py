"""The values of one assessment: those of every subject and of every person of it, by their keys in the inputs.

They depend on the edition, the kind of the department, its team, and what does not apply (`Asked`). So they are made once
for all assessments in which these are the same. Not here: which of them are filled in (`sheet_items.py`) and which are
reported (`states/stages/value_report.py`).
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
"""How many different `Asked` are remembered: the departments of a large college, each with its own team."""


class Asked(NamedTuple):
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


def asked_of(state: Assessment, rulebook: Rulebook) -> Asked:
    """What decides which values this assessment has."""
    plan = rulebook.plans.get(state.unit_kind)
    if plan is None or not plan.is_of_persons:
        return Asked(Same(rulebook), state.unit_kind, (), (), (), state.absent)
    heads, members = (tuple(member.person for member in group) for group in (state.heads, state.members))
    return Asked(Same(rulebook), state.unit_kind, heads, members, tuple(state.posts.items()), state.absent)


def entries_of(state: Assessment, rulebook: Rulebook) -> Mapping[str, ValueEntry]:
    """Every value of every subject and person of this assessment, by its key in the inputs."""
    return entries_for(asked_of(state, rulebook))


@lru_cache(MOST_CACHED)
def entries_for(asked: Asked) -> Mapping[str, ValueEntry]:
    """The same, of what decides it."""
    return MappingProxyType(
        {
            f"{key}@{person}" if person else key: ValueEntry(value, plan, person, _label(value, plan, person, asked))
            for plan in asked.subjects
            for person in asked.persons(plan.subject.is_)
            for key, value in plan.values.items()
        }
    )


def _label(value: NamedValue, plan: SubjectPlan, person: str, asked: Asked) -> Text:
    label = plan.form.labels.get(value.key) if plan.form is not None else None
    return asked.of_person(label or value.title.text, person)
