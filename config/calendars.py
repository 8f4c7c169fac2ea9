"""Which days are working days in China: the State Council's notices, as far as the installed package has them."""

from __future__ import annotations

from datetime import date

from chinese_calendar.constants import holidays, workdays  # type: ignore[import-untyped]

_YEARS = frozenset(day.year for day in holidays)


class WorkingDays:
    """The days people work, moved weekends included.

    The package's tables are read directly: its own functions search them whole for each day asked about.
    """

    def is_working(self, day: date) -> bool:
        """Is `day` worked? In a provisional year every Monday to Friday is. `day` is a date, not a datetime."""
        return day in workdays or (day.weekday() < 5 and day not in holidays)

    def is_provisional(self, year: int) -> bool:
        """Is the notice for `year` unknown here, so that only weekends are free? (未定)

        The last days of a known December may still move: the next year's notice settles them.
        """
        return year not in _YEARS
