"""The period (考核周期) of a round: from which day of a year it runs, and for how many years.

Its deadlines are not here: what is assessed, and when it is assessed, are two things.
"""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import Annotated

from pydantic import Field

from states.rulebook.parts import MonthDay, Part


class Period(Part):
    """A round is named by the year in which its period begins: from 09-01, the round of 2031 ends on 2032-08-31."""

    from_: Annotated[MonthDay, Field(alias="from")] = "01-01"
    years: Annotated[int, Field(strict=True, ge=1, le=5)] = 1

    def rounds_from(self, year: int, day: date) -> int:
        """In which round the day lies, counted from the round of `year`: 0 is that round, −1 the one before it."""
        begun = day.year if (day.month, day.day) >= self._first_day else day.year - 1
        return (begun - year) // self.years

    @cached_property
    def _first_day(self) -> tuple[int, int]:
        month, _, day = self.from_.partition("-")
        return int(month), int(day)
