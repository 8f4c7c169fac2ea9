"""What assessors and voters write down in a year under any rulebook: points, levels, counts, votes. Varied by a seed.

`care` is the share of entries that are the best there is: a department with little care loses much.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from random import Random
from typing import TypeVar

from msgspec import Struct

from demo.turns import LOSS_REASONS
from states.assessment import Levels, Marks, Reasons
from states.result.sheet_items import SheetItem
from states.rulebook.calculation.entered_values import PerValue
from states.rulebook.trial.value_fields import best_count

_T = TypeVar("_T")

CARES = (0.95, 0.85, 0.7, 0.9, 0.4, 0.8, 0.97)
"""The care of a department, in turn."""


class SheetEntries(Struct, frozen=True):
    """The entries of one sheet, with a reason for each that is less than the best."""

    marks: Marks
    levels: Levels
    reasons: Reasons


def sheet_entries(items: Mapping[str, SheetItem], care: float, random: Random) -> SheetEntries:
    """Entries for these items."""
    entries = {key: _entry(item, care, random) for key, item in items.items()}
    reduced = (key for key, item in items.items() if item.loses(entries[key]))
    return SheetEntries(
        {key: entry for key, entry in entries.items() if isinstance(entry, Decimal)},
        {key: entry for key, entry in entries.items() if isinstance(entry, str)},
        {key: LOSS_REASONS[number % len(LOSS_REASONS)] for number, key in enumerate(reduced)},
    )


def vote_counts(counts: Mapping[str, int], care: float, random: Random) -> dict[str, int]:
    """These counts, with some of the votes for the first option moved to the others, fewer to each next one."""
    first, *others = counts
    moved, left = dict(counts), int(counts[first] * (1 - care))
    for option in others:
        votes = random.randint(0, left)
        moved[first], moved[option], left = moved[first] - votes, moved[option] + votes, left - votes
    return moved


def _entry(item: SheetItem, care: float, random: Random) -> Decimal | str:
    is_best = random.random() < care
    if item.is_level:
        return _choice(list(item.words), is_best, random)
    if item.points:
        return _choice(sorted(item.points, reverse=True), is_best, random)
    if item.full_mark is not None:
        steps = int(item.full_mark / item.step)
        lost = 0 if is_best else random.randint(1, max(1, steps))
        return item.full_mark - item.step * lost
    assert isinstance(item.element, PerValue)
    return _count(item.element, is_best, random)


def _choice(choices: list[_T], is_best: bool, random: Random) -> _T:
    """The first of the choices, or one of the next two."""
    return choices[0] if is_best or len(choices) == 1 else random.choice(choices[1:3])


def _count(value: PerValue, is_best: bool, random: Random) -> Decimal:
    """The count that gives the most points, or one that is a little worse."""
    best, off = best_count(value), Decimal(0 if is_best else random.randint(1, 3))
    return best + off if value.each < 0 and value.below is None else max(Decimal(0), best - off)
