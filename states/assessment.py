"""The state of one department's assessment, the base classes of its facts, and how they fold into it.

A state is immutable; folding a fact makes a new one. The progress is a *stack of steps*: the fact that completes a
stage pushes a step; a return, an undo or a reopening pops steps.
"""

# Why a stack: the state before a step is the stack without its top and needs no code of its own. Nothing is lost: all
# facts stay in the ledger, and the stack says which of them are in force (docs/decisions/0003).

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from typing import ClassVar, Literal, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from .vocabulary import Command, Document, Fact, Opaque, Stamp, Text, Words

F = TypeVar("F", bound=Fact)

UNOPENED = "unopened"
WITHDRAWN = "withdrawn"

Marks = dict[str, Decimal]
"""The points of each element, by the element's key."""

Levels = dict[str, str]
"""The level of each element that has levels without points, by the element's key."""

Reasons = dict[str, Words]
"""The reasons for lost points, by the element's key. A reason is a finding and never has a name in it."""


class ScoreSheet(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What assessors fill in (`result/sheet_items.py`): for an element of a person's form the key is `item@person`.

    - `marks`: the points of an element, from 0 to its own points in steps, or one of its levels; or how many there are.
    - `levels`: its level, where levels have no points.
    - `reasons`: the reason for every element with less than its full points, or below its best level.
    """

    marks: Marks
    levels: Levels = {}
    reasons: Reasons = {}

    @property
    def column(self) -> dict[str, Decimal | str]:
        """Its points, counts and levels, by the key of the element."""
        return {**self.marks, **self.levels}


class ValueReport(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What others than the assessors report (`stages/value_report.py`), by the key of the value as in `Inputs`.

    `numbers` and `levels`: of other offices. `earlier` and `earlier_grades`: results that this ledger does not have.
    `grades`: by subject, named where the scale leaves it to a role. `reasons`: why, for each that is a judgement.
    """

    numbers: Marks = {}
    levels: Levels = {}
    earlier: Marks = {}
    earlier_grades: Levels = {}
    grades: Levels = {}
    reasons: Reasons = {}


class Member(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One member of the leading team: an opaque id and the member's post (a post is not a name)."""

    person: Opaque
    position: Words


class TaskPerson(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One person whom a task concerns (第二条: the members are assessed too): an opaque id, never a name.

    `measure` is the measure that was taken, if the task is to hold somebody responsible. `exception` is the reason if a
    member is not concerned.
    """

    person: Opaque
    measure: Words | None = None
    exception: Words | None = None


ReviewOutcome = Literal["stands", "reopen"]
"""What is decided on a review: the result stands, or it is to be reopened."""

OUTCOME_TITLES: Mapping[ReviewOutcome, Text] = {
    "stands": Text(zh="维持原结果", en="the result stands"),
    "reopen": Text(zh="重新审议", en="the result is to be reopened"),
}
"""The title of each of them, for people."""


class ReviewState(Struct, frozen=True):
    """A review that somebody asked for: the day, the accounts and the role that asked, and the decision (None: not yet).

    Its decision is a task in `Assessment.tasks`, under the id of the window.
    """

    asked_on: date
    asked_by: frozenset[str]
    role: str
    decision: ReviewOutcome | None = None


class DocumentAnswer(Struct, frozen=True):
    """The answer to a request: the documents, or why the department does not have it (`remark`).

    `version`, `at`: those of its entry.
    """

    documents: tuple[Document, ...]
    remark: Words | None
    version: int
    at: datetime


class DocumentRequest(Struct, frozen=True):
    """A document that the department was asked for (补交): under which element, what it is, and until when.

    `answer` is None as long as nobody answered. `ended_by`: the version of the score that did not wait for an answer.
    Then nobody waits for it any more, even if that score is returned. If the score is undone, it is open again.
    """

    element: str
    what: Words
    due: date
    answer: DocumentAnswer | None = None
    ended_by: int | None = None

    @property
    def is_open(self) -> bool:
        return self.answer is None and self.ended_by is None


class ChaseState(Struct, frozen=True):
    """The last time that a stage or task was chased (催办): when, by which account in which role, whom, and why (if said)."""

    at: datetime
    by: str
    role: str
    to: tuple[str, ...]
    reason: Words | None = None


class Veto(Struct, frozen=True):
    """A veto (一票否决) in force: a finding that lowers the grade.

    `id` is `case/<id>` or `judged/<version>`, `finding` its key; `by` are the accounts that recorded it.
    """

    id: str
    finding: str
    by: frozenset[str]

    @property
    def is_judged(self) -> bool:
        """Whether somebody recorded it with reasons; otherwise it follows from a case."""
        return self.id.startswith("judged/")


class Step(Struct, frozen=True):
    """One completed stage: its key, the fact that completed it, and the version, actor and time of the entry."""

    stage: str
    fact: Fact
    version: int
    actor: str
    at: datetime


class Assessment(Struct, frozen=True, kw_only=True):
    """The present state of one assessment. Only folding facts makes one.

    - `stage`: the stage of the last step.
    - `due`: the deadline of each stage.
    - `left`: the members who left the team after the opening.
    - `scorers`: every account that ever gave points, also for a score that was returned.
    - `reported`: what others than the assessors reported; of each value the last.
    - `requests`: the documents that the department was asked for, by the id of the request (`stages/evidence.py`).
    - `absent`: the items that do not apply.
    - `recorded_reminders`: the recorded reminder steps, by key, with the time of the entry (`deadlines/schedule.py`).
    - `chases`: the last chase of each stage or task that somebody chased, by its key (`deadlines/chase.py`).
    - `assigned`: the accounts that are to do a stage, a task, the sheets or a request, by its key
      (`deadlines/assignment.py`).
    - `since`: the time when the next step became possible. `again`: the step was possible before, and something was
      sent back.
    - `noted`: the cases that made the score stale; None if the clock noted none.
    - `reopenings`: the times when the result was sent back to be scored and approved again.
    - `tasks`: the tasks that follow from the circulated result, with the time at which each was recorded as done (None:
      not yet).
    - `task_persons`, `task_days`: the persons that each completed task names, and the day on which it was done.
    - `task_due`: the deadlines of tasks that were set or moved; all others follow from the rulebook.
    - `reviews`: the reviews that somebody asked for, by the id of the window. The decision on each is one of `tasks`.
    - `window_due`: the last days to ask for a review that the clock set; all others follow from the rulebook.
    - `circulated`: the numbers of all circulated notices, the latest last.
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
    reported: ValueReport = ValueReport()
    requests: dict[str, DocumentRequest] = {}
    absent: frozenset[str] = frozenset()
    vetoes: tuple[Veto, ...] = ()
    recorded_reminders: dict[str, datetime] = {}
    chases: dict[str, ChaseState] = {}
    assigned: dict[str, tuple[str, ...]] = {}
    since: datetime | None = None
    again: bool = False
    noted: tuple[str, ...] | None = None
    reopenings: tuple[Step, ...] = ()
    tasks: dict[str, datetime | None] = {}
    task_persons: dict[str, tuple[TaskPerson, ...]] = {}
    task_days: dict[str, date] = {}
    task_due: dict[str, date] = {}
    reviews: dict[str, ReviewState] = {}
    window_due: dict[str, date] = {}
    circulated: tuple[str, ...] = ()

    @property
    def team(self) -> tuple[Member, ...]:
        """The heads and the other members: the persons who are assessed (第二条)."""
        return self.heads + self.members

    @property
    def everybody(self) -> tuple[Member, ...]:
        """The team, and the members who left it after the opening: the result concerns them too (第九条2：当年)."""
        team = {member.person for member in self.team}
        return (*self.team, *(member for member in self.left if member.person not in team))

    @property
    def posts(self) -> dict[str, str]:
        """The post of each member by id, also of members who left the team. Members with the same post are numbered."""
        # A page can call a member only by the post, because the ledger contains no name.
        posts = {member.person: member.position for member in (*self.everybody, *self.left)}
        shared = {post for post, times in Counter(posts.values()).items() if times > 1}
        numbers = {post: count(1) for post in shared}
        return {person: f"{post} {next(numbers[post])}" if post in shared else post for person, post in posts.items()}

    @property
    def is_special(self) -> bool:
        """Whether it is an assessment beside the annual one, at an occasion (`Rulebook.special_title`)."""
        return self.occasion is not None

    @property
    def awaits_rescoring(self) -> bool:
        """Whether the result was reopened after scoring, so the assessment must be scored again."""
        scored = self.step("scoring")
        return scored is not None and bool(self.reopenings) and scored.version < self.reopenings[-1].version

    @property
    def awaits_reopening(self) -> bool:
        """Whether a review was decided so that the result is to be reopened, and it is not yet."""
        return any(review.decision == "reopen" for review in self.reviews.values())

    @property
    def is_approved(self) -> bool:
        """Whether the committee's approval is in force."""
        return self.step("approval") is not None

    @property
    def has_valid_score(self) -> bool:
        """Whether the score is valid: no case is noted as changed since scoring, and the result was not reopened."""
        return not self.noted and not self.awaits_rescoring

    def fact(self, kind: type[F]) -> F | None:
        """The fact of this kind that completed a step in force; None if there is no such step."""
        for step in reversed(self.steps):
            if isinstance(step.fact, kind):
                return step.fact
        return None

    def step(self, stage: str) -> Step | None:
        """The step that completed `stage`; None if no such step is in force."""
        return next((step for step in reversed(self.steps) if step.stage == stage), None)

    def with_tasks(self, ids: Iterable[str] = ()) -> Assessment:
        """The state with these tasks, all open, in place of those that it had, and of its reviews."""
        tasks: dict[str, datetime | None] = dict.fromkeys(ids)
        return replace(self, tasks=tasks, task_persons={}, task_days={}, task_due={}, reviews={}, window_due={})

    def push(self, stage: str, fact: Fact, stamp: Stamp) -> Assessment:
        """The state after one more step. If the last step completed the same stage, the new step replaces it."""
        earlier = self.steps[:-1] if self.steps and self.steps[-1].stage == stage else self.steps
        step = Step(stage, fact, stamp.version, stamp.actor, stamp.recorded_at)
        return replace(self, stage=stage, steps=(*earlier, step))

    def pop(self, to_stage: str | None = None) -> Assessment:
        """The state without its last step. With `to_stage`, without all steps after that stage."""
        steps = self.steps[:-1]
        while to_stage is not None and steps and steps[-1].stage != to_stage:
            steps = steps[:-1]
        return replace(self, stage=steps[-1].stage if steps else UNOPENED, steps=steps)


class AssessmentFact(Fact, frozen=True, kw_only=True):
    """A fact of an assessment's stream. Each kind defines in `fold` how it changes the state.

    If a fact changes which step comes next, the time for the next step is counted from the fact. If its `gives_time` is
    False, the time is counted from the last step instead.
    """

    gives_time: ClassVar[bool] = True

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        raise NotImplementedError


class StageFact(AssessmentFact, frozen=True, kw_only=True):
    """A fact that completes a stage. `dated` is the name of the field with the day of the step; empty: no field."""

    stage: ClassVar[str]
    dated: ClassVar[str] = ""

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        return state.push(self.stage, self, stamp)


def fold(state: Assessment, fact: AssessmentFact, stamp: Stamp) -> Assessment:
    """The state after one more fact. If the fact changes which step comes next, `since` and `again` change too."""
    new_state = replace(fact.fold(state, stamp), version=stamp.version)
    if new_state.steps is state.steps and new_state.noted == state.noted:
        return new_state
    if not fact.gives_time:
        return replace(new_state, since=new_state.steps[-1].at if new_state.steps else None, again=False)
    goes_back = not isinstance(fact, StageFact) and (len(new_state.steps) < len(state.steps) or bool(new_state.noted))
    return replace(new_state, since=stamp.recorded_at, again=goes_back)


def fact_from(kind: type[F], command: Command) -> F:
    """A fact of the class `kind` with the same fields as the command."""
    return kind(**{name: getattr(command, name) for name in command.__struct_fields__})
