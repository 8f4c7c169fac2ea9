"""Checks that several stages share, and `FaultCollector`, which joins their refusals into one.

A function `check_…` raises a refusal or does nothing. `title` names the checked value in the refusal; `clause` is the
rule that the refusal cites. Also here: `table_of`, the indicator table of an assessment's department.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Self
from zoneinfo import ZoneInfo

from states.rulebook.calculation.forms import ScoreForm

from .assessment import Assessment, Levels, Marks, ScoreSheet, Step
from .context import Context
from .refusals import (
    DoesNotAddUp,
    Incomplete,
    InTheFuture,
    Malformed,
    NotKnown,
    OutOfRange,
    Refusal,
    TooEarly,
    combine_faults,
)
from .result.sheet_items import SheetItem
from .vocabulary import Citation, Document, Text

MAX_YEARS_AHEAD = 3
"""The most years from now to a new deadline."""

MAX_PER_ELEMENT = 50
"""The most documents of evidence under one element."""

MAX_DOCUMENT_SIZE = 20 * 2**20
"""The maximum size of a document, in bytes."""
_YEAR_BEGINS = Text(zh="考核年度第一天", en="the first day of the year assessed")
_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]{0,80}\Z")


def table_of(state: Assessment, context: Context) -> ScoreForm:
    """The indicator table for the kind of the assessed department (附件1 or 附件2)."""
    return context.rulebook.forms_by_kind[state.unit_kind]


class FaultCollector:
    """Collects the refusals of several checks and raises them as one refusal. Each fault keeps the path of its field.

    Each check runs inside `with faults.at("held_on"): …`, which catches its refusal. `faults.end()` raises a single
    refusal as it is, and several as `SeveralFaults`.
    """

    def __init__(self, clause: Citation) -> None:
        self._clause, self._field = clause, ""
        self._faults: list[Refusal] = []
        self._refusals: list[Refusal] = []

    def at(self, field: str) -> Self:
        """Set the field of the next check. The check may be about a part of this field."""
        self._field = field
        return self

    @property
    def fields(self) -> set[str]:
        """The fields that have a fault so far; "" stands for a fault of no single field."""
        return {fault.field for fault in self._faults}

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        field, self._field = self._field, ""
        if not isinstance(error, Refusal):
            return False
        self._refusals.append(error)
        for fault in error.faults:
            fault.field = ".".join(filter(None, (field, fault.field)))
            self._faults.append(fault)
        return True

    def end(self) -> None:
        """Raise the only refusal, or all of them as `SeveralFaults`. Do nothing if no check refused."""
        if len(self._refusals) > 1:
            raise combine_faults(self._faults, self._clause)
        if self._refusals:
            raise self._refusals[0]


def check_not_in_future(title: Text | str, day: date, context: Context, clause: Citation) -> None:
    """Refuse a day after today."""
    if day > context.today:
        raise InTheFuture(what=title, value=day, today=context.today, clause=clause)


def check_not_before_last_step(
    title: Text | str, day: date, state: Assessment, context: Context, clause: Citation
) -> None:
    """Refuse a day that is in the future, before the assessment year, or before the last step that has a day."""
    check_not_in_future(title, day, context, clause)
    stage, earliest = _last_dated_step(state, context)
    if day < earliest:
        limit = _YEAR_BEGINS if stage is None else context.rulebook.stages[stage].title.text
        raise TooEarly(what=title, value=day, after=limit, against=earliest, clause=clause)


def _last_dated_step(state: Assessment, context: Context) -> tuple[str | None, date]:
    """The stage and the day of the last step that has a day. If no step has one: None and the first day of the year."""
    for step in reversed(state.steps):
        day = _day_of(step, context)
        if day is not None:
            return step.stage, day
    return None, date(state.year, 1, 1)


def _day_of(step: Step, context: Context) -> date | None:
    """The day on which a step took place; None if its fact has no date field."""
    # The fact of a score has no date field: its day is the day of its entry. All other steps may be recorded later than
    # they took place, so their facts have a date field.
    if step.stage == "scoring":
        return step.at.astimezone(ZoneInfo(context.rulebook.timezone)).date()
    day_field = getattr(step.fact, "dated", "")
    return getattr(step.fact, day_field) if day_field else None


def check_new_day(title: Text, day: date, context: Context, clause: Citation) -> None:
    """Refuse a new deadline before today, and one that is years away."""
    if day < context.today:
        today = Text(zh="今天", en="today")
        raise TooEarly(what=title, value=day, after=today, against=context.today, clause=clause)
    check_year(title, day, context, clause)


def check_year(title: Text, day: date, context: Context, clause: Citation) -> None:
    """Refuse a day that is years away: its year is mistyped. The clock cannot compute with dates near the year 9999."""
    if day.year > context.today.year + MAX_YEARS_AHEAD:
        why = Text(zh=f"{day} 太远，请核对年份", en=f"{day} is too far away: check the year")
        raise Malformed(what=title, why=why, clause=clause)


def check_in_range(title: Text | str, value: int, clause: Citation, low: int = 0, high: int = 100_000) -> None:
    """Refuse a count below `low` or above `high`."""
    if not low <= value <= high:
        raise OutOfRange(what=title, value=value, low=low, high=high, step=1, clause=clause)


def check_document(title: Text | str, value: Document, clause: Citation) -> None:
    """Refuse a document that is empty or too large, and a media type of a wrong form."""
    # The form is strict because the media type stays in the ledger: a free string could contain a person's name.
    check_in_range(title, value.size, clause, low=1, high=MAX_DOCUMENT_SIZE)
    if not _MEDIA_TYPE.match(value.media_type):
        why = Text(zh="应形如 application/pdf", en="it must look like application/pdf")
        raise Malformed(what=Text(zh="文件类型", en="media type"), why=why, clause=clause)


def check_evidence(files: tuple[Document, ...], clause: Citation) -> None:
    """Refuse too many documents under one element, and wrong ones (`check_document`)."""
    check_in_range(
        Text(zh="一个要素的材料份数", en="documents under one element"), len(files), clause, high=MAX_PER_ELEMENT
    )
    for file in files:
        check_document(Text(zh="佐证材料的字节数", en="bytes of the evidence"), file, clause)


def check_same_keys(title: Text, keys: Iterable[str], required: Iterable[str], clause: Citation) -> None:
    """Refuse keys that are not exactly the required ones."""
    keys, required = set(keys), dict.fromkeys(required)
    if keys == required.keys():
        return
    unknown = sorted(keys - required.keys())
    if unknown:
        raise NotKnown(what=title, value=", ".join(unknown), known=", ".join(required), clause=clause)
    missing = [key for key in required if key not in keys]
    if missing:
        raise Incomplete(
            missing=Text(zh=f"{title.zh} {'、'.join(missing)}", en=f"{title.en} {', '.join(missing)}"), clause=clause
        )


def check_marks(values: Marks, items: Mapping[str, SheetItem], clause: Citation) -> None:
    """Refuse marks with a missing or unknown element, and numbers that the element does not allow.

    The maximum of an element is the number of points that 附件1 or 附件2 prints for it.
    """
    numbers = {key: item for key, item in items.items() if not item.is_level}
    check_same_keys(Text(zh="要素", en="element"), values, numbers, clause)
    faults = FaultCollector(clause)
    for key, item in numbers.items():
        with faults.at(key):
            check_mark(values[key], item)
    faults.end()


def check_mark(points: Decimal, item: SheetItem) -> None:
    """Refuse points below 0, above the maximum or between two steps; and points that are none of the element's levels."""
    if item.points:
        if points not in item.points or not is_plain_number(points):
            known = "、".join(f"{one:f}" for one in item.points)
            raise NotKnown(what=mark_title(item), value=f"{points:f}", known=known, clause=item.element.clause)
    elif str(points) not in _usual_spellings(item.high, item.step) and not (
        is_plain_number(points) and 0 <= points <= item.high and points % item.step == 0
    ):
        what, clause = mark_title(item), item.element.clause
        raise OutOfRange(what=what, value=points, low=0, high=item.high, step=item.step, clause=clause)


