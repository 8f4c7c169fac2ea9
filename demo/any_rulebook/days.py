"""The days of one assessment in a year under any rulebook: on which day each stage is done. Varied by a seed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from random import Random

from states.rulebook.stages import Stage

_DAY = timedelta(days=1)


def days_of(
    stages: Iterable[Stage], first: date, due: Mapping[str, date], random: Random, *, is_late: bool = False
) -> dict[str, date]:
    """The day of each of these stages, by key, from the day `first` on and none before the stage before it.

    A stage is done some days before its deadline. Without one, it follows some days after the stage before. Of a
    department that `is_late`, the first stage with a deadline is done two days after it.
    """
    days: dict[str, date] = {}
    for stage in stages:
        if stage.key not in due:
            day = first + random.randint(2, 6) * _DAY
        elif is_late:
            day, is_late = due[stage.key] + 2 * _DAY, False
        else:
            day = due[stage.key] - random.randint(1, 6) * _DAY
        first = days[stage.key] = max(first, day)
    return days
