"""The locations of a rulebook file, as a person finds them: `form.annex-1.item.a1.item.a1-1`.

A part of a list goes by its name, or by its number (`row[0]`) if it has none. Also here: which readings stand in the
parts that a result was made by. Not here: whether a part is right.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from .calculation.forms import TOTAL, WAYS, way_of
from .calculation.plan import SubjectPlan
from .calculation.result_rules import ResultRules
from .calculation.values import NamedValue

NAMES = ("key", "kind", "command")
"""The keys by which a part of a list can be named, the best first."""


def list_names(parts: Sequence[Any]) -> list[str]:
    """The name of each part of a list with a dot before it (`.annex-1`), or its number (`[0]`)."""
    names = [_name(part) for part in parts]
    return [
        f".{name}" if name and names.count(name) == 1 else f"[{number}]"
        for number, name in enumerate(names)
    ]  # fmt: skip


def location_in(data: Any, path: Sequence[int | str]) -> str:
    """The location of a path in `data`, as pydantic gives it: `("form", 0, "item", 1)` is `form.annex-1.item.a2`."""
    location, part = "", data
    for before, step in zip((None, *path), path, strict=False):
        # pydantic writes the way of a value after its number; the file has no such key.
        if isinstance(before, int) and step in WAYS and step == way_of(part):
            continue
        if isinstance(step, int):
            location += list_names(part)[step] if isinstance(part, list) and step < len(part) else f"[{step}]"
        else:
            location += f".{step}"
        try:
            part = part[step]
        except (LookupError, TypeError):
            part = None
    return location.removeprefix(".")


def value_locations(rules: ResultRules) -> Iterator[tuple[str, NamedValue]]:
    """Every value with its location; a form's own location is that of its total."""
    for form in rules.form:
        yield from locations_below(f"form.{form.key}", form)
    for value in rules.value:
        yield from locations_below(f"value.{value.key}", value)


def locations_below(location: str, value: NamedValue) -> Iterator[tuple[str, NamedValue]]:
    """A value and everything below it, each with its location."""
    yield location, value
    for part in value.parts():
        yield from locations_below(f"{location}.item.{part.key}", part)


def location_of(plan: SubjectPlan, key: str) -> str:
    """The location of a value of a subject: on the form of the subject, or among the values that stand on no form."""
    form = plan.form
    if form is None or (key != TOTAL and key not in form.items):
        return f"value.{key}"
    location = f"form.{form.key}"
    return location if key == TOTAL else f"{location}.{form.paths[key]}"


def part_locations(rules: ResultRules) -> frozenset[str]:
    """The locations of all parts of which it can be asked whether a result was made by them."""
    keys: dict[str, Iterable[str]] = {
        "subject": (subject.key for subject in rules.subject),
        "scale": rules.scales,
        "ballot": rules.ballots,
        "record": rules.records,
        "ladder": rules.ladders,
    }
    others = (f"{name}.{key}" for name, of_name in keys.items() for key in of_name)
    rows = (row_location(ladder.key, number) for ladder in rules.ladder for number in range(len(ladder.row)))
    return frozenset((*others, *rows, *(location for location, _ in value_locations(rules)), "period"))


def row_location(ladder: str, number: int) -> str:
    return f"ladder.{ladder}.row[{number}]"


def readings_used(uses: Mapping[str, str], parts: Collection[str], with_a_say: Collection[str]) -> set[str]:
    """The keys of the readings by which a result was made.

    `uses`: the reading that stood at each location of the file. `parts`: the locations of all parts (`part_locations`);
    `with_a_say`: of those by which the result was made. A reading belongs to the innermost part around it.
    """
    return {key for location, key in uses.items() if owner(location, parts) in with_a_say}


def owner(location: str, parts: Collection[str]) -> str:
    """The innermost part around a location; empty if none is."""
    around = (part for part in parts if is_within(location, part))
    return max(around, key=len, default="")


def is_within(location: str, part: str) -> bool:
    """Whether a location is that of a part, or lies in the part."""
    return location == part or location.startswith((f"{part}.", f"{part}["))


def _name(part: Any) -> str | None:
    if not isinstance(part, dict):
        return None
    return next((part[key] for key in NAMES if isinstance(part.get(key), str)), None)
