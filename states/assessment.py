"""The state of one department's assessment, and how its facts fold into it.

The state is frozen; folding a fact gives a new one. Progress is a *stack of steps*: the fact of a stage pushes a step;
a return, an undo or a reopening pops steps.
"""

# Why a stack: "the state before this step" is then the stack without its top and needs no code of its own, and nothing
# is lost: the facts stay in the ledger, and the stack says which of them are in force (docs/decisions/0003).

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from typing import ClassVar, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from .vocabulary import Command, Fact, Opaque, Stamp, Text, Words

F = TypeVar("F", bound=Fact)

UNOPENED = "unopened"
WITHDRAWN = "withdrawn"

Marks = dict[str, Decimal]
"""Points given, by element key."""

Reasons = dict[str, Words]
"""Why points were taken away, by element key: a finding, never a name."""


class ScoreSheet(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Points for every element of the annex, from 0 to the element's own points, in the rulebook's steps.

    `reasons` says why, for every element below its full points.
    """

    marks: Marks
    reasons: Reasons = {}


class Member(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One member of the leading team: an opaque id and the member's post (a post is not a name)."""

    person: Opaque
    position: Words


class TaskPerson(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One person a consequence concerns (第二条: the members are assessed too): an opaque id, never a name.

    `measure` is what was done, where the task is to hold somebody responsible. `exception` says why a member is not
    concerned.
    """

    person: Opaque
    measure: Words | None = None
    exception: Words | None = None


class Veto(Struct, frozen=True):
    """A 一票否决 in force. `id` is `case/<id>` or `judged/<version>`; `by` is the account that raised or recorded it."""

    id: str
    ground: str
    by: str


class Step(Struct, frozen=True):
    """One completed stage: its key, the fact that completed it, and the version, actor and time of that entry."""

    stage: str
    fact: Fact
    version: int
    actor: str
    at: datetime


class Assessment(Struct, frozen=True, kw_only=True):
    """One assessment now. Made by folding facts, in no other way.

    - `stage`: the stage of the last step.
    - `left`: the members who left the team after the opening.
    - `scorers`: every account that ever gave points, also for a score that was returned since.
    - `rungs`: the reminder steps that are done or need not be done any more, and when (`deadlines/reminders.py`).
    - `since`: when the next step became possible; `again` where it was asked for before and something was sent back.
    - `noted`: the cases that made the score out of date; None where the clock has noted none.
    - `reopenings`: every time the result was sent back to be scored and approved again.
    - `tasks`: what follows from the circulated result, and when each task was recorded as done (None: not yet).
    - `task_persons`: the persons that each completed task names.
    """

    stream: str = ""
    version: int = 0
    stage: str = UNOPENED
    unit: str = ""
    unit_kind: str = ""
    year: int = 0
    occasion: str | None = None
    title: str | None = None
    heads: tuple[Member, ...] = ()
    members: tuple[Member, ...] = ()
    left: tuple[Member, ...] = ()
    staff: int = 0
    due: dict[str, date] = {}
    steps: tuple[Step, ...] = ()
    sheets: dict[str, ScoreSheet] = {}
    scorers: frozenset[str] = frozenset()
    vetoes: tuple[Veto, ...] = ()
    rungs: dict[str, datetime] = {}
    since: datetime | None = None
    again: bool = False
    noted: tuple[str, ...] | None = None
    reopenings: tuple[Step, ...] = ()
    tasks: dict[str, datetime | None] = {}
    task_persons: dict[str, tuple[TaskPerson, ...]] = {}
    circulated: tuple[str, ...] = ()

    @property
    def team(self) -> tuple[Member, ...]:
        """Both heads and the other members: everybody who is assessed as a person (第二条)."""
        return self.heads + self.members

    @property
    def everybody(self) -> tuple[Member, ...]:
        """The team, and those who left it after the opening: the year's result concerns them too (第九条2：当年)."""
        team = {one.person for one in self.team}
        return (*self.team, *(one for one in self.left if one.person not in team))

    @property
    def posts(self) -> dict[str, str]:
        """The post of each member by id, also of those who left the team.

        Two members with the same post are numbered.
        """
        # A page has nothing but the post to call a member by: the ledger holds no name.
        posts = {one.person: one.position for one in (*self.everybody, *self.left)}
        shared = {post for post, times in Counter(posts.values()).items() if times > 1}
        numbers = {post: count(1) for post in shared}
        return {person: f"{post} {next(numbers[post])}" if post in shared else post for person, post in posts.items()}

    @property
    def special(self) -> Text | None:
        """The title of a special assessment (第六条) in every list; None for the annual one."""
        if self.occasion is None:
            return None
        title = self.title or self.occasion
        return Text(zh=f"专项检查：{title}", en=f"Special inspection: {title}")

    @property
    def awaits_rescoring(self) -> bool:
        """Whether the result was reopened after scoring, so that it must be scored again."""
        scored = self.step("scoring")
        return scored is not None and bool(self.reopenings) and scored.version < self.reopenings[-1].version

    @property
    def has_valid_score(self) -> bool:
        """Whether the score is up to date: no case changed since scoring, and the result was not reopened."""
        return not self.noted and not self.awaits_rescoring

    def fact(self, kind: type[F]) -> F | None:
        """The fact of this kind that is in force; None if the step was never done, or was undone."""
        for step in reversed(self.steps):
            if isinstance(step.fact, kind):
                return step.fact
        return None

    def step(self, stage: str) -> Step | None:
        """The step that completed `stage`, if it is in force."""
        return next((s for s in reversed(self.steps) if s.stage == stage), None)

    def push(self, stage: str, fact: Fact, stamp: Stamp) -> Assessment:
        """The state after a step. A second step to the same stage replaces the first."""
        below = self.steps[:-1] if self.steps and self.steps[-1].stage == stage else self.steps
        step = Step(stage, fact, stamp.version, stamp.actor, stamp.recorded_at)
        return replace(self, stage=stage, steps=(*below, step))

    def pop(self, below: str | None = None) -> Assessment:
        """The state without its last step. With `below`, without all steps after that stage."""
        steps = self.steps[:-1]
        while below is not None and steps and steps[-1].stage != below:
            steps = steps[:-1]
        return replace(self, stage=steps[-1].stage if steps else UNOPENED, steps=steps)


class AssessmentFact(Fact, frozen=True, kw_only=True):
    """A fact of an assessment's stream. Its own `fold` says what it changes.

    Where a fact changes which step comes next, the time for that step begins with the fact. A fact whose `gives_time`
    is False does not begin it: the time counts from the last step.
    """

    gives_time: ClassVar[bool] = True

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        raise NotImplementedError


class StageFact(AssessmentFact, frozen=True, kw_only=True):
    """A fact that completes a stage.

    `dated` names the field that says on which day it took place; empty if none does.
    """

    stage: ClassVar[str]
    dated: ClassVar[str] = ""

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        return state.push(self.stage, self, stamp)


def fold(state: Assessment, fact: AssessmentFact, stamp: Stamp) -> Assessment:
    """The state after one more fact."""
    after = replace(fact.fold(state, stamp), version=stamp.version)
    if after.steps is state.steps and after.noted == state.noted:
        return after
    if not fact.gives_time:
        return replace(after, since=after.steps[-1].at if after.steps else None, again=False)
    back = not isinstance(fact, StageFact) and (len(after.steps) < len(state.steps) or bool(after.noted))
    return replace(after, since=stamp.recorded_at, again=back)


def fact_from(kind: type[F], command: Command) -> F:
    """The fact that a command asks for: the same fields, as a fact."""
    return kind(**{name: getattr(command, name) for name in command.__struct_fields__})
