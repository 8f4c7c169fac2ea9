"""The places of the named parts of a rulebook, as `choices.put_in` writes them (`form.main.item.duty`)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from states.rulebook.calculation.result_rules import ResultRules
from states.rulebook.calculation.values import NamedValue


def value_places(rules: ResultRules) -> Iterator[tuple[str, NamedValue]]:
    """Every value with its place; a form's own place is that of its total."""
    for form in rules.form:
        yield f"form.{form.key}", form
        for item in form.item:
            yield from _below(f"form.{form.key}.item.{item.key}", item)
    for value in rules.value:
        yield from _below(f"value.{value.key}", value)


def _below(place: str, value: NamedValue) -> Iterator[tuple[str, NamedValue]]:
    yield place, value
    for part in value.parts():
        yield from _below(f"{place}.item.{part.key}", part)


def part_places(rules: ResultRules) -> frozenset[str]:
    """The places of all parts that have a say in a result, or have none."""
    keys: dict[str, Iterable[str]] = {
        "subject": (subject.key for subject in rules.subject),
        "scale": rules.scales,
        "ballot": rules.ballots,
        "record": rules.records,
        "ladder": rules.ladders,
    }
    others = (f"{name}.{key}" for name, of_name in keys.items() for key in of_name)
    rows = (row_place(ladder.key, number) for ladder in rules.ladder for number in range(len(ladder.row)))
    return frozenset((*others, *rows, *(place for place, _ in value_places(rules)), "period"))


def row_place(ladder: str, number: int) -> str:
    return f"ladder.{ladder}.row[{number}]"


def readings_used(uses: Mapping[str, str], parts: Collection[str], with_a_say: Collection[str]) -> set[str]:
    """The keys of the readings that stand in a part with a say. `uses`: the reading by the place where it stood."""
    return {key for place, key in uses.items() if owner(place, parts) in with_a_say}


def owner(place: str, parts: Collection[str]) -> str:
    """The innermost part around a place; empty if none is."""
    around = (part for part in parts if place == part or place.startswith((f"{part}.", f"{part}[")))
    return max(around, key=len, default="")
