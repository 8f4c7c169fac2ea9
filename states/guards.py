"""Checks that several stages share. Each raises a refusal or does nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from functools import lru_cache
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
    SeveralFaults,
    TooEarly,
)
from .rulebook import Table
from .vocabulary import Document, Text

LARGEST_DOCUMENT = 20 * 2**20
"""Bytes."""
_YEAR_BEGINS = Text(zh="考核年度第一天", en="the first day of the year assessed")
_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]{0,80}\Z")


def table_of(state: Assessment, context: Context) -> Table:
    """The indicator table this unit is assessed by (附件1 or 附件2)."""
    return context.rulebook.tables[state.unit_kind]


def all_hold(clause: str, *checks: Callable[[], object]) -> None:
    """Every check passes; otherwise one refusal with all that is wrong, so that nobody mends one fault to be told of the next."""
    faults = []
    for check in checks:
        try:
            check()
        except Refusal as refusal:
            faults.append(refusal)
    if len(faults) > 1:
        said = Text(zh="".join(one.say("zh") for one in faults), en=" ".join(one.say("en") for one in faults))
        raise SeveralFaults(count=len(faults), faults=said, clause=clause)
    if faults:
        raise faults[0]


def happened(what: Text | str, day: date, context: Context, clause: str) -> None:
    """What is recorded has happened."""
    if day > context.today:
        raise InTheFuture(what=what, value=day, today=context.today, clause=clause)


def in_turn(what: str, day: date, state: Assessment, context: Context, clause: str) -> None:
    """It has happened, in the year assessed or after it, and not before the step it rests on."""
    happened(what, day, context, clause)
    place, against = _rests_on(state, context)
    if day < against:
        after = _YEAR_BEGINS if place is None else context.rulebook.stage[place].title.text
        raise TooEarly(what=what, value=day, after=after, against=against, clause=clause)


def _rests_on(state: Assessment, context: Context) -> tuple[int | None, date]:
    """The place and the day of the last step that has a day; before the first, the year assessed begins."""
    for place in reversed(range(len(state.steps))):
        day = _day(state.steps[place], context)
        if day is not None:
            return place, day
    return None, date(state.year, 1, 1)


def _day(step: Step, context: Context) -> date | None:
    """The day a step says of itself. A score is made as it is recorded; other paper may be older than its entry."""
    if step.stage == "scored":
        return step.at.astimezone(ZoneInfo(context.rulebook.timezone)).date()
    dated = getattr(step.fact, "dated", "")
    return getattr(step.fact, dated) if dated else None


def not_past(what: Text, day: date, context: Context, clause: str) -> None:
    """A deadline still to be met lies ahead, or is today."""
    if day < context.today:
        after = Text(zh="今天", en="today")
        raise TooEarly(what=what, value=day, after=after, against=context.today, clause=clause)


def whole(what: str, value: int, clause: str, low: int = 0, high: int = 100_000) -> None:
    """A count lies in its range."""
    if not low <= value <= high:
        raise OutOfRange(what=what, value=value, low=low, high=high, step=1, clause=clause)


def document(what: str, given: Document, clause: str) -> None:
    """A document has bytes, and no more than a reader can take; its type is a media type and says no more."""
    whole(what, given.size, clause, low=1, high=LARGEST_DOCUMENT)
    if not _MEDIA_TYPE.match(given.media_type):
        why = "应形如 application/pdf / it must look like application/pdf"
        raise Malformed(what="文件类型 / media type", why=why, clause=clause)


def same_keys(what: str, given: Iterable[str], wanted: Iterable[str], clause: str) -> None:
    """Exactly the wanted keys are given: none missing, none unknown."""
    given, wanted = set(given), dict.fromkeys(wanted)
    if given == wanted.keys():
        return
    unknown = sorted(given - wanted.keys())
    if unknown:
        raise NotKnown(what=what, value=", ".join(unknown), known=", ".join(wanted), clause=clause)
    missing = [key for key in wanted if key not in given]
    if missing:
        zh, _, en = what.partition(" / ")
        raise Incomplete(missing=f"{zh} {'、'.join(missing)} / {en} {', '.join(missing)}", clause=clause)


def marks(given: Marks, table: Table, step: Decimal, clause: str) -> None:
    """Every element has points, within its own, in whole steps (附件1、2: each element's printed points)."""
    same_keys("要素 / element", given, table.elements, clause)
    for key, element in table.elements.items():
        points = given[key]
        if str(points) in _usual(element.points, step):
            continue
        if not (_plain(points) and 0 <= points <= element.points and points % step == 0):
            raise OutOfRange(
                what=Text(zh=f"要素 {table.labels[key].zh} 的得分", en=f"points for element {table.labels[key].en}"),
                value=points, low=0, high=element.points, step=step, clause=element.clause,
            )  # fmt: skip


def reasons(sheet: ScoreSheet, table: Table, clause: str) -> None:
    """Whoever takes points away says why: the unit is to mend it, and the committee to judge it (docs/decisions/0027)."""
    unknown = sorted(sheet.reasons.keys() - table.elements.keys())
    if unknown:
        raise NotKnown(what="要素 / element", value=", ".join(unknown), known=", ".join(table.elements), clause=clause)
    silent = [key for key, e in table.elements.items() if sheet.marks[key] < e.points and key not in sheet.reasons]
    if silent:
        labels = [table.labels[key] for key in silent]
        zh, en = "、".join(one.zh for one in labels), ", ".join(one.en for one in labels)
        raise Incomplete(
            missing=Text(zh=f"要素 {zh} 的扣分理由", en=f"why points are taken away at {en}"), clause=clause
        )


@lru_cache(maxsize=1024)
def _usual(most: Decimal, step: Decimal) -> frozenset[str]:
    """The marks that pass, as they are mostly written (4, 4.0, 4.5): looking one up is cheaper than working it out."""
    steps = (step * n for n in range(int(most // step) + 1))
    return frozenset(written for mark in steps for written in (f"{mark:f}", f"{mark.normalize():f}"))


def _plain(points: Decimal) -> bool:
    """A number as people write it: finite, not minus nothing, at most six decimals."""
    exponent = points.as_tuple().exponent
    return isinstance(exponent, int) and -6 <= exponent <= 6 and not (points.is_signed() and points == 0)


def adds_up(what: str, correct: bool, clause: str, formula: str) -> None:
    """Counts agree with one another."""
    if not correct:
        raise DoesNotAddUp(what=what, sum=formula, clause=clause)
