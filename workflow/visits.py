"""Visits of the on-site round on a day off: such a visit needs a reason."""

# Pages check this before the command is submitted; the core does not. The next holiday notice may turn a working day
# into a day off, and an entry must not become wrong by it in a later replay.

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date

from msgspec.structs import replace

from states.records.year import Visit
from states.refusals import DayOff, Refusal
from states.vocabulary import Citation


def without_needless_reasons(visits: Iterable[Visit], is_working: Callable[[date], bool]) -> tuple[Visit, ...]:
    """The visits, each with a reason for a day off only if its day is one."""
    return tuple(replace(one, day_off=None) if is_working(one.day) else one for one in visits)


def refuse_days_off(
    visits: Iterable[Visit], is_working: Callable[[date], bool], clause: Citation
) -> Iterator[tuple[str, Refusal]]:
    """The refusal of every visit on a day off without a reason, with its department."""
    for one in visits:
        if not is_working(one.day) and not one.day_off:
            yield one.unit, DayOff(unit=one.unit, day=one.day, clause=clause)
