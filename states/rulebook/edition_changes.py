"""What changes between two editions of a measure: rule by rule in words, and every other key of the file.

Not here: whose results would change (`audit/compare.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from msgspec import Struct

from states.vocabulary import Text

from .calculation.numbers import plain
from .file_locations import list_names, owner
from .measure_in_words import measure_in_words
from .sentences.comparison import compare
from .sentences.rules_in_words import RuleLine
from .types import Rulebook


class RuleChange(Struct, frozen=True):
    """A rule that does not say the same: None where an edition does not have it. `head`: the part that it belongs to."""

    location: str
    head: Text
    before: RuleLine | None
    after: RuleLine | None


class KeyChange(Struct, frozen=True):
    """A key of the file whose value differs: None where an edition does not have it.

    `is_in_words`: it stands in a rule that differs, and that is listed in words.
    """

    location: str
    before: str | None
    after: str | None
    is_in_words: bool


class EditionChanges(Struct, frozen=True):
    """The rules that do not say the same in both editions, and every key of the file that differs."""

    rules: list[RuleChange]
    keys: list[KeyChange]

    @property
    def any(self) -> bool:
        return bool(self.rules or self.keys)


def changes_between(before: Rulebook, after: Rulebook) -> EditionChanges:
    """Every difference between two editions."""
    lines = (measure_in_words(before), measure_in_words(after))
    pairs = compare(*lines)
    heads = {line.location: line.title for of_one in lines for line in of_one if not line.depth}
    rules = [
        RuleChange(pair.location, heads[owner(pair.location, heads)], pair.before, pair.after)
        for pair in pairs
        if pair.differs
    ]
    locations, of_rules = [pair.location for pair in pairs], {rule.location for rule in rules}
    old, new = (dict(_leaves(one.model_dump(by_alias=True, exclude={"reading_locations"}))) for one in (before, after))
    keys = [
        KeyChange(location, old.get(location), new.get(location), owner(location, locations) in of_rules)
        for location in old | new
        if old.get(location) != new.get(location)
    ]
    return EditionChanges(rules, keys)


def _leaves(value: Any, location: str = "") -> Iterator[tuple[str, str]]:
    """Every value in the data of a rulebook, with its location, as text. What is not set is left out."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _leaves(item, f"{location}.{name}".lstrip("."))
    elif isinstance(value, list | tuple) and any(isinstance(item, Mapping) for item in value):
        for item, name in zip(value, list_names(value), strict=True):
            yield from _leaves(item, f"{location}{name}")
    elif value is not None:
        yield location, ", ".join(map(_written, value)) if isinstance(value, list | tuple) else _written(value)


def _written(value: object) -> str:
    """A value as a rulebook file writes it; 60.0 is the same number as 60."""
    if isinstance(value, bool):
        return str(value).lower()
    return plain(value) if isinstance(value, Decimal | Fraction) else str(value)