def mark_title(item: SheetItem) -> Text:
    """The title of the points, or of the count, of an item."""
    if item.full_mark is None:
        return Text(zh=f"要素 {item.label.zh} 的数量", en=f"number for element {item.label.en}")
    return Text(zh=f"要素 {item.label.zh} 的得分", en=f"points for element {item.label.en}")


def check_levels(values: Levels, items: Mapping[str, SheetItem], clause: Citation) -> None:
    """Refuse levels with a missing or unknown element, and a level that is not in the element's list."""
    wanted = {key: item for key, item in items.items() if item.is_level}
    check_same_keys(Text(zh="要素", en="element"), values, wanted, clause)
    faults = FaultCollector(clause)
    for key, item in wanted.items():
        with faults.at(key):
            if values[key] not in item.words:
                known = ", ".join(item.words)
                raise NotKnown(what=level_title(item), value=values[key], known=known, clause=item.element.clause)
    faults.end()


def level_title(item: SheetItem) -> Text:
    """The title of the level of an item."""
    return Text(zh=f"要素 {item.label.zh} 的档次", en=f"level of element {item.label.en}")


def check_reasons(sheet: ScoreSheet, items: Mapping[str, SheetItem], clause: Citation, faulty: Collection[str]) -> None:
    """Refuse a sheet that lacks a reason for lost points or a lower level, or has a reason for an element without loss.

    A count may have a reason. An element that the sheet does not have is refused too (decision 0027). `faulty` are
    the fields with faulty entries (`marks.a1-1.1.1`): their reasons are not checked.
    """
    faults, unknown = FaultCollector(clause), sorted(sheet.reasons.keys() - items.keys())
    with faults:
        if unknown:
            title = Text(zh="要素", en="element")
            raise NotKnown(what=title, value=", ".join(unknown), known=", ".join(items), clause=clause)
    for key, item in items.items():
        field, entry = ("levels", sheet.levels.get(key)) if item.is_level else ("marks", sheet.marks.get(key))
        with faults.at(key):
            if f"{field}.{key}" not in faulty and entry is not None:
                check_reason(item, clause, entry, has_reason=key in sheet.reasons)
    faults.end()


