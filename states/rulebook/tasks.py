"""What follows from a result (结果运用): tasks, bars, and windows in which somebody may ask for a review (复核、申诉).

A bar is a task with a time for which something is barred, such as a promotion. Each task and window has a row of tests
over the values, the grade and the places of a subject, and comes for every subject for which the row holds. When
somebody has asked for a review, the decision on it is a task too. Not here: the days by which they are due
(`states/deadlines/task_dates.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import Annotated, Literal, Self

from msgspec import Struct
from pydantic import Field, StrictBool, model_validator

from .calculation.plan import SubjectScope
from .calculation.rows import Holds, RowRules, RuleRow, TableRow, every
from .parts import Key, Keys, Misfit, Misfits, Part, Source, Wording, raise_if_any, repeated, unknown
from .stages import Reminders

Count = Annotated[int, Field(strict=True, ge=1, le=3660)]

_NEVER_SPECIAL = (
    "其前一事项不适用于专项考核，因此专项考核永远没有这一事项",
    "a special assessment never has it, because it does not have the task before it",
)
_NAME_OF_TASK = ("与结果运用事项同名", "has the name of a task")
_NO_WORKING_DAYS = (
    "期间不按工作日计算：写 days、months 或者 years",
    "a bar does not last for working days: write days, months or years",
)


class TimeSpan(Part):
    """A span of time after an event: so many days, working days, months, or years. The day of the event does not count."""

    days: Count | None = None
    working_days: Count | None = None
    months: Count | None = None
    years: Count | None = None

    @model_validator(mode="after")
    def _check_unit(self) -> Self:
        if sum(count is not None for count in (self.days, self.working_days, self.months, self.years)) != 1:
            words = ("days、working_days、months、years 写一个", "write one of days, working_days, months and years")
            raise Misfits(Misfit("", *words))
        return self

    @property
    def needs_calendar(self) -> bool:
        """Whether its last day depends on which days are working days."""
        return self.working_days is not None


class TimeLimit(TimeSpan):
    """期限: a span within which something is to be done. `roll`: where its last day moves if that is no working day."""

    # 民法典203：“期间的最后一日是法定休假日的，以法定休假日结束的次日为期间的最后一日。” 204: a measure may say otherwise.
    roll: Literal["forward", "stay", "back"] = "forward"

    @property
    def needs_calendar(self) -> bool:
        return super().needs_calendar or self.roll != "stay"


class FollowUp(TableRow):
    """A task or a window: what the roles `by` must or may do about a subject for which the row holds.

    `for`: the keys of the subjects that it is about; if none is named, the rulebook's first subject.
    """

    key: Key
    title: Wording
    subjects: Annotated[Keys, Field(alias="for")] = ()
    by: Annotated[Keys, Field(min_length=1)]

    @property
    def predecessor(self) -> str | None:
        """The key of the task or window that must come before it. Where that does not come, it does not come either.

        None, or the key of a stage: it comes after the notice of the result.
        """
        raise NotImplementedError


class Task(FollowUp):
    """A task, or a bar (`lasts`), that follows from a circulated result.

    - `after`: the key of the task that must be done before it.
    - `due`: until when it must be done, and `lasts`: how long a bar lasts. Both count from the day of the notice or,
      with `after`, from the day on which that task was done.
    - `special`: a special assessment (第六条) has it too.
    - `persons`: whom its record lists: nobody; every member of the team; or those held responsible, each with the
      measure taken.
    """

    after: Key | None = None
    due: TimeLimit | None = None
    due_source: Source = "ours"
    lasts: TimeSpan | None = None
    special: StrictBool = False
    persons: Literal["none", "team", "responsible"] = "none"
    reminders: Reminders | None = None

    @model_validator(mode="after")
    def _check_reminders(self) -> Self:
        if self.reminders is not None and self.due is None:
            raise Misfits(Misfit("reminders", "仅当写 due 时写", "is written only when due is written"))
        if self.lasts is not None and self.lasts.needs_calendar:
            raise Misfits(Misfit("lasts.working_days", *_NO_WORKING_DAYS))
        return self

    @property
    def predecessor(self) -> str | None:
        return self.after


CIRCULATION = "circulation"
"""The stage after which a window opens if it does not open after another window."""


class Window(FollowUp):
    """A right to ask for a review.

    - `by`: the roles that may ask. `within`: for how long they may, counted `from` the circulation, or from the
      decision in another window.
    - `decided_by`: the roles that decide. `decided_within`: until when, counted from the day on which somebody asked.
    - `reminders`: of the decision. Nobody is reminded of a right.
    """

    from_: Annotated[Key, Field(alias="from")] = CIRCULATION
    within: TimeLimit
    decided_by: Annotated[Keys, Field(min_length=1)]
    decided_within: TimeLimit | None = None
    reminders: Reminders | None = None

    @model_validator(mode="after")
    def _check_reminders(self) -> Self:
        if self.reminders is not None and self.decided_within is None:
            raise Misfits(
                Misfit("reminders", "仅当写 decided_within 时写", "is written only when decided_within is written")
            )
        return self

    @property
    def predecessor(self) -> str | None:
        return self.from_

    def decision(self) -> Task:
        """The decision on a review as a task of the roles that decide, under the key of the window."""
        return Task(
            key=self.key,
            title=Wording(zh=f"{self.title.zh}决定", en=f"{self.title.en}: decision"),
            clause=self.clause,
            certainty=self.certainty,
            by=self.decided_by,
            due=self.decided_within,
            reminders=self.reminders,
        )


class Follow(Struct, frozen=True):
    """One task or window that comes for one subject: its key, and the person (empty: the department or its team)."""

    key: str
    person: str = ""

    @classmethod
    def from_id(cls, id_: str) -> Follow:
        key, _, person = id_.partition("@")
        return cls(key, person)

    @property
    def id(self) -> str:
        """Its name in facts, deadlines and reminders: `talk`, or `talk@p-1` of a person."""
        return f"{self.key}@{self.person}" if self.person else self.key


class FollowUps(Struct, frozen=True):
    """What comes after the results of one assessment, and what may come (`pending`), in the order of the rulebook."""

    certain: tuple[Follow, ...]
    pending: tuple[Follow, ...]


class FollowUpRules(RowRules):
    """All tasks and windows of a rulebook."""

    task: tuple[Task, ...] = ()
    window: tuple[Window, ...] = ()

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        misfits = [
            *repeated("task", (task.key for task in self.task)),
            *repeated("window", (window.key for window in self.window)),
            *(Misfit(f"window.{key}", *_NAME_OF_TASK) for key in self.windows if key in self.tasks),
            *(m for task in self.task for m in unknown(f"task.{task.key}.after", (task.after,), self.tasks.keys())),
            *(
                Misfit(f"task.{task.key}.special", *_NEVER_SPECIAL)
                for task in self.task
                if task.special and task.after in self.tasks and not self.tasks[task.after].special
            ),
        ]
        raise_if_any([*misfits, *_circle("task", self.tasks), *_circle("window", self.windows)])
        return self

    @cached_property
    def tasks(self) -> dict[str, Task]:
        return {task.key: task for task in self.task}

    @cached_property
    def windows(self) -> dict[str, Window]:
        return {window.key: window for window in self.window}

    @cached_property
    def decisions(self) -> dict[str, Task]:
        """The decision of each window, as a task, by the key of the window."""
        return {window.key: window.decision() for window in self.window}

    def task_of(self, id_: str) -> Task | None:
        """The rule of the task with this id, or of the decision in the window with this id."""
        key = Follow.from_id(id_).key
        return self.tasks.get(key) or self.decisions.get(key)

    def rows(self) -> Iterator[RuleRow]:
        for name, parts in (("task", self.task), ("window", self.window)):
            yield from (
                RuleRow(f"{name}.{part.key}", subject, part) for part in parts for subject in part.subjects or ("",)
            )

    def tasks_of(self, subjects: Iterable[SubjectScope], first: str, *, is_special: bool = False) -> FollowUps:
        """The tasks of one assessment. `first`: the key of the rulebook's first subject."""
        left_out = frozenset(task.key for task in self.task if is_special and not task.special)
        return _follow_ups(self.tasks, subjects, first, left_out)

    def windows_of(self, subjects: Iterable[SubjectScope], first: str) -> FollowUps:
        """The windows of one assessment, also those that open after another window."""
        return _follow_ups(self.windows, subjects, first)


