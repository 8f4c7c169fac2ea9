"""The fields for one value of a subject, by its way. A value that is made of others, or read from tables, has none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import ROUND_CEILING, Decimal
from typing import Any

from msgspec import Struct

from states.rulebook.calculation.computed_values import RatioValue
from states.rulebook.calculation.entered_values import GivenValue, LevelValue, MarkValue, PerValue
from states.rulebook.calculation.numbers import plain
from states.rulebook.calculation.plan import GRADE, SubjectPlan
from states.rulebook.calculation.read_values import EarlierValue, FindingValue
from states.rulebook.calculation.values import NamedValue
from states.rulebook.sentences.names import RuleNames, short
from states.vocabulary import Text

from .trial_fields import NO, YES_OR_NO, TrialField


class FieldContext(Struct, frozen=True):
    """The subject whose values are asked for: its plan and names, the person ("" for the department), the step of marks."""

    plan: SubjectPlan
    names: RuleNames
    person: str
    step: Decimal | None

    def entry(self, key: str) -> str:
        return f"{key}@{self.person}" if self.person else key


def value_fields(value: NamedValue, context: FieldContext) -> tuple[TrialField, ...]:
    """The field for a value, and a box to tick if it may be not applicable."""
    make = _MAKERS.get(type(value))
    if make is None:
        return ()
    return tuple(make(value, context))


def _mark(value: MarkValue, context: FieldContext) -> Iterator[TrialField]:
    if value.among:
        options = {plain(level.points): _level_text(level.title.text, level.points) for level in value.among}
        yield _field("marks", value, context, kind="choice", options=options, default=plain(value.points))
    else:
        step = value.step if value.step is not None else context.step
        yield _number("marks", value, context, high=value.points, step=step, default=plain(value.points))
    yield from _absent(value, context)


def _level(value: LevelValue, context: FieldContext) -> Iterator[TrialField]:
    rules = context.names.rules
    lists = {one.key: {level.key: level.title.text for level in one.level} for one in rules.levels}
    lists |= {key: {grade.key: grade.title.text for grade in scale.grade} for key, scale in rules.scales.items()}
    options = lists[value.among]
    yield _field("levels", value, context, kind="choice", options=options, default=next(iter(options)))
    yield from _absent(value, context)


def _per(value: PerValue, context: FieldContext) -> Iterator[TrialField]:
    if value.of is None:
        yield _number("marks", value, context, default=plain(best_count(value)))
        yield from _absent(value, context)


def _reported(value: GivenValue, context: FieldContext) -> Iterator[TrialField]:
    yield _number(
        "numbers", value, context, high=value.points, step=value.step, default=plain(best_number(value, context.plan)),
        low=None if value.below_zero else Decimal(0),
    )  # fmt: skip
    yield from _absent(value, context)


def _finding(value: FindingValue, context: FieldContext) -> Iterator[TrialField]:
    if value.by:
        yield _field("judgements", value, context, kind="choice", options=YES_OR_NO, default=NO)


def _earlier(value: EarlierValue, context: FieldContext) -> Iterator[TrialField]:
    if value.of == GRADE and context.plan.scale is not None:
        grades = context.plan.scale.grades
        options = {key: grade.title.text for key, grade in grades.items()}
        yield _field("earlier_grades", value, context, kind="choice", options=options, default=next(iter(grades)))
    else:
        high = value.points
        yield _number("earlier", value, context, high=high, default=plain(high) if high is not None else "")
    yield _box(value, context, Text("没有这样的结果", "There is no such result"))


_MAKERS: dict[type[NamedValue], Callable[[Any, FieldContext], Iterator[TrialField]]] = {
    MarkValue: _mark,
    LevelValue: _level,
    PerValue: _per,
    GivenValue: _reported,
    FindingValue: _finding,
    EarlierValue: _earlier,
}


def _level_text(title: Text, points: Decimal) -> Text:
    return Text(f"{title.zh}（{plain(points)} 分）", f"{title.en} ({plain(points)})")


def best_count(value: PerValue) -> Decimal:
    """The count that gives the most points."""
    if value.below is not None:
        return value.below if value.each < 0 else Decimal(0)
    if value.each <= 0:
        return Decimal(0)
    most = value.max if value.max is not None else value.points
    if most is None:
        return Decimal(0)
    units = ((most - value.start) / value.each).to_integral_value(ROUND_CEILING)
    return (value.above or Decimal(0)) + units * value.every


def best_number(value: GivenValue, plan: SubjectPlan) -> Decimal:
    """The best number that is reported: its full mark; or the number below which points are lost; or 1, if it is counted against another number.

    Otherwise the most it can be, or the least.
    """
    if value.points is not None:
        return value.points
    for other in plan.values.values():
        if isinstance(other, PerValue) and other.of == value.key and other.below is not None:
            return other.below
        if isinstance(other, RatioValue) and value.key in (other.of, other.by):
            return Decimal(1)
    return value.max if value.max is not None else max(value.min or Decimal(0), Decimal(0))


def _absent(value: NamedValue, context: FieldContext) -> Iterator[TrialField]:
    if value.may_be_absent:
        yield _box(value, context, Text("不适用", "Not applicable"))


def _box(value: NamedValue, context: FieldContext, title: Text) -> TrialField:
    return TrialField(name=f"absent:{context.entry(value.key)}", title=title, kind="check", clause=value.clause)


def _number(
    fact: str, value: NamedValue, context: FieldContext, *,
    default: str, high: Decimal | None = None, step: Decimal | None = None, low: Decimal | None = Decimal(0),
) -> TrialField:  # fmt: skip
    return TrialField(
        name=f"{fact}:{context.entry(value.key)}", title=short(value), kind="number", clause=value.clause,
        default=default, low=low, high=high, step=step,
    )  # fmt: skip


def _field(
    fact: str, value: NamedValue, context: FieldContext, *, kind: Any, options: dict[str, Text], default: str
) -> TrialField:
    return TrialField(
        name=f"{fact}:{context.entry(value.key)}", title=short(value), kind=kind, clause=value.clause, options=options,
        default=default,
    )  # fmt: skip
