"""The days of what follows from a result: until when a task is due, a bar lasts, and a window is open.

The calendar is an argument. Not here: the deadlines of stages (`dates.py`), and reminders.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from msgspec import Struct

from states.assessment import Assessment
from states.rulebook.tasks import Follow, Task, TimeLimit, TimeSpan, Window
from states.rulebook.types import Rulebook
from states.vocabulary import IsWorking

from .dates import LONGEST_HOLIDAY, add_working_days, move_to_working_day


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
    is_working: IsWorking | None,
) -> dict[Follow, TaskDates]:
    """The days of the tasks that follow from a result. `notice`: the day of the notice. `done`: when tasks were done.

    Without a calendar, a task whose deadline needs one has none.
    """
    dates = {}
    for follow in follows:
        task = tasks[follow.key]
        event = notice if task.after is None else _day_of(task.after, follow.person, done)
        dates[follow] = TaskDates() if event is None else _dates(task, event, is_working)
    return dates


def event_of(state: Assessment, id_: str, notice: date, rulebook: Rulebook) -> date | None:
    """The day from which the deadline of a task counts: of the notice, or on which the task before it was done.

    That of the decision on a review counts from the day on which somebody asked for it.
    """
    if id_ in state.reviews:
        return state.reviews[id_].asked_on
    task = rulebook.task_of(id_)
    if task is None or task.after is None:
        return notice
    return state.task_days.get(Follow(task.after, Follow.from_id(id_).person).id, state.task_days.get(task.after))


def dates_of_tasks(
    state: Assessment, notice: date, rulebook: Rulebook, is_working: IsWorking | None = None
) -> dict[str, TaskDates]:
    """The days of every task, by id. Without a calendar, a task whose deadline needs one has the recorded day."""
    done = {Follow.from_id(id_): day for id_, day in state.task_days.items()}
    follows = [Follow.from_id(id_) for id_ in state.tasks if id_ not in state.reviews]
    by_rule = task_dates(rulebook.tasks, follows, notice, done, is_working)
    for id_, review in state.reviews.items():
        follow = Follow.from_id(id_)
        by_rule[follow] = _dates(rulebook.decisions[follow.key], review.asked_on, is_working)
    return {
        follow.id: TaskDates(state.task_due.get(follow.id, dates.due), dates.until) for follow, dates in by_rule.items()
    }


def last_day_to_ask(window: Window, event: date, is_working: IsWorking) -> date:
    """The last day on which somebody may ask for a review. `event`: the day of the stage, or of the decision before."""
    return last_day(window.within, event, is_working)


def last_day_to_decide(window: Window, asked_on: date, is_working: IsWorking) -> date | None:
    """The last day on which the decision is in time; None if the rulebook sets no limit."""
    return None if window.decided_within is None else last_day(window.decided_within, asked_on, is_working)


def possible_last_days(span: TimeSpan, event: date) -> tuple[date, date]:
    """The first and the last day on which a span may end, by any calendar. They are equal if it needs none."""
    first = last_day(span, event, every_day)
    if not span.needs_calendar:
        return first, first
    if span.working_days is not None:
        # As if only every second day were a working day, with the longest holiday in between.
        return first, event + timedelta(days=2 * span.working_days) + LONGEST_HOLIDAY
    return first - LONGEST_HOLIDAY, first + LONGEST_HOLIDAY


def every_day(day: date) -> bool:
    """A calendar without days off, for a span whose last day depends on none, and for the earliest possible last day."""
    return True


def _dates(task: Task, event: date, is_working: IsWorking | None) -> TaskDates:
    return TaskDates(due=_last_day(task.due, event, is_working), until=_last_day(task.lasts, event, is_working))


def _last_day(span: TimeSpan | None, event: date, is_working: IsWorking | None) -> date | None:
    if span is None or (is_working is None and span.needs_calendar):
        return None
    return last_day(span, event, is_working or every_day)


def _day_of(key: str, person: str, done: Mapping[Follow, date]) -> date | None:
    """The day on which a task was done: the person's own, or the department's."""
    return done.get(Follow(key, person), done.get(Follow(key)))


def _corresponding_day(event: date, months: int) -> date:
    # 民法典202：“按照年、月计算期间的，到期月的对应日为期间的最后一日；没有对应日的，月末日为期间的最后一日。”
    years, month = divmod(event.month - 1 + months, 12)
    year = event.year + years
    return date(year, month + 1, min(event.day, monthrange(year, month + 1)[1]))
