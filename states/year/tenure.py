"""The posts that a person had in the teams of departments, from the entries of the roster. Pure.

Not here: the post that the directory has for a person who is in no team. It has no history, because no entry has it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from states.records.roster import Unit

from .reorganisation import UnitReorganised, UnitRestored
from .roster import RosterFact, UnitFact


class Tenure(Struct, frozen=True):
    """One post in the team of one department, from `since` until `until` (None: still).

    The days are those of the entries that put the person into the team and took them out. The end that the closing of
    the department brings is the day of the closing.
    """

    unit: str
    position: str
    is_head: bool
    since: date
    until: date | None = None


def tenures(person: str, facts: Iterable[tuple[RosterFact, date]]) -> list[Tenure]:
    """The posts of a person, the latest first. `facts`: those of the roster in order, each with the day of its entry.

    Another post in the same team, or becoming one of its heads, begins a new tenure.
    """
    past: list[Tenure] = []
    present: dict[str, Tenure] = {}
    closings: dict[str, list[Tenure | None]] = {}
    for fact, day in facts:
        if isinstance(fact, UnitFact):
            before, after = present.get(fact.unit), _post(person, fact, day)
            if _same(before, after):
                continue
            if before is not None:
                past.append(replace(present.pop(fact.unit), until=day))
            if after is not None:
                present[fact.unit] = after
        elif isinstance(fact, UnitReorganised):
            ended = None if fact.continues else present.pop(fact.unit, None)
            closings.setdefault(fact.unit, []).append(ended and replace(ended, until=max(ended.since, fact.since)))
        elif isinstance(fact, UnitRestored):
            ended = closings[fact.unit].pop()
            if ended is not None:
                present[fact.unit] = replace(ended, until=None)
    every = [*past, *present.values(), *(ended for of_unit in closings.values() for ended in of_unit if ended)]
    return sorted(every, key=lambda one: (one.until or date.max, one.since), reverse=True)


def _post(person: str, unit: Unit, day: date) -> Tenure | None:
    """The post of a person in a team, as the head of it if they are one; None if they are not in it."""
    posts = ((member, is_head) for team, is_head in ((unit.heads, True), (unit.members, False)) for member in team)
    return next(
        (Tenure(unit.unit, member.position, is_head, day) for member, is_head in posts if member.person == person), None
    )


def _same(one: Tenure | None, other: Tenure | None) -> bool:
    """Whether two are the same post, or both none."""
    if one is None or other is None:
        return one is other
    return (one.position, one.is_head) == (other.position, other.is_head)
