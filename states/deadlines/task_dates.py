"""The days of what follows from a result: until when a task is due, a bar lasts, and a window is open.

The calendar is an argument. Not here: the deadlines of stages (`dates.py`), and reminders.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from msgspec import Struct

from states.rulebook.tasks import Follow, Task, TimeLimit, TimeSpan, Window
from states.vocabulary import IsWorking

from .dates import add_working_days, move_to_working_day


class TaskDates(Struct, frozen=True):
    """The last day on which a task is in time (`due`), and the last day of a bar (`until`). None: it has no such day.

    Also None while the task that it comes after is not done: then nobody knows the day yet.
    """

    due: date | None = None
    until: date | None = None


def last_day(span: TimeSpan, event: date, is_working: IsWorking) -> date:
    """The last day of a span of time after an event (民法典201–203). The day of the event does not count."""
    if span.working_days is not None:
        return add_working_days(event, span.working_days, is_working)
    if span.days is not None:
        day = event + timedelta(days=span.days)
    else:
        day = _corresponding_day(event, (span.months or 0) + 12 * (span.years or 0))
    return move_to_working_day(day, span.roll, is_working) if isinstance(span, TimeLimit) else day


def task_dates(
    tasks: Mapping[str, Task],
    follows: Iterable[Follow],
    notice: date,
    done: Mapping[Follow, date],
    is_working: IsWorking,
) -> dict[Follow, TaskDates]:
    """The days of the tasks that follow from a result. `notice`: the day of the notice. `done`: when tasks were done."""
    dates = {}
    for follow in follows:
        task = tasks[follow.key]
        event = notice if task.after is None else _day_of(task.after, follow.person, done)
        dates[follow] = TaskDates() if event is None else _dates(task, event, is_working)
    return dates


def last_day_to_ask(window: Window, event: date, is_working: IsWorking) -> date:
    """The last day on which somebody may ask for a review. `event`: the day of the stage, or of the decision before."""
    return last_day(window.within, event, is_working)


def last_day_to_decide(window: Window, asked_on: date, is_working: IsWorking) -> date | None:
    """The last day on which the decision is in time; None if the rulebook sets no limit."""
    return None if window.decided_within is None else last_day(window.decided_within, asked_on, is_working)


def _dates(task: Task, event: date, is_working: IsWorking) -> TaskDates:
    return TaskDates(
        due=last_day(task.due, event, is_working) if task.due is not None else None,
        until=last_day(task.lasts, event, is_working) if task.lasts is not None else None,
    )


def _day_of(key: str, person: str, done: Mapping[Follow, date]) -> date | None:
    """The day on which a task was done: the person's own, or the department's."""
    return done.get(Follow(key, person), done.get(Follow(key)))


def _corresponding_day(event: date, months: int) -> date:
    # 民法典202：“按照年、月计算期间的，到期月的对应日为期间的最后一日；没有对应日的，月末日为期间的最后一日。”
    years, month = divmod(event.month - 1 + months, 12)
    year = event.year + years
    return date(year, month + 1, min(event.day, monthrange(year, month + 1)[1]))