def _follow_ups(
    parts: Mapping[str, FollowUp], subjects: Iterable[SubjectScope], first: str, left_out: Collection[str] = ()
) -> FollowUps:
    """What comes for these subjects, without the keys `left_out` and what would come after them."""
    scopes = tuple(subjects)
    answers: dict[Follow, Holds] = {}
    for key in _in_order(parts):
        part, is_in = parts[key], key not in left_out
        for scope in scopes:
            if scope.plan.subject.key in (part.subjects or (first,)):
                # One answer "no" settles it, even if another is not known yet: so nothing stays open without need.
                before = _before(part, scope.person, parts, answers)
                answers[Follow(key, scope.person)] = every(is_in, before, part.holds(scope))
    number_of = {key: number for number, key in enumerate(parts)}
    ordered = sorted(answers.items(), key=lambda answer: number_of[answer[0].key])
    return FollowUps(
        tuple(follow for follow, holds in ordered if holds), tuple(follow for follow, holds in ordered if holds is None)
    )


def _before(part: FollowUp, person: str, parts: Mapping[str, FollowUp], answers: Mapping[Follow, Holds]) -> Holds:
    """Whether its predecessor comes: that of the same person, or that of the department."""
    if part.predecessor is None or part.predecessor not in parts:
        return True
    return answers.get(Follow(part.predecessor, person), answers.get(Follow(part.predecessor), False))


def _in_order(parts: Mapping[str, FollowUp]) -> list[str]:
    """The keys, each after that of its predecessor. Raises CycleError."""
    before = {key: {other for other in (part.predecessor,) if other in parts} for key, part in parts.items()}
    return [key for key in TopologicalSorter(before).static_order() if key is not None]


def _circle(location: str, parts: Mapping[str, FollowUp]) -> Iterator[Misfit]:
    try:
        _in_order(parts)
    except CycleError as error:
        path = " → ".join(error.args[1])
        yield Misfit(location, f"循环先后：{path}", f"comes after itself: {path}")
