"""预演: a year tried out on a copy of the data: a calendar, and the notices of each day. Nothing is written or sent.

One rehearsal runs at a time, and its result stays in memory for ten minutes, so that reading it again, or downloading
its calendar file, costs nothing. 60 departments take one to two seconds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
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
from states.records.year import Year
from states.streams import year_stream
from states.user_errors import UserError
from states.vocabulary import Text
from storage.sign_in import accounts
from workflow.calendar import working_days
from workflow.engine import Engine

from .calendar import CalendarMonth, calendar_cell, calendar_month

pages = Pages()

CACHED_FOR = timedelta(minutes=10)
MOST = 300
"""Departments of a rehearsal on a page. More are rehearsed by the command line, where nobody waits for a page."""
PATIENCE = 20.0
"""Seconds to wait for a rehearsal that somebody else has started."""

CacheKey = tuple[int, int, str, int]
"""The year; the number and the digest of the ledger's last entry; and the ten minutes that the time is in."""

_RUNNING = Lock()
_CACHE: WeakKeyDictionary[Engine, tuple[CacheKey, Forecast]] = WeakKeyDictionary()


class TooManyDepartments(UserError):
    """The year has more departments than a page rehearses."""

    zh = "本年度部门超过 {most} 个，网页上不预演，以免他人等待。请在服务器上运行 kaohe scheduler rehearse --year {year}。"
    en = "The year has more than {most} departments, so it cannot be rehearsed on this page without making others wait. Run `kaohe scheduler rehearse --year {year}` on the server."


class RehearsalRunning(UserError):
    """Somebody else's rehearsal has not ended."""

    zh = "另一次预演正在进行。请一分钟后刷新本页。"
    en = "Another rehearsal is under way. Reload this page in a minute."


class NothingToRehearse(UserError):
    """Everything of the year has passed."""

    zh = "{year} 年度的提醒和期限都已过去，没有可预演的内容。通知的实际情况见“通知发送”。"
    en = "All reminders and deadlines for {year} have passed, so there is nothing to rehearse. See “Deliveries” for what was sent."


