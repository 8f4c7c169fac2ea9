"""预演: a year tried on a copy, as a picture of its months and as the letters of each day. Nothing is written, nothing sent.

One rehearsal runs at a time, in a thread of its own, and is kept for ten minutes: looking at it again, or taking its
calendar file, costs nothing. 60 units take one to two seconds.
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
from console.web.pages.home.deliveries import CHANNELS, WORDS
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

from .calendar import Month, cell, month

pages = Pages()

KEPT_FOR = timedelta(minutes=10)
MOST = 300
"""How many units a rehearsal may have here. More go by the command line, where nobody waits for a page."""
PATIENCE = 20.0
"""Seconds to wait for a rehearsal that somebody else has begun."""

Key = tuple[int, int, str, int]
_RUNNING = Lock()
_KEPT: WeakKeyDictionary[Engine, tuple[Key, Forecast]] = WeakKeyDictionary()


class TooMany(UserError):
    """The year has more units than are rehearsed on a page."""

    zh = "本年度部门超过 {most} 个，网页上不预演，以免他人等待。请在服务器上运行 kaohe scheduler rehearse --year {year}。"
    en = "The year has more than {most} units, so it cannot be rehearsed on this page without making others wait. Run `kaohe scheduler rehearse --year {year}` on the server."


class UnderWay(UserError):
    """Somebody else's rehearsal is not done yet."""

    zh = "另一次预演正在进行。请一分钟后刷新本页。"
    en = "Another rehearsal is under way. Reload this page in a minute."


class Over(UserError):
    """Nothing of the year lies ahead."""

    zh = "{year} 年度的提醒和期限都已过去，没有可预演的内容。通知的实际情况见“通知发送”。"
    en = "All reminders and deadlines for {year} have passed, so there is nothing to rehearse. See “Deliveries” for what was sent."


class Post(Struct, frozen=True):
    """What would go out on one day by one channel: to one recipient, or to `count` units alike; or why it would not."""

    to: str
    count: int
    channel: Text
    subject: str
    said: tuple[str, ...]
    light: str
    word: Text
    why: Text | None


class Day(Struct, frozen=True):
    """One day with something in it."""

    day: date
    due: tuple[str, ...]
    sent: tuple[Post, ...]
    skipped: tuple[Post, ...]

    @property
    def letters(self) -> int:
        """How many recipients hear something."""
        return sum(post.count for post in self.sent)


@pages.get("/years/{year:int}/rehearsal", view="year")
def show(request: PageRequest, year: int) -> Response:
    try:
        shown = _rehearsed(request, year)
    except UserError as told:
        return request.answer.page("rehearsal.html", 409, number=year, shown=None, why=told)
    days = {day.day: day for day in _days(request, shown)}
    return request.answer.page(
        "rehearsal.html", number=year, shown=shown, why=None, days=days, months=_months(request, days),
        letters=sum(day.letters for day in days.values()),
        skipped=sum(post.count for day in days.values() for post in day.skipped),
    )  # fmt: skip


@pages.get("/years/{year:int}/rehearsal.ics", view="year")
def download(request: PageRequest, year: int) -> Response:
    """The deadlines as a calendar file."""
    try:
        shown = _rehearsed(request, year)
    except UserError as told:
        return request.answer.page("rehearsal.html", 409, number=year, shown=None, why=told)
    made = forecast.calendar(shown, year, request.user.language, request.app.settings.origin)
    headers = {"content-disposition": f'attachment; filename="kaohe-{year}.ics"'}
    return Response(made, media_type="text/calendar; charset=utf-8", headers=headers)


def _rehearsed(request: PageRequest, year: int) -> Forecast:
    """The year rehearsed from now on, or what is kept of the same. TooMany, UnderWay, Over."""
    if not date.min.year < year < date.max.year or request.today > date(year + 1, 3, 31):
        raise Over(year=year)
    state, head = request.engine.state(year_stream(f"{year:04}")), request.engine.ledger.head()
    units = state.units if isinstance(state, Year) and state.version else request.roster.assessed_in(year)
    if len(units) > MOST:
        raise TooMany(most=MOST, year=year)
    key = (year, head.number, head.digest, int(request.now.timestamp() // KEPT_FOR.seconds))
    if not _RUNNING.acquire(timeout=PATIENCE):
        raise UnderWay
    try:
        kept = _KEPT.get(request.engine)
        if kept is None or kept[0] != key:
            edition = request.engine.editions.edition_in_force
            begins = request.now.astimezone(UTC)
            kept = (key, forecast.rehearse(request.database, edition, year, request.app.settings, begins))
            _KEPT[request.engine] = kept
        return kept[1]
    finally:
        _RUNNING.release()


def _days(request: PageRequest, shown: Forecast) -> Iterator[Day]:
    """Every day with something in it, in order."""
    units = shown.units
    due: defaultdict[date, list[str]] = defaultdict(list)
    for one in shown.deadlines:
        due[one.due].append(
            one.title.render(request.user.language) + (f" · {units.get(one.unit, one.unit)}" if one.unit else "")
        )
    posts: defaultdict[date, list[Post]] = defaultdict(list)
    grouped: defaultdict[tuple[date, str, str, str, Text | None], list[ForecastNotice]] = defaultdict(list)
    for said in shown.notices:
        day = said.at.astimezone(request.zone).date()
        alike = f"unit {said.notice.kind} {said.notice.asks}" if said.recipient.startswith("unit:") else said.recipient
        grouped[day, alike, said.channel, said.end, said.why].append(said)
    people = {row.id: row.name for row in accounts.accounts(request.database)}
    called = DisplayNames(units, request.rulebook, request.user.language)
    for (day, *_), group in grouped.items():
        posts[day].append(_post(called, people, group))
    begins = shown.begins.astimezone(request.zone).date()
    for day in sorted({*posts, *(day for day in due if day >= begins)}):
        sent = tuple(post for post in posts[day] if post.light != "wait")
        yield Day(day, tuple(due[day]), sent, tuple(post for post in posts[day] if post.light == "wait"))


def _post(called: DisplayNames, people: dict[str, str], group: list[ForecastNotice]) -> Post:
    first, notices = group[0], [said.notice for said in group]
    named, recipients = [called.notice_text(notice) for notice in notices], {said.recipient for said in group}
    one = called.recipient(first.recipient)
    if first.channel != "inbox":  # an inbox is a role's, a letter goes to an account
        one = people.get(first.recipient, one)
    light, word = WORDS[first.end]  # type: ignore[index]
    return Post(
        one if len(recipients) == 1 else called.recipient("unit"),
        len(recipients),
        CHANNELS.get(first.channel, Text(zh=first.channel, en=first.channel)),
        write_letter([called.named(notice) for notice in notices], called.language).subject
        if first.channel != "inbox"
        else named[0].splitlines()[0],
        tuple(dict.fromkeys(named)), light, word, first.why,
    )  # fmt: skip


def _months(request: PageRequest, days: Iterable[date]) -> list[Month]:
    """Each month with something in it."""
    known = working_days(request.database)
    return [month(first, lambda day: cell(day, known)) for first in sorted({day.replace(day=1) for day in days})]
