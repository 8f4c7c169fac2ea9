"""The deadlines in the form that opens a year: as typed, else as the rulebook proposes them."""

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
from states.rulebook.types import Stage
from workflow.year import deadlines_of

from .calendar import DayRemark, day_remark

_FAR = 400
"""Days beyond which working days are not counted. They are counted one by one, and somebody may type the year 9999."""


class StageDeadline(Struct, frozen=True):
    """A stage's deadline. `text` is what the form shows, `day` the same as a date, with its `remark` and `days_left`.

    `late` is the usual date where it has passed or leaves too little time. `ignored` is what was typed, where the year
    is open already and has another day: the year's own counts.
    """

    stage: Stage
    text: str
    day: date | None
    remark: DayRemark | None
    late: date | None
    days_left: int | None
    ignored: str = ""


class OpeningDates:
    """The deadlines of one form. Where the year is open already, its own count, unless they leave too little time."""

    def __init__(self, request: PageRequest, number: int, year: Year, context: Context, days: WorkingDays) -> None:
        self._form, self._context, self._days = request.form, context, days
        self._dates = deadlines_of(request.engine, number, days.is_working)
        self._has_own = bool(year.version) and not self._dates.late

    @property
    def are_late(self) -> bool:
        """Whether a usual date has passed or leaves too little time, so that a later one is proposed."""
        return bool(self._dates.late)

    def deadlines(self) -> list[StageDeadline]:
        """The deadline of each stage that has one, in the order of the stages."""
        stages = self._context.rulebook.stage
        return [self._deadline(stage) for stage in stages if stage.kind in self._dates.proposed]

    def read(self) -> dict[str, date]:
        """The deadlines as typed, by stage; none if the year has its own. InvalidForm."""
        if self._has_own:
            return {}
        days = read_all({f"due.{one.stage.kind}": partial(_read_date, one) for one in self.deadlines()})
        return {name.removeprefix("due."): day for name, day in days.items()}

    def _deadline(self, stage: Stage) -> StageDeadline:
        proposed, today = self._dates.proposed[stage.kind].isoformat(), self._context.today
        text = self._form.text(f"due.{stage.kind}") or proposed
        ignored = text if self._has_own and text != proposed else ""
        if self._has_own:
            text = proposed
        day = _day_or_none(text)
        is_near = day is not None and abs((day - today).days) < _FAR
        return StageDeadline(
            stage=stage,
            text=text,
            day=day,
            remark=day_remark(day, self._days) if day else None,
            late=self._dates.late.get(stage.kind),
            days_left=self._days.between(today, day) if day and is_near else None,
            ignored=ignored,
        )


def _read_date(deadline: StageDeadline) -> date:
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
