"""The moment a notice makes a letter go out: at once, or with a digest. Pure (decision 0023).

A notice that something has become possible, and one about a deadline that is not near, makes no letter of its own. It goes with the next
letter to the same reader, at the latest in the digest of a Monday or on the last working day before the deadline. A notice about
work that is overdue for weeks, and one that asks for nothing, waits for Monday too: one letter a week has them all.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from config.calendars import working_days_between

from .hours import IsWorking, SendingHours
from .notices.notice import Notice

POSSIBILITY_KINDS = frozenset({"step_open", "task"})
"""Notices that something became possible: they go with the next Monday's digest."""
DEFERRABLE_KINDS = POSSIBILITY_KINDS | {"reminder"}

NOTICE_DAYS = 3
"""The Monday that reminds of a deadline is the last one with at least so many working days left."""


def send_time(notice: Notice, now: datetime, hours: SendingHours, is_working: IsWorking) -> datetime:
    """The moment from which a notice makes a letter go out; never outside the hours of the post."""
    first = hours.next_opening(now, is_working)
    # A department waits for one step only: that its year has begun.
    urgent = notice.kind not in DEFERRABLE_KINDS or (notice.kind == "step_open" and notice.to == "unit")
    if urgent and not notice.on_monday:
        return first
    today, days = hours.civil_date(first), []
    if notice.due is not None and not notice.on_monday:
        eve, monday = _eve(notice.due, is_working), _monday_before(notice.due, is_working)
        if today >= eve:
            return first
        days += [monday, eve]
    if notice.kind in POSSIBILITY_KINDS or notice.on_monday:
        monday = today - timedelta(days=today.weekday())
        days += [monday, monday + timedelta(days=7)]
    openings = (hours.next_opening(_opening(day, hours), is_working) for day in days)
    return min((at for at in openings if at >= now), default=first)


def _eve(due: date, is_working: IsWorking) -> date:
    """The last working day before a deadline."""
    day = due - timedelta(days=1)
    while not is_working(day):
        day -= timedelta(days=1)
    return day


def _monday_before(due: date, is_working: IsWorking) -> date:
    monday = due - timedelta(days=due.weekday())
    while working_days_between(monday, due, is_working) < NOTICE_DAYS:
        monday -= timedelta(days=7)
    return monday


def _opening(day: date, hours: SendingHours) -> datetime:
    return datetime.combine(day, hours.opens, ZoneInfo(hours.zone)).astimezone(UTC)
