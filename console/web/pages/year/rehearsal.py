"""预演: the rehearsal of a year on a copy of the data: a calendar with the notices and deadlines of each coming day.

The deadlines can be downloaded as a calendar file.

Nothing is written or sent. Only one rehearsal runs at a time. Its result is cached for up to ten minutes, so that
showing it again or downloading its calendar file costs nothing. A rehearsal of 60 departments takes one to two seconds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, timedelta
from threading import Lock
from weakref import WeakKeyDictionary

from msgspec import Struct
from starlette.responses import Response

from console.display_names import DisplayNames
from console.web.display.delivery_words import CHANNEL_TITLES, STATE_WORDS
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from notifications.letter_text import write_letter
from scheduler import forecast
from scheduler.forecast import Forecast, ForecastNotice
from states.deadlines.dates import end_of_reminders
from states.records.year import Year
from states.streams import year_stream
from states.user_errors import UserError
from states.vocabulary import Text
from workflow.calendar import working_days
from workflow.engine import Engine

from .calendar import CalendarMonth, calendar_cell, calendar_month

pages = Pages()

CACHED_FOR = timedelta(minutes=10)
MAX_DEPARTMENTS = 300
"""The number of departments in a rehearsal on a page, at most. The command line has no such limit."""
MAX_WAIT = 20.0
"""The time to wait until another user's rehearsal ends, in seconds."""

CacheKey = tuple[int, int, str, int]
"""The year, the number and the digest of the ledger's last entry, and the number of the present ten-minute interval."""

RUNNING_LOCK = Lock()
_CACHE: WeakKeyDictionary[Engine, tuple[CacheKey, Forecast]] = WeakKeyDictionary()


class TooManyDepartments(UserError):
    """The year has more departments than a page can rehearse."""

    zh = "本年度部门超过 {most} 个，网页上不预演，以免他人等待。请在服务器上运行 kaohe scheduler rehearse --year {year}。"
    en = (
        "The year has more than {most} departments, so it cannot be rehearsed on this page without making others "
        "wait. Run `kaohe scheduler rehearse --year {year}` on the server."
    )


class RehearsalRunning(UserError):
    """Another rehearsal is still running."""

    zh = "另一次预演正在进行。请一分钟后刷新本页。"
    en = "Another rehearsal is under way. Reload this page in a minute."


class NothingToRehearse(UserError):
    """All reminders and deadlines of the year have passed."""

    zh = "{year} 年度的提醒和期限都已过去，没有可预演的内容。通知的实际情况见“通知发送”。"
    en = (
        "All reminders and deadlines for {year} have passed, so there is nothing to rehearse. See “Deliveries” for "
        "what was sent."
    )


class RehearsedNotice(Struct, frozen=True):
    """A letter or notice that would be sent on one day by one channel: to one recipient or to `count` departments.

    `lines` are the notices in it. `light` and `title` show the expected state of the delivery. `why` is the reason if
    it would not be sent.
    """

    to: str
    count: int
    channel: Text
    subject: str
    lines: tuple[str, ...]
    light: str
    title: Text
    why: Text | None

    @property
    def is_sent(self) -> bool:
        """Whether it would be sent; otherwise `why` has the reason."""
        return self.light != "wait"


class RehearsedDay(Struct, frozen=True):
    """One day with a deadline or a notice. `due` has the titles of the deadlines.

    `sent` are the notices that would be sent on this day, `skipped` those that would not be sent.
    """

    day: date
    due: tuple[str, ...]
    sent: tuple[RehearsedNotice, ...]
    skipped: tuple[RehearsedNotice, ...]

    @property
    def recipients(self) -> int:
        """The number of recipients who get a notice."""
        return sum(notice.count for notice in self.sent)


@pages.get("/years/{year:int}/rehearsal", view="year")
def show(request: PageRequest, year: int) -> Response:
    try:
        result = _rehearse(request, year)
    except UserError as refusal:
        return _refusal_page(request, year, refusal)
    days = {day.day: day for day in _days(request, result)}
    return request.answer.page(
        "rehearsal.html",
        number=year,
        why=None,
        forecast=result,
        days=days,
        months=_months(request, days),
        recipients=sum(day.recipients for day in days.values()),
        skipped=sum(notice.count for day in days.values() for notice in day.skipped),
    )


@pages.get("/years/{year:int}/rehearsal.ics", view="year")
def download(request: PageRequest, year: int) -> Response:
    """The deadlines as a calendar file (iCalendar, RFC 5545)."""
    try:
        result = _rehearse(request, year)
    except UserError as refusal:
        return _refusal_page(request, year, refusal)
    data = forecast.calendar(result, year, request.user.language, request.app.settings.origin)
    headers = {"content-disposition": f'attachment; filename="kaohe-{year}.ics"'}
    return Response(data, media_type="text/calendar; charset=utf-8", headers=headers)


def _refusal_page(request: PageRequest, year: int, refusal: UserError) -> Response:
    return request.answer.page("rehearsal.html", 409, number=year, forecast=None, why=refusal)


