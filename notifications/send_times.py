"""The time at which a notice causes a letter: at once, or with a digest. Pure (decision 0023).

A notice that something has become possible, or about a deadline that is not near, causes no letter of its own. It is
sent with the next letter to the same reader: at the latest in the digest of a Monday, or on the last working day before
the deadline. A notice about work that has been overdue for weeks, or that asks for nothing, also waits for Monday, so
that one letter a week contains them all.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from config.calendars import working_days_between

from .hours import IsWorking, SendingHours
from .notices.notice import Notice

POSSIBILITY_KINDS = frozenset({"step_open", "task"})
"""Kinds of notices that something became possible. They are sent with the next Monday's digest."""
DEFERRABLE_KINDS = POSSIBILITY_KINDS | {"reminder"}
"""Kinds of notices that may wait for a digest."""

AT_ONCE_KINDS = frozenset({"chased"})
"""Kinds of notices that do not wait for the next day's letter: a person asks, and expects that it is read today."""

NOTICE_DAYS = 3
"""A deadline is in the digest of the last Monday before it that leaves at least so many working days."""


def send_time(notice: Notice, now: datetime, hours: SendingHours, is_working: IsWorking) -> datetime:
    """The time from which a notice causes a letter. It is always within the hours of the post."""
    first = hours.next_opening(now, is_working)
    # The one "step_open" to a department is that its year has begun. It is sent at once, because the department waits
    # for it.
    urgent = notice.kind not in DEFERRABLE_KINDS or (notice.kind == "step_open" and notice.to == "unit")
    if urgent and not notice.on_monday:
        return first
    today, days = hours.civil_date(first), []
    if notice.due is not None and not notice.on_monday:
        last_day = _last_working_day_before(notice.due, is_working)
        if today >= last_day:
            return first
        days += [_monday_before(notice.due, is_working), last_day]
    if notice.kind in POSSIBILITY_KINDS or notice.on_monday:
        this_monday = today - timedelta(days=today.weekday())
        days += [this_monday, this_monday + timedelta(days=7)]
    openings = (hours.next_opening(_opening(day, hours), is_working) for day in days)
    return min((opening for opening in openings if opening >= now), default=first)


def _last_working_day_before(due: date, is_working: IsWorking) -> date:
    day = due - timedelta(days=1)
    while not is_working(day):
        day -= timedelta(days=1)
    return day


def _monday_before(due: date, is_working: IsWorking) -> date:
    """The last Monday before a deadline that leaves at least `NOTICE_DAYS` working days."""
    monday = due - timedelta(days=due.weekday())
    while working_days_between(monday, due, is_working) < NOTICE_DAYS:
        monday -= timedelta(days=7)
    return monday


def _opening(day: date, hours: SendingHours) -> datetime:
    return datetime.combine(day, hours.opens, ZoneInfo(hours.zone)).astimezone(UTC)
