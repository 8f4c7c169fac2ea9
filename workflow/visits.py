"""What the calendar says of the plan of the on-site round: a visit on a day off needs a reason.

Asked before the command is submitted, and not by the law: what is a day off may change with the next notice, and an entry
must not become wrong by it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date

from msgspec.structs import replace

from states.records.year import Visit
from states.refusals import DayOff, Refusal
from states.vocabulary import Citation


def settled(visits: Iterable[Visit], is_working: Callable[[date], bool]) -> tuple[Visit, ...]:
    """The visits, each with its reason for a day off only where the day is one."""
    return tuple(replace(one, day_off=None) if is_working(one.day) else one for one in visits)


def on_days_off(
    visits: Iterable[Visit], is_working: Callable[[date], bool], clause: Citation
) -> Iterator[tuple[str, Refusal]]:
    """The visits on a day off without a reason, by unit."""
    for one in visits:
        if not is_working(one.day) and not one.day_off:
            yield one.unit, DayOff(unit=one.unit, day=one.day, clause=clause)
