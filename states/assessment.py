"""One department's assessment as it stands: the state its facts fold into.

The state is frozen; folding a fact gives a new one. Progress is a *stack of steps*: a stage's fact is pushed,
a return, an undo or a reopening pops. So "what was before" needs no special case, and nothing is ever lost:
the facts stay in the ledger, the stack says which of them hold.
"""

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
    """Points for every element of the annex, each within its own, in steps of half a point.

    `reasons` has one for every element that is below its points; one at full points is a remark.
    """

    marks: Marks
    reasons: Reasons = {}


class Member(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of the leading team: an opaque id and the post held (a post is not a name)."""

    person: Opaque
    position: Words


class TaskPerson(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One person a consequence concerns (第二条: the members are assessed too): an opaque id, never a name.

    `measure` is what was done, where the task is to hold somebody responsible; `exception` why a member is not concerned.
    """

    person: Opaque
    measure: Words | None = None
    exception: Words | None = None


class Veto(Struct, frozen=True):
    """A standing 一票否决: `id` is `case/<id>` or `judged/<version>`; `by` raised or recorded it."""

    id: str
    ground: str
    by: str


class Step(Struct, frozen=True):
    """A stage reached: the fact that led there and where it stands in the ledger."""

    stage: str
    fact: Fact
    version: int
    actor: str
    at: datetime


class Assessment(Struct, frozen=True, kw_only=True):
    """What is true of one assessment now. Built by folding only; `stage` is the last step's.

    `left` are those who left the team after the opening.
    `scorers` are all who ever gave it points, whether or not the score still stands; `rungs` the clock's duties
    accounted for, and when (`deadlines.py`); `since` when the step that is waited for became possible, and whether it is asked
    for `again` because something was sent back; `noted` the cases a stale score was noted for; `reopenings` every time its result went
    back to be scored and approved again; `task_persons` the persons each task done names; `tasks` what follows from the
    circulated result, and when it was recorded as done, if it was.
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
        """Both heads and the other members: everybody assessed as a person (Art. 2)."""
        return self.heads + self.members

    @property
    def everybody(self) -> tuple[Member, ...]:
        """The team, and who left it after the opening: all whom the year's result concerns (第九条2：当年)."""
        team = {one.person for one in self.team}
        return (*self.team, *(one for one in self.left if one.person not in team))

    @property
    def posts(self) -> dict[str, str]:
        """The post of everybody of the team, who left it included. Those who hold the same one are numbered: nothing else tells them apart."""
        held = {one.person: one.position for one in (*self.everybody, *self.left)}
        shared = {post for post, times in Counter(held.values()).items() if times > 1}
        numbers = {post: count(1) for post in shared}
        return {person: f"{post} {next(numbers[post])}" if post in shared else post for person, post in held.items()}

    @property
    def special(self) -> Text | None:
        """What a special assessment (第六条) is called in every list; None for the annual one."""
        if self.occasion is None:
            return None
        title = self.title or self.occasion
        return Text(zh=f"专项检查：{title}", en=f"Special inspection: {title}")

    @property
    def awaits_rescoring(self) -> bool:
        """The result was reopened after the score was made, so the score is to be made again."""
        scored = self.step("scoring")
        return scored is not None and bool(self.reopenings) and scored.version < self.reopenings[-1].version

    @property
    def score_holds(self) -> bool:
        """No case was noted that the score does not say, and the result was not reopened since."""
        return not self.noted and not self.awaits_rescoring

    def fact(self, kind: type[F]) -> F | None:
        """The fact of this kind that holds now; None if the step was not taken, or was taken back."""
        for step in reversed(self.steps):
            if isinstance(step.fact, kind):
                return step.fact
        return None

    def step(self, stage: str) -> Step | None:
        """The step that led to `stage`, if it holds."""
        return next((s for s in reversed(self.steps) if s.stage == stage), None)

    def push(self, stage: str, fact: Fact, stamp: Stamp) -> Assessment:
        """The state after a step; a second step to the same stage takes the first one's place."""
        kept = self.steps[:-1] if self.steps and self.steps[-1].stage == stage else self.steps
        step = Step(stage, fact, stamp.version, stamp.actor, stamp.recorded_at)
        return replace(self, stage=stage, steps=(*kept, step))

    def pop(self, below: str | None = None) -> Assessment:
        """The state before the last step; with `below`, before the steps above that stage."""
        steps = self.steps[:-1]
        while below is not None and steps and steps[-1].stage != below:
            steps = steps[:-1]
        return replace(self, stage=steps[-1].stage if steps else UNOPENED, steps=steps)


class AssessmentFact(Fact, frozen=True, kw_only=True):
    """A fact of an assessment's stream. What it changes is its own `fold`.

    One that `gives_time` and changes the step that is waited for has that step's time begin.
    """

    gives_time: ClassVar[bool] = True

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        raise NotImplementedError


class StageFact(AssessmentFact, frozen=True, kw_only=True):
    """A fact that completes a stage, by its key. `dated` names its field that says when it took place."""

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


def become(kind: type[F], command: Command) -> F:
    """The fact that says of itself what the command said: same fields, other tense."""
    return kind(**{name: getattr(command, name) for name in command.__struct_fields__})
