"""Checks the visits of the on-site round against the working days.

A visit on a day off needs a reason. A visit on a working day loses the reason that it does not need.
"""

# Pages check this before they submit the command; the rules in `states` do not. The next holiday notice may turn a
# working day into a day off, and a later replay must not find an entry wrong because of that.

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date

from msgspec.structs import replace

from states.records.year import Visit
from states.refusals import DayOff, Refusal
from states.vocabulary import Citation


def without_needless_reasons(visits: Iterable[Visit], is_working: Callable[[date], bool]) -> tuple[Visit, ...]:
    """The visits, without the reason for a day off if the visit is on a working day."""
    return tuple(replace(visit, day_off=None) if is_working(visit.day) else visit for visit in visits)


def refuse_days_off(
    visits: Iterable[Visit], is_working: Callable[[date], bool], clause: Citation
) -> Iterator[tuple[str, Refusal]]:
    """For every visit on a day off without a reason: its department and the refusal."""
    for visit in visits:
        if not is_working(visit.day) and not visit.day_off:
            yield visit.unit, DayOff(unit=visit.unit, day=visit.day, clause=clause)
