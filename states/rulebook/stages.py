"""The stages of a rulebook: their kinds, their deadlines and reminders, and the few rules of their order.

A rulebook gives its stages in the order in which they take place. Not here: the commands and facts of the kinds
(`states/stages/`), which act is possible at which stage (`states/chart.py`), and the dates of one year
(`states/deadlines/dates.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from functools import cached_property
from itertools import chain, pairwise, takewhile
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import Field, StrictBool, model_validator

from .parts import Clause, Key, Misfit, Misfits, MonthDay, Part, Source, Wording, raise_if_any, repeated, unknown

StageKind = Literal[
    "opening", "self_report", "meeting", "democratic_evaluation", "interviews", "document_review",
    "site_inspection", "scoring", "publicity", "approval", "circulation", "step",
]  # fmt: skip
"""The kinds of stages. A rulebook has each at most once, but `step` as often as it needs."""
# Only a step may occur twice: its fact names its stage. With a second meeting or publicity, every reader of their facts
# would have to say which one it means, and no measure that we know has two with these contents. A second one is a step.

_RESERVED = frozenset({*get_args(StageKind), "unopened", "withdrawn"})
"""Keys that no step may have: those of the other kinds, and of an assessment before the opening and after its end."""

ON_SITE = frozenset({"meeting", "democratic_evaluation", "interviews", "document_review", "site_inspection"})
"""The kinds of stages that take place during the visit to a department (现场考评)."""


class Escalation(Part):
    """When `after` whole working days have passed since the deadline, the role `to` is informed."""

    after: Annotated[int, Field(strict=True, ge=1, le=60)]
    to: Key


class Reminders(Part):
    """The reminders of a deadline: working days before it, on the day, working days after it, and escalations.

    `weekly`: after the last of these, a reminder is sent every week, to the roles that must act and to the roles listed
    here: the first from the first week on, the second from the second week on, and so on.
    """

    before: tuple[Annotated[int, Field(strict=True, ge=1, le=120)], ...]
    on_the_day: StrictBool
    overdue: tuple[Annotated[int, Field(strict=True, ge=1, le=60)], ...]
    escalate: tuple[Escalation, ...]
    weekly: tuple[Key, ...] = ()

    @model_validator(mode="after")
    def _check_unique(self) -> Self:
        raise_if_any(
            chain(
                repeated("before", map(str, self.before)),
                repeated("overdue", map(str, self.overdue)),
                repeated("escalate", (str(e.after) for e in self.escalate)),
                repeated("weekly", self.weekly),
            )
        )
        return self

    @cached_property
    def numbered(self) -> tuple[tuple[int, str, str], ...]:
        """The numbered steps in order. For each: working days from the deadline, the step's name, its role.

        An empty role stands for the role that must act.
        """
        steps = [(-days, f"-{days}", "") for days in self.before]
        steps += [(0, "0", "")] if self.on_the_day else []
        steps += [(days, f"+{days}", "") for days in self.overdue]
        # One day is added: for a deadline on Friday and `up+1`, the department has all of Monday, and the next role up
        # is reminded on Tuesday.
        steps += [(escalation.after + 1, f"up+{escalation.after}", escalation.to) for escalation in self.escalate]
        return tuple(sorted(steps))

    @cached_property
    def higher_roles(self) -> tuple[str, ...]:
        """The roles above the role that must act, in the order in which they are reminded."""
        escalations = sorted(self.escalate, key=lambda escalation: escalation.after)
        return tuple(dict.fromkeys((*(escalation.to for escalation in escalations), *self.weekly)))


class Stage(Part):
    """One stage of the assessment: its kind (from a closed set), its clause, the roles that record it, its deadline.

    `key` is its name in deadlines, reminders and the ledger. A stage of kind `step` has one of its own; the key of any
    other stage is its kind, and a rulebook does not write it.

    `due` is MM-DD; `due_year` 1 means the year after the assessed one, 2 the year after that. The measure sets no
    dates. A deadline with `due_source = "ours"` is our default, and opening the year fixes the binding date.

    `roll` says what happens to a deadline on a non-working day: it moves back to the last working day before, it moves
    forward to the first working day after (perhaps into the next year), or it stays (docs/rulebook.md).
    """

    key: Key
    kind: StageKind
    title: Wording
    clause: Clause
    by: Annotated[tuple[Key, ...], Field(min_length=1)]
    requires: tuple[Wording, ...] = ()
    due: MonthDay | None = None
    due_year: Annotated[int, Field(strict=True, ge=0, le=2)] = 0
    due_source: Source = "ours"
    requires_source: Source = "ours"
    roll: Literal["back", "stay", "forward"] = "back"
    reminders: Reminders | None = None

    @model_validator(mode="before")
    @classmethod
    def _put_key_in(cls, data: Any) -> Any:
        """The data with the kind as the key, if it has no key and is not a step."""
        has_kind = isinstance(data, dict) and isinstance(data.get("kind"), str) and data["kind"] != "step"
        return {"key": data["kind"], **data} if has_kind else data

    @model_validator(mode="after")
    def _check_key(self) -> Self:
        if self.kind != "step" and self.key != self.kind:
            zh, en = (
                f"应为 {self.kind}：只有 step 类步骤自定 key",
                f"must be {self.kind}: only a step has a key of its own",
            )
            raise Misfits(Misfit("key", zh, en))
        if self.kind == "step" and self.key in _RESERVED:
            zh, en = (
                f"{self.key} 是系统已用的名称，请另取",
                f"{self.key} is a name that the program uses: choose another",
            )
            raise Misfits(Misfit("key", zh, en))
        return self

    @model_validator(mode="after")
    def _check_reminders(self) -> Self:
        check_pair("due", self.due, self.reminders)
        return self


class Occasion(Part):
    """Another run of the rules in the same year, with fewer stages: a half-year check, a special inspection.

    `stages` are stages of the rulebook, by key. It has the subjects, and so the forms, that name this occasion; if none
    does, those of the round. `opens` is the day (MM-DD) on which the clock opens it for all departments, `opens_year`
    years after the assessed one; None: only people open it.
    """

    key: Key
    title: Wording
    clause: Clause
    stages: tuple[Key, ...]
    opens: MonthDay | None = None
    opens_year: Annotated[int, Field(strict=True, ge=0, le=2)] = 0


_BEFORE: tuple[tuple[StageKind, StageKind], ...] = (
    ("scoring", "publicity"),
    ("scoring", "approval"),
    ("approval", "circulation"),
)
"""Pairs of kinds of which the first must come before the second: the result is made, then posted, approved, circulated.
"""
_FIRST: StageKind = "opening"
_LAST: StageKind = "circulation"
# What a measure orders after the notice is a task: it has a deadline that counts from the notice, and it may depend on
# the grade. So a stage after the circulation would be a second way to write the same.


_OF_ROUND: tuple[StageKind, ...] = (_FIRST, "scoring", "approval", _LAST)
_OF_OCCASION: tuple[StageKind, ...] = (_FIRST, "scoring")
"""The kinds that cannot be left out, in the round and at an occasion. A half-year check may end with its score."""


def misplaced_stages(stages: tuple[Stage, ...], required: tuple[StageKind, ...] = _OF_ROUND) -> Iterator[Misfit]:
    """Required stages that are missing, and stages out of order. All other stages may stand anywhere between."""
    kinds = [stage.kind for stage in stages]
    for kind in required:
        if kind not in kinds:
            yield Misfit("stage", f"缺少步骤 {kind}", f"stage {kind} is missing")
    for before, after in _BEFORE:
        if before in kinds and after in kinds and kinds.index(after) < kinds.index(before):
            yield Misfit(f"stage.{after}", f"必须排在 {before} 之后", f"must come after {before}")
    for stage in takewhile(lambda stage: stage.kind != _FIRST, stages if _FIRST in kinds else ()):
        yield Misfit(f"stage.{stage.key}", f"必须排在 {_FIRST} 之后", f"must come after {_FIRST}")
    for stage in takewhile(lambda stage: stage.kind != _LAST, reversed(stages if _LAST in kinds else ())):
        yield Misfit(
            f"stage.{stage.key}",
            f"不能排在 {_LAST} 之后；通报之后要办的事，请写成结果运用事项",
            f"cannot come after {_LAST}: what is to be done after the circulation is a follow-up task",
        )


def wrong_occasions(occasions: tuple[Occasion, ...], stages: tuple[Stage, ...]) -> Iterator[Misfit]:
    """Occasions with stages that the rulebook does not have, with one twice, or out of order."""
    by_key = {stage.key: stage for stage in stages}
    yield from repeated("occasion", (occasion.key for occasion in occasions))
    for occasion in occasions:
        location = f"occasion.{occasion.key}.stages"
        yield from unknown(location, occasion.stages, by_key.keys())
        yield from repeated(location, occasion.stages)
        own = tuple(by_key[key] for key in occasion.stages if key in by_key)
        for misfit in chain(misplaced_stages(own, _OF_OCCASION), misordered_deadlines(None, own)):
            yield Misfit(location, f"{misfit.location} {misfit.zh}", f"{misfit.location} {misfit.en}")


def misordered_deadlines(open_on: MonthDay | None, stages: tuple[Stage, ...]) -> Iterator[Misfit]:
    """The opening day, and every deadline, that is after the next deadline in the order of the stages."""
    first = [] if open_on is None else [("open_on", 0, open_on)]
    dated = [(f"stage.{stage.key}.due", stage.due_year, stage.due) for stage in stages if stage.due is not None]
    for before, after in pairwise([*first, *dated]):
        if before[1:] > after[1:]:
            yield Misfit(
                before[0],
                f"{before[2]} 晚于其后的 {after[0]}（{after[2]}）",
                f"{before[2]} is after what follows it, {after[0]} ({after[2]})",
            )


def check_pair(name: str, due: object, reminders: Reminders | None) -> None:
    """Raise `Misfits` if only one of the deadline and its reminders is set."""
    if (due is None) != (reminders is None):
        raise Misfits(
            Misfit(
                "",
                f"{name} 与 reminders 必须同时写或同时不写",
                f"write both {name} and reminders, or neither",
            )
        )


def unknown_recipients(location: str, reminders: Reminders | None, roles: AbstractSet[str]) -> Iterator[Misfit]:
    """A misfit for every unknown role that reminders name."""
    escalations = reminders.escalate if reminders else ()
    yield from unknown(f"{location}.reminders.escalate", (escalation.to for escalation in escalations), roles)
    yield from unknown(f"{location}.reminders.weekly", reminders.weekly if reminders else (), roles)
