"""Checks that several stages share. Each raises a refusal or does nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Self
from zoneinfo import ZoneInfo

from .assessment import Assessment, Marks, ScoreSheet, Step
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
    several_faults,
)
from .rulebook.types import IndicatorTable
from .vocabulary import Citation, Document, Text

LARGEST_DOCUMENT = 20 * 2**20
"""Bytes."""
_YEAR_BEGINS = Text(zh="考核年度第一天", en="the first day of the year assessed")
_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]{0,80}\Z")


def table_of(state: Assessment, context: Context) -> IndicatorTable:
    """The indicator table of this department (附件1 or 附件2)."""
    return context.rulebook.tables[state.unit_kind]


def all_hold(clause: Citation, *checks: Callable[[], object]) -> None:
    """Every check passes; otherwise one refusal has every fault, so that nobody must submit once for each."""
    faults = Faults(clause)
    for check in checks:
        with faults:
            check()
    faults.end()


class Faults:
    """Collects every fault with its field, so that one refusal names them all.

    `with faults.at("held_on"): …` around each check, then `faults.end()`, which raises what was collected.
    """

    def __init__(self, clause: Citation) -> None:
        self._clause, self._at = clause, ""
        self.found: list[Refusal] = []
        self._raised: list[Refusal] = []

    def at(self, field: str) -> Self:
        """The next check is about this field, or about something inside it."""
        self._at = field
        return self

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        field, self._at = self._at, ""
        if not isinstance(error, Refusal):
            return False
        self._raised.append(error)
        for one in error.each:
            one.at = ".".join(filter(None, (field, one.at)))
            self.found.append(one)
        return True

    def end(self) -> None:
        """Raise the only fault, or all of them as `SeveralFaults`. Does nothing if there is none."""
        if len(self._raised) > 1:
            raise several_faults(self.found, self._clause)
        if self._raised:
            raise self._raised[0]


def not_in_future(what: Text | str, day: date, context: Context, clause: Citation) -> None:
    """The day is not in the future."""
    if day > context.today:
        raise InTheFuture(what=what, value=day, today=context.today, clause=clause)


def not_before_last_step(what: Text | str, day: date, state: Assessment, context: Context, clause: Citation) -> None:
    """The day is not in the future, not before the assessment year, and not before the last step that has a day."""
    not_in_future(what, day, context, clause)
    place, against = _last_dated_step(state, context)
    if day < against:
        after = _YEAR_BEGINS if place is None else context.rulebook.stage[place].title.text
        raise TooEarly(what=what, value=day, after=after, against=against, clause=clause)


def _last_dated_step(state: Assessment, context: Context) -> tuple[int | None, date]:
    """The place and the day of the last step that has a day; without one, None and the first day of the year."""
    for place in reversed(range(len(state.steps))):
        day = _day(state.steps[place], context)
        if day is not None:
            return place, day
    return None, date(state.year, 1, 1)


def _day(step: Step, context: Context) -> date | None:
    """The day on which a step took place; None if its fact has none."""
    # A score is made when it is recorded. Everything else may have happened before it was entered, so its fact has a
    # day.
    if step.stage == "scoring":
        return step.at.astimezone(ZoneInfo(context.rulebook.timezone)).date()
    dated = getattr(step.fact, "dated", "")
    return getattr(step.fact, dated) if dated else None


def not_past(what: Text, day: date, context: Context, clause: Citation) -> None:
    """A new deadline is today or later."""
    if day < context.today:
        after = Text(zh="今天", en="today")
        raise TooEarly(what=what, value=day, after=after, against=context.today, clause=clause)


def in_range(what: Text | str, value: int, clause: Citation, low: int = 0, high: int = 100_000) -> None:
    """A count lies in its range."""
    if not low <= value <= high:
        raise OutOfRange(what=what, value=value, low=low, high=high, step=1, clause=clause)


def document(what: Text | str, value: Document, clause: Citation) -> None:
    """A document is not empty and not larger than `LARGEST_DOCUMENT`; its media type is one by its form."""
    # The form of the media type is strict because it stays in the ledger: a free string could hold a person's name.
    in_range(what, value.size, clause, low=1, high=LARGEST_DOCUMENT)
    if not _MEDIA_TYPE.match(value.media_type):
        why = Text(zh="应形如 application/pdf", en="it must look like application/pdf")
        raise Malformed(what=Text(zh="文件类型", en="media type"), why=why, clause=clause)


def same_keys(what: Text, keys: Iterable[str], required: Iterable[str], clause: Citation) -> None:
    """`keys` are exactly the required ones: none missing, none unknown."""
    keys, required = set(keys), dict.fromkeys(required)
    if keys == required.keys():
        return
    unknown = sorted(keys - required.keys())
    if unknown:
        raise NotKnown(what=what, value=", ".join(unknown), known=", ".join(required), clause=clause)
    missing = [key for key in required if key not in keys]
    if missing:
        raise Incomplete(
            missing=Text(zh=f"{what.zh} {'、'.join(missing)}", en=f"{what.en} {', '.join(missing)}"), clause=clause
        )


def marks(values: Marks, table: IndicatorTable, step: Decimal, clause: Citation) -> None:
    """Every element has points: from 0 to its printed points (附件1、2), in whole steps."""
    same_keys(Text(zh="要素", en="element"), values, table.elements, clause)
    faults = Faults(clause)
    for key, element in table.elements.items():
        points = values[key]
        if str(points) in _common_spellings(element.points, step):
            continue
        if not (_is_plain_number(points) and 0 <= points <= element.points and points % step == 0):
            label = table.labels[key]
            what = Text(zh=f"要素 {label.zh} 的得分", en=f"points for element {label.en}")
            with faults.at(key):
                raise OutOfRange(what=what, value=points, low=0, high=element.points, step=step, clause=element.clause)
    faults.end()


def reasons(sheet: ScoreSheet, table: IndicatorTable, clause: Citation, wrong: Collection[str]) -> None:
    """Each element that lost points has a reason, and no other has one (docs/decisions/0027).

    `wrong` are fields with wrong points (`marks.a1-1.1.1`): their reasons are not checked.
    """
    faults, unknown = Faults(clause), sorted(sheet.reasons.keys() - table.elements.keys())
    with faults:
        if unknown:
            what = Text(zh="要素", en="element")
            raise NotKnown(what=what, value=", ".join(unknown), known=", ".join(table.elements), clause=clause)
    for key, element in table.elements.items():
        with faults.at(key):
            if f"marks.{key}" not in wrong and key in sheet.marks:
                lost = sheet.marks[key] < element.points
                reason_if_lost(table.labels[key], clause, lost=lost, given=key in sheet.reasons)
    faults.end()


def reason_if_lost(label: Text, clause: Citation, *, lost: bool, given: bool) -> None:
    """A reason is given if points were lost, and only then."""
    # With a reason the department knows what to improve, and the committee what it approves. Where no points are lost a
    # reason serves nobody, and what is in the ledger stays for ever.
    what = Text(zh=f"要素 {label.zh} 的扣分理由", en=f"reason for points lost at {label.en}")
    if lost and not given:
        raise Incomplete(missing=what, clause=clause)
    if given and not lost:
        why = Text(
            zh="此项得满分，未扣分，请删去理由，或核对得分",
            en="it has full marks, so delete the reason or correct the points",
        )
        raise Malformed(what=what, why=why, clause=clause)


@lru_cache(maxsize=1024)
def _common_spellings(most: Decimal, step: Decimal) -> frozenset[str]:
    """The valid marks as they are usually written (4, 4.0, 4.5). To look one up is cheaper than to compute."""
    values = (step * n for n in range(int(most // step) + 1))
    return frozenset(spelling for value in values for spelling in (f"{value:f}", f"{value.normalize():f}"))


def _is_plain_number(points: Decimal) -> bool:
    """Whether a number is one that people write: finite, not −0, at most six decimals."""
    exponent = points.as_tuple().exponent
    return isinstance(exponent, int) and -6 <= exponent <= 6 and not (points.is_signed() and points == 0)


def adds_up(what: Text | str, correct: bool, clause: Citation, formula: Text | str) -> None:
    """Counts agree with one another, as `formula` says in words."""
    if not correct:
        raise DoesNotAddUp(what=what, sum=formula, clause=clause)