def _rehearse(request: PageRequest, year: int) -> Forecast:
    """Rehearse the year from now on, or return the cached result.

    Raises `NothingToRehearse`, `TooManyDepartments` or `RehearsalRunning`.
    """
    if not date.min.year < year < date.max.year - 10 or request.today > end_of_reminders(request.rulebook, year):
        raise NothingToRehearse(year=year)
    if len(_departments(request, year)) > MAX_DEPARTMENTS:
        raise TooManyDepartments(most=MAX_DEPARTMENTS, year=year)
    head = request.engine.ledger.head()
    key = (year, head.number, head.digest, int(request.now.timestamp() // CACHED_FOR.seconds))
    # One at a time: a rehearsal uses a whole core for seconds, so several at once would slow down all other pages.
    if not RUNNING_LOCK.acquire(timeout=MAX_WAIT):
        raise RehearsalRunning
    try:
        cached = _CACHE.get(request.engine)
        if cached is None or cached[0] != key:
            edition, begins = request.engine.editions.edition_in_force, request.now.astimezone(UTC)
            cached = (key, forecast.rehearse(request.database, edition, year, request.app.settings, begins))
            _CACHE[request.engine] = cached
        return cached[1]
    finally:
        RUNNING_LOCK.release()


def _departments(request: PageRequest, year: int) -> tuple[str, ...]:
    """The departments of the year, or those for which it would be opened, if it is not open yet."""
    state = request.engine.state(year_stream(f"{year:04}"))
    if isinstance(state, Year) and state.version:
        return state.units
    return tuple(unit.unit for unit in request.roster.assessed_in(year))


def _days(request: PageRequest, result: Forecast) -> Iterator[RehearsedDay]:
    """The days with a deadline or a notice, in order."""
    due, notices = _deadlines_by_day(request, result), _notices_by_day(request, result)
    begins = result.start.astimezone(request.zone).date()
    for day in sorted({*notices, *(day for day in due if day >= begins)}):
        sent = tuple(notice for notice in notices[day] if notice.is_sent)
        skipped = tuple(notice for notice in notices[day] if not notice.is_sent)
        yield RehearsedDay(day, tuple(due[day]), sent, skipped)


def _deadlines_by_day(request: PageRequest, result: Forecast) -> defaultdict[date, list[str]]:
    due: defaultdict[date, list[str]] = defaultdict(list)
    for deadline in result.deadlines:
        title = deadline.title.render(request.user.language)
        unit = f" · {result.units.get(deadline.unit, deadline.unit)}" if deadline.unit else ""
        due[deadline.due].append(title + unit)
    return due


def _notices_by_day(request: PageRequest, result: Forecast) -> defaultdict[date, list[RehearsedNotice]]:
    groups: defaultdict[tuple[date, str, str, str, Text | None], list[ForecastNotice]] = defaultdict(list)
    for item in result.notices:
        day = item.at.astimezone(request.zone).date()
        # Sixty departments get the same reminder on the same day. The page shows them as one line, with their number.
        is_unit = item.recipient.startswith("unit:")
        group = f"unit {item.notice.kind} {item.notice.asks}" if is_unit else item.recipient
        groups[day, group, item.channel, item.state, item.why].append(item)
    names = DisplayNames(result.units, request.rulebook, request.user.language)
    by_day: defaultdict[date, list[RehearsedNotice]] = defaultdict(list)
    for (day, *_), notices in groups.items():
        by_day[day].append(_rehearsed_notice(names, request.account_names, notices))
    return by_day


def _rehearsed_notice(
    names: DisplayNames, account_names: Mapping[str, str], group: list[ForecastNotice]
) -> RehearsedNotice:
    """One line of the page for the notices of one group."""
    first, lines = group[0], [names.notice_text(item.notice) for item in group]
    # A letter goes to an account, but a notice in an inbox goes to a role or a department.
    is_letter = first.channel != "inbox"
    recipient = names.recipient(first.recipient)
    if is_letter:
        recipient = account_names.get(first.recipient, recipient)
        subject = write_letter([names.with_department_name(item.notice) for item in group], names.language).subject
    else:
        subject = lines[0].splitlines()[0]
    count = len({item.recipient for item in group})
    light, title = STATE_WORDS[first.state]  # type: ignore[index]
    return RehearsedNotice(
        to=recipient if count == 1 else names.recipient("unit"),
        count=count,
        channel=CHANNEL_TITLES.get(first.channel, Text(zh=first.channel, en=first.channel)),
        subject=subject,
        lines=tuple(dict.fromkeys(lines)),
        light=light,
        title=title,
        why=first.why,
    )


def _months(request: PageRequest, days: Iterable[date]) -> list[CalendarMonth]:
    """The months of these days, in order."""
    calendar, firsts = working_days(request.database), sorted({day.replace(day=1) for day in days})
    return [calendar_month(first, lambda day: calendar_cell(day, calendar)) for first in firsts]