def check_reason(item: SheetItem, clause: Citation, entry: Decimal | str, *, has_reason: bool) -> None:
    """Refuse lost points that have no reason. Refuse a reason if no points were lost."""
    # A reason tells the department what to improve, and the committee what it approves. If no points are lost, nobody
    # needs a reason, and it would stay in the ledger for ever.
    is_count = item.full_mark is None and not item.is_level
    if item.loses(entry) == has_reason or is_count:
        return
    label = item.label
    title = Text(zh=f"要素 {label.zh} 的扣分理由", en=f"reason for points lost at {label.en}")
    if item.is_level:
        title = Text(zh=f"要素 {label.zh} 的理由", en=f"reason for the level of {label.en}")
    if not has_reason:
        raise Incomplete(missing=title, clause=clause)
    why = Text(
        zh="此项得满分，未扣分，请删去理由，或核对得分",
        en="it has full marks, so delete the reason or correct the points",
    )
    if item.is_level:
        why = Text(
            zh="此项已是最好的一档，请删去理由，或核对档次",
            en="it has the best level, so delete the reason or correct the level",
        )
    raise Malformed(what=title, why=why, clause=clause)


_MOST_SPELLINGS = 200


@lru_cache(maxsize=1024)
def _usual_spellings(maximum: Decimal, step: Decimal) -> frozenset[str]:
    """The valid points of an element in their usual spellings (4, 4.0, 4.5)."""
    # A look-up in a set is faster than decimal arithmetic.
    values = (step * count for count in range(min(int(maximum // step), _MOST_SPELLINGS) + 1))
    return frozenset(spelling for value in values for spelling in (f"{value:f}", f"{value.normalize():f}"))


def is_plain_number(points: Decimal) -> bool:
    """Whether a number is finite, not −0, and has an exponent from −6 to 6, so that a person could have written it."""
    exponent = points.as_tuple().exponent
    return isinstance(exponent, int) and -6 <= exponent <= 6 and not (points.is_signed() and points == 0)


def check_adds_up(title: Text | str, correct: bool, clause: Citation, formula: Text | str) -> None:
    """Refuse counts if the caller found that they contradict each other (`correct` is False).

    `formula` is the contradiction, for people.
    """
    if not correct:
        raise DoesNotAddUp(what=title, sum=formula, clause=clause)
