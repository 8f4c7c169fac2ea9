"""The places of a standing at which rules make a difference: only a tie on such a place must be ordered by people.

A test of a place makes a difference at its bound. A place from which another value is made makes one everywhere. Not
here: quotas, whose seats `settle` knows itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from math import ceil, floor
from typing import NamedTuple

from .computed_values import BandsValue, HowManyValue
from .numbers import Amount
from .read_values import EarlierValue, PlaceValue
from .result_rules import ResultRules
from .rows import Bounds, RuleRow, TableRow
from .settling import Cut
from .standings import StandingKind
from .values import NamedValue


class _Use(NamedTuple):
    """A rule that reads a value: the name by which it does, and the bounds of its test, if it only tests it."""

    by: str
    of: str
    bounds: Bounds | None


def cuts_of(standing: StandingKind, rules: ResultRules, rows: Iterable[RuleRow] = ()) -> tuple[Cut, ...]:
    """Where the rules of results, and these rows, make a difference between two places of a standing."""
    first = rules.subject[0].key
    owner = standing.subject or first
    cuts: dict[Cut, None] = {}
    others = [(row.subject or first, use) for row in rows for use in _uses_of_row(row.by, row.row)]
    for other in rules.standing:
        others += [(other.subject or first, _Use(f"standing.{other.key}", other.of, None))]
        others += [
            (other.subject or first, _Use(f"standing.{other.key}.quota.{quota.key}", test.of, test))
            for quota in other.quota
            for test in quota.among
        ]
    for plan in (plan for plans in (rules.plans, *rules.occasion_plans.values()) for plan in plans.values()):
        if owner not in plan.subjects:
            continue
        names = _names(standing, plan.subjects[owner].values)
        uses = list(others)
        for subject in plan.subjects.values():
            uses += [(subject.subject.key, use) for value in subject.values.values() for use in _uses(value)]
            if subject.scale is not None:
                of_scale = ((f"scale.{subject.scale.key}.{row.key}", row) for row in subject.scale.rows())
                uses += [(subject.subject.key, use) for by, row in of_scale for use in _uses_of_row(by, row)]
        for reader, use in uses:
            name = use.of.rpartition(":")[2] if reader == owner or ":" in use.of else use.of.removeprefix(f"{owner}.")
            is_read = reader == owner or name != use.of
            if name in names and is_read:
                cuts.update(dict.fromkeys(_cuts(use, of_last=names[name])))
    return tuple(cuts)


def _names(standing: StandingKind, values: Mapping[str, NamedValue]) -> dict[str, bool]:
    """The values that are a place in this standing, now or earlier, and whether each counts from the last."""
    places = {
        key: value.give == "from_last"
        for key, value in values.items()
        if isinstance(value, PlaceValue) and value.standing == standing.key and value.give in ("place", "from_last")
    }
    earlier = {
        key: places[value.of] for key, value in values.items() if isinstance(value, EarlierValue) and value.of in places
    }
    return places | earlier


def _uses(value: NamedValue) -> Iterator[_Use]:
    """What a value reads: by tests, or to be made of it."""
    by = f"value.{value.key}"
    if isinstance(value, BandsValue):
        for row in value.row:
            yield from _uses_of_row(by, row)
            if row.of is not None:
                yield _Use(by, row.of, None)
    elif isinstance(value, HowManyValue):
        yield from (_Use(by, of, value) for of in value.needs())
    else:
        yield from (_Use(by, of, None) for of in value.needs())


def _uses_of_row(by: str, row: TableRow) -> Iterator[_Use]:
    return (_Use(by, test.of, test) for test in row.tests())


def _cuts(use: _Use, *, of_last: bool) -> Iterator[Cut]:
    if use.bounds is None:
        yield Cut(None, of_last, use.by)
        return
    bounds = use.bounds
    inside: tuple[Amount | None, ...] = (bounds.at_most, bounds.above)
    outside: tuple[Amount | None, ...] = (bounds.at_least, bounds.below)
    yield from (Cut(floor(bound), of_last, use.by) for bound in inside if bound is not None)
    yield from (Cut(ceil(bound) - 1, of_last, use.by) for bound in outside if bound is not None)
