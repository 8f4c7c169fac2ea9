"""The deadlines in the form that opens a year: the typed ones, or else those proposed from the rulebook.

If the year is already open, its own deadlines apply and the typed ones are not used. There is one exception: one of the
year's own deadlines has passed or leaves too little time. Then the form proposes later ones, and the typed ones are
read.
"""

from __future__ import annotations

from datetime import date
from functools import partial

from msgspec import Struct

from config import typed
from config.calendars import WorkingDays
from console.web.forms.fields import read_all
from console.web.request.page_request import PageRequest
from states.context import Context
from states.records.year import Year
from states.refusals import Malformed
from states.rulebook.stages import Stage
from workflow.year import deadlines_of

from .calendar import DayRemark, day_remark

_MAX_COUNTED_DAYS = 400
"""Working days are counted up to this number of days from today.

They are counted one by one, and somebody may type the year 9999.
"""


class StageDeadline(Struct, frozen=True):
    """A stage's deadline. `text` is its text in the form, and `day` the same as a date; None if it is not a date.

    `days_left` counts working days. `late` is the usual date if it has passed or leaves too little time, else None.
    `ignored` is the typed text if the year is open already with another deadline, which then applies; else empty.
    """

    stage: Stage
    text: str
    day: date | None
    remark: DayRemark | None
    late: date | None
    days_left: int | None
    ignored: str = ""


class OpeningDates:
    """The deadlines of one form, for showing and for reading."""

    def __init__(self, request: PageRequest, number: int, year: Year, context: Context, days: WorkingDays) -> None:
        self._form, self._context, self._days = request.form, context, days
        self._dates = deadlines_of(request.engine, number, days.is_working)
        self._keeps_deadlines = bool(year.version) and not self._dates.late

    @property
    def are_late(self) -> bool:
        """Whether a usual date has passed or leaves too little time. Then the form proposes a later date."""
        return bool(self._dates.late)

    def deadlines(self) -> list[StageDeadline]:
        """The deadlines of the stages that have one, in the order of the stages."""
        stages = self._context.rulebook.stage
        return [self._deadline(stage) for stage in stages if stage.key in self._dates.proposed]

    def read(self) -> dict[str, date]:
        """The typed deadlines, by stage; empty if the year keeps its own. Raises `InvalidForm`."""
        if self._keeps_deadlines:
            return {}
        days = read_all({f"due.{deadline.stage.key}": partial(_read_date, deadline) for deadline in self.deadlines()})
        return {name.removeprefix("due."): day for name, day in days.items()}

    def _deadline(self, stage: Stage) -> StageDeadline:
        proposed, today = self._dates.proposed[stage.key].isoformat(), self._context.today
        text = self._form.text(f"due.{stage.key}") or proposed
        ignored = text if self._keeps_deadlines and text != proposed else ""
        if self._keeps_deadlines:
            text = proposed
        day = _day_or_none(text)
        is_countable = day is not None and abs((day - today).days) < _MAX_COUNTED_DAYS
        return StageDeadline(
            stage=stage,
            text=text,
            day=day,
            remark=day_remark(day, self._days) if day else None,
            late=self._dates.late.get(stage.key),
            days_left=self._days.between(today, day) if day and is_countable else None,
            ignored=ignored,
        )


def _read_date(deadline: StageDeadline) -> date:
    """The typed date. Raises `Malformed`."""
    stage = deadline.stage
    try:
        return typed.day(deadline.text)
    except typed.Unclear as unclear:
        raise Malformed(what=stage.title.text, why=unclear.why, clause=stage.clause) from None


def _day_or_none(text: str) -> date | None:
    try:
        return typed.day(text)
    except typed.Unclear:
        return None