class RehearsedNotice(Struct, frozen=True):
    """What would go out on one day by one channel: to one recipient, or the same to `count` departments.

    `lines` are the notices of one letter. `why` is the reason where it would not be sent.
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
        return self.light != "wait"


class RehearsedDay(Struct, frozen=True):
    """One day on which something is due or somebody is notified."""

    day: date
    due: tuple[str, ...]
    sent: tuple[RehearsedNotice, ...]
    skipped: tuple[RehearsedNotice, ...]

    @property
    def recipients(self) -> int:
        """How many recipients get a notice."""
        return sum(notice.count for notice in self.sent)


@pages.get("/years/{year:int}/rehearsal", view="year")
def show(request: PageRequest, year: int) -> Response:
    try:
        rehearsed = _rehearse(request, year)
    except UserError as refusal:
        return _refuse(request, year, refusal)
    days = {day.day: day for day in _days(request, rehearsed)}
    return request.answer.page(
        "rehearsal.html",
        number=year,
        why=None,
        forecast=rehearsed,
        days=days,
        months=_months(request, days),
        recipients=sum(day.recipients for day in days.values()),
        skipped=sum(notice.count for day in days.values() for notice in day.skipped),
    )


@pages.get("/years/{year:int}/rehearsal.ics", view="year")
def download(request: PageRequest, year: int) -> Response:
    """The deadlines as a calendar file (iCalendar, RFC 5545)."""
    try:
        rehearsed = _rehearse(request, year)
    except UserError as refusal:
        return _refuse(request, year, refusal)
    data = forecast.calendar(rehearsed, year, request.user.language, request.app.settings.origin)
    headers = {"content-disposition": f'attachment; filename="kaohe-{year}.ics"'}
    return Response(data, media_type="text/calendar; charset=utf-8", headers=headers)


def _refuse(request: PageRequest, year: int, refusal: UserError) -> Response:
    return request.answer.page("rehearsal.html", 409, number=year, forecast=None, why=refusal)


def _rehearse(request: PageRequest, year: int) -> Forecast:
    """The year rehearsed from now on, or the cached result. TooManyDepartments, RehearsalRunning, NothingToRehearse."""
    if not date.min.year < year < date.max.year or request.today > date(year + 1, 3, 31):
        raise NothingToRehearse(year=year)
    if len(_departments(request, year)) > MOST:
        raise TooManyDepartments(most=MOST, year=year)
    head = request.engine.ledger.head()
    key = (year, head.number, head.digest, int(request.now.timestamp() // CACHED_FOR.seconds))
    # One at a time: a rehearsal takes a core for seconds, and several at once would slow every other page down.
    if not _RUNNING.acquire(timeout=PATIENCE):
        raise RehearsalRunning
    try:
        cached = _CACHE.get(request.engine)
        if cached is None or cached[0] != key:
            edition, begins = request.engine.editions.edition_in_force, request.now.astimezone(UTC)
            cached = (key, forecast.rehearse(request.database, edition, year, request.app.settings, begins))
            _CACHE[request.engine] = cached
        return cached[1]
    finally:
        _RUNNING.release()


def _departments(request: PageRequest, year: int) -> tuple[str, ...]:
    """The departments of the year; those it would be opened for, where it is not open yet."""
    state = request.engine.state(year_stream(f"{year:04}"))
    if isinstance(state, Year) and state.version:
        return state.units
    return tuple(unit.unit for unit in request.roster.assessed_in(year))


def _days(request: PageRequest, rehearsed: Forecast) -> Iterator[RehearsedDay]:
    """Every day on which something is due or somebody is notified, in order."""
    due, notices = _deadlines_by_day(request, rehearsed), _notices_by_day(request, rehearsed)
    begins = rehearsed.begins.astimezone(request.zone).date()
    for day in sorted({*notices, *(day for day in due if day >= begins)}):
        sent = tuple(notice for notice in notices[day] if notice.is_sent)
        skipped = tuple(notice for notice in notices[day] if not notice.is_sent)
        yield RehearsedDay(day, tuple(due[day]), sent, skipped)


def _deadlines_by_day(request: PageRequest, rehearsed: Forecast) -> defaultdict[date, list[str]]:
    due: defaultdict[date, list[str]] = defaultdict(list)
    for deadline in rehearsed.deadlines:
        title = deadline.title.render(request.user.language)
        unit = f" · {rehearsed.units.get(deadline.unit, deadline.unit)}" if deadline.unit else ""
        due[deadline.due].append(title + unit)
    return due


def _notices_by_day(request: PageRequest, rehearsed: Forecast) -> defaultdict[date, list[RehearsedNotice]]:
    groups: defaultdict[tuple[date, str, str, str, Text | None], list[ForecastNotice]] = defaultdict(list)
    for one in rehearsed.notices:
        day = one.at.astimezone(request.zone).date()
        # Sixty departments get the same reminder on the same day: they are one line, with their number.
        is_unit = one.recipient.startswith("unit:")
        group = f"unit {one.notice.kind} {one.notice.asks}" if is_unit else one.recipient
        groups[day, group, one.channel, one.end, one.why].append(one)
    account_names = {row.id: row.name for row in accounts.accounts(request.database)}
    names = DisplayNames(rehearsed.units, request.rulebook, request.user.language)
    by_day: defaultdict[date, list[RehearsedNotice]] = defaultdict(list)
    for (day, *_), notices in groups.items():
        by_day[day].append(_rehearsed_notice(names, account_names, notices))
    return by_day


def _rehearsed_notice(
    names: DisplayNames, account_names: dict[str, str], group: list[ForecastNotice]
) -> RehearsedNotice:
    """The notices of one group as one line of the page."""
    first, lines = group[0], [names.notice_text(one.notice) for one in group]
    is_letter = first.channel != "inbox"  # a letter goes to an account; an inbox belongs to a role
    recipient = names.recipient(first.recipient)
    if is_letter:
        recipient = account_names.get(first.recipient, recipient)
        subject = write_letter([names.named(one.notice) for one in group], names.language).subject
    else:
        subject = lines[0].splitlines()[0]
    count = len({one.recipient for one in group})
    light, title = STATE_WORDS[first.end]  # type: ignore[index]
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
    """Each month that one of these days is in."""
    calendar, firsts = working_days(request.database), sorted({day.replace(day=1) for day in days})
    return [calendar_month(first, lambda day: calendar_cell(day, calendar)) for first in firsts]
