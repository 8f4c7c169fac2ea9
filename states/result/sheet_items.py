"""The items of a score sheet: what the assessors fill in for one assessment, for every subject and every person of it.

An item is points, a count or a level (`ScoreForm.elements`). An item of a person's form is asked once for each of these
persons; its key is then `item@person`, as in `Inputs`. Not here: the check of a sheet (`states/guards.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType

from msgspec import Struct

from states.assessment import Assessment
from states.rulebook.calculation.entered_values import LevelValue, MarkValue, PerValue
from states.rulebook.calculation.forms import Element, is_element
from states.rulebook.calculation.numbers import plain
from states.rulebook.types import Rulebook
from states.vocabulary import Text

from .value_entries import MOST_CACHED, Extent, ValueEntry, entries_for, extent_of

MOST_COUNTED = Decimal(100_000)
"""The largest number that a count may be."""
_WHOLE, _HUNDREDTH = Decimal(1), Decimal("0.01")


class SheetItem(Struct, frozen=True):
    """One item of a sheet: its key in the inputs, what it is, and of which subject and person (empty: no person).

    - `label`: its printed number, or its title if it has none; with the person's post.
    - `low`, `high`, `step`: the numbers that are accepted. `points`: where it has levels with points, those of each.
    - `words`: the levels without points, best first, each with its title.
    """

    key: str
    element: Element
    subject: str
    person: str
    label: Text
    high: Decimal
    step: Decimal
    points: dict[Decimal, Text] = {}
    words: dict[str, Text] = {}

    @property
    def is_level(self) -> bool:
        """Whether it is a word and not a number."""
        return isinstance(self.element, LevelValue)

    @property
    def full_mark(self) -> Decimal | None:
        """The points that it has at most. None: a count or a level, which are no points."""
        return self.element.points if isinstance(self.element, MarkValue) else None

    def loses(self, entry: Decimal | str) -> bool:
        """Whether this entry is less than the best: fewer points than the full mark, or a lower level. Never a count."""
        if self.is_level:
            return entry != next(iter(self.words))
        return self.full_mark is not None and isinstance(entry, Decimal) and entry < self.full_mark


def entry_text(item: SheetItem, entry: Decimal | str) -> Text:
    """What was filled in, for people: `3.5 / 4`, a count with its unit, or the title of a level."""
    if isinstance(entry, str):
        return item.words.get(entry) or Text(zh=entry, en=entry)
    number = plain(entry)
    if item.full_mark is not None:
        of_full = f"{number} / {plain(item.full_mark)}"
        return Text(zh=of_full, en=of_full)
    unit = item.element.unit if isinstance(item.element, PerValue) else None
    return Text(zh=number, en=number) if unit is None else Text(zh=f"{number} {unit.zh}", en=f"{number} {unit.en}")


def points_in_all(marks: Mapping[str, Decimal], rulebook: Rulebook) -> Decimal | None:
    """What the numbers of a sheet add up to. None if they are not all points of one form that is a plain sum."""
    for form in rulebook.forms_by_kind.values():
        if form.is_plain_sum and len(form.judged) == len(form.elements) and marks.keys() <= form.judged.keys():
            return sum(marks.values(), Decimal(0))
    return None


def sheet_items(state: Assessment, rulebook: Rulebook) -> Mapping[str, SheetItem]:
    """The items of the sheets of this assessment by key, in the order of the rulebook. What does not apply is left out."""
    return _sheet_items(extent_of(state, rulebook))


def self_scored_items(state: Assessment, rulebook: Rulebook) -> dict[str, SheetItem]:
    """The items that the department fills in about itself (自评): those that are not about one person."""
    return {key: item for key, item in sheet_items(state, rulebook).items() if not item.person}


@lru_cache(MOST_CACHED)
def _sheet_items(extent: Extent) -> Mapping[str, SheetItem]:
    items = {
        key: _item(key, entry.value, entry, extent.rulebook)
        for key, entry in entries_for(extent).items()
        if is_element(entry.value) and key not in extent.absent
    }
    return MappingProxyType(items)


def _item(key: str, element: Element, entry: ValueEntry, rulebook: Rulebook) -> SheetItem:
    label, subject, person = entry.label, entry.plan.subject.key, entry.person
    if isinstance(element, LevelValue):
        words = level_titles(element, rulebook)
        return SheetItem(key, element, subject, person, label, Decimal(0), _WHOLE, words=words)
    if isinstance(element, PerValue):
        step = _HUNDREDTH if element.part == "any" else _WHOLE
        return SheetItem(key, element, subject, person, label, MOST_COUNTED, step)
    points = {level.points: level.title.text for level in element.among}
    step = element.step if element.step is not None else rulebook.scoring.step
    return SheetItem(key, element, subject, person, label, element.points, step, points)


def level_titles(value: LevelValue, rulebook: Rulebook) -> dict[str, Text]:
    """The levels that a value may have, best first, each with its title."""
    lists = {one.key: {level.key: level.title.text for level in one.level} for one in rulebook.levels}
    if value.among in lists:
        return lists[value.among]
    return {key: grade.title.text for key, grade in rulebook.scales[value.among].grades.items()}
