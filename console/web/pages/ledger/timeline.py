"""台账: the list of the entries as sentences, the latest first, with filters; and the page of one entry.

The entries of an assessment or a case of the user's own department are left out, and the page says how many (回避,
`console/web/recusal.py`). An entry with a wrong digest or
with unreadable content is marked, and the replay explains the defect.
"""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

from msgspec import Struct
from starlette.responses import Response

from audit.history import BadPointInTime, last_entry_at
from audit.reader import DatabaseReader
from console.web import recusal
from console.web.display.entries import EntryView, unrestricted_view
from console.web.display.spreadsheets import table_download
from console.web.display.terms import terms_of
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states.accounts.account import ROLE_TITLES
from states.assessment import Assessment
from states.refusals import NotThere
from states.streams import Stream, kind_of
from states.user_errors import UserError
from states.vocabulary import CLOCK, Text
from storage import queries, seals
from storage.ledger import chain, timeline
from storage.ledger.chain import Entry, StoredEntry
from storage.ledger.timeline import EntryFilter

from . import entry_groups
from .paths import past_stream

pages = Pages()

PAGE_SIZE = 50
"""The number of entries on a page."""

_MOST_SAVED = 5_000
"""The most entries in a workbook."""
_HEADS = (
    Text(zh="编号", en="Number"), Text(zh="登记时间", en="Recorded"), Text(zh="发生时间", en="Happened"), Text(zh="经办", en="By"),
    Text(zh="所属", en="Of"), Text(zh="事项", en="Entry"), Text(zh="内容", en="Content"),
)  # fmt: skip

_YEARS = frozenset(map(str, range(2000, 2201)))
_CLOCK_TITLE = Text(zh="系统自动", en="automatic")
_ACT_TITLE = Text(zh="查阅台账记录", en="look at an entry")
"""The act that is refused if there is no such entry."""

# An auditor must see every row, and most of all a row that was written directly into the database. Such a row may have
# a fact of another kind of stream, and to fold that fact may raise any of these errors.
_UNREADABLE = (UserError, ValueError, LookupError, TypeError)


class TimelineEntry(Struct, frozen=True):
    """One row of the ledger. `entry` is None if the row cannot be decoded, and `view` if its fact cannot be read.

    `is_intact`: the digest in the row is that of the body, and the columns agree with the body. `past_path` is empty if
    the stream is not that of an assessment. `days_late` is the number of days from the event to its record.
    """

    number: int
    stream: str
    entry: Entry | None
    view: EntryView | None
    is_intact: bool
    actor: str
    stream_title: str
    past_path: str
    days_late: int

    @property
    def clock_behind(self) -> timedelta | None:
        """How far the machine's clock was behind the time of the previous entry; None if it was not behind."""
        entry = self.entry
        return entry.recorded_at - entry.machine_clock if entry is not None and entry.machine_clock else None


class TimelineQuery(Struct, frozen=True):
    """The filters of the page, as typed. An empty filter accepts every entry, and so does an unknown year or group.

    `upto` is the point in time at which the list begins: an entry, a day or a time.
    """

    year: str = ""
    unit: str = ""
    stream: str = ""
    group: str = ""
    actor: str = ""
    upto: str = ""

    @property
    def filter(self) -> EntryFilter:
        year = int(self.year) if self.year in _YEARS else None
        return EntryFilter(entry_groups.KINDS.get(self.group, ()), self.stream, year, self.unit, self.actor)

    def link(self, **changes: object) -> str:
        """The URL of this page with some filters changed."""
        fields = {name: getattr(self, name) for name in self.__struct_fields__} | changes
        query = urlencode({name: value for name, value in fields.items() if value})
        return "/audit" + (f"?{query}" if query else "")


@pages.get("/audit", view="audit")
def show(request: PageRequest) -> Response:
    query, reader = _query(request), DatabaseReader(request.database)
    refusal, upto = None, 0
    try:
        upto = last_entry_at(reader, query.upto[:40], request.rulebook.timezone) if query.upto else reader.size()
    except BadPointInTime as error:
        refusal = error
    page = timeline.page_before(request.database, query.filter, upto + 1, PAGE_SIZE)
    readable = [row for row in page.rows if recusal.may_read(request, row[1])]
    return request.answer.page(
        "timeline.html",
        409 if refusal else 200,
        query=query,
        refusal=refusal,
        entries=[_timeline_entry(request, row) for row in readable],
        left_out=len(page.rows) - len(readable),
        before=page.before,
        more=len(page.rows) == PAGE_SIZE,
        upto=upto,
        last=reader.size(),
        groups=entry_groups.TITLES,
        years=queries.years(request.database),
        units=list(request.roster.units.values()),
    )


@pages.get("/audit.xlsx", view="audit", reauthenticates=True)
def download(request: PageRequest) -> Response:
    """The entries that the filters select, the newest `_MOST_SAVED` of them that the user may read, as a workbook."""
    query, reader = _query(request), DatabaseReader(request.database)
    before = reader.size() + 1
    entries: list[TimelineEntry] = []
    while before and len(entries) < _MOST_SAVED:
        page = timeline.page_before(request.database, query.filter, before, PAGE_SIZE)
        entries += [_timeline_entry(request, row) for row in page.rows if recusal.may_read(request, row[1])]
        before = page.before or 0
    say, moment = request.format.text, request.format.moment
    rows = [
        (one.number, moment(one.view.recorded_at), moment(one.view.happened_at), one.actor, one.stream_title,
         say(one.view.title), "；".join(f"{say(title)}：{say(text)}" for title, text in one.view.fields))
        if one.view is not None
        else (one.number, "", "", one.actor, one.stream_title, "—", "")
        for one in entries
    ]  # fmt: skip
    title = Text(zh="台账记录", en="Entries of the ledger")
    return table_download(request, "entries", "xlsx", title, [say(head) for head in _HEADS], rows)


@pages.get("/audit/entries/{number:int}", view="audit")
def show_entry(request: PageRequest, number: int) -> Response:
    """Show one entry: as a sentence, as stored, and its link to the previous entry."""
    reader = DatabaseReader(request.database)
    row = reader.entry(number)
    if row is None:
        raise NotThere(act=_ACT_TITLE, stream=str(number), first=Text(zh="核对编号", en="check the number"))
    recusal.require_read(request, row[1])
    timeline_entry = _timeline_entry(request, row)
    return request.answer.page(
        "entry.html",
        timeline_entry=timeline_entry,
        row=row,
        digest=_digest(row),
        is_linked=timeline_entry.entry is not None and timeline_entry.entry.previous == _digest_before(reader, number),
        last=reader.size(),
        seal=seals.first_seal_covering(request.database, number),
    )


def actor_name(request: PageRequest, entry: Entry) -> str:
    """The name of the account that made the entry, of a deputy with that of the principal; else the title of its role.

    For an entry of the clock it is "automatic".
    """
    if entry.actor == CLOCK.id:
        return request.format.text(_CLOCK_TITLE)
    if entry.actor in request.account_names or entry.principal is not None:
        return request.author(entry)
    return request.format.text(ROLE_TITLES.get(entry.role) or request.format.role(entry.role))


def _query(request: PageRequest) -> TimelineQuery:
    query = request.query
    return TimelineQuery(**{name: query.get(name, "").strip()[:200] for name in TimelineQuery.__struct_fields__})


def _timeline_entry(request: PageRequest, row: StoredEntry) -> TimelineEntry:
    number, stream = row[:2]
    entry, view = _read(request, row)
    return TimelineEntry(
        number=number,
        stream=stream,
        entry=entry,
        view=view,
        is_intact=entry is not None and _is_intact(row, entry),
        actor=actor_name(request, entry) if entry is not None else "—",
        stream_title=request.format.text(request.stream_titles.title(stream)),
        past_path=past_stream(stream, number),
        days_late=_days_late(request, entry) if entry is not None else 0,
    )


def _read(request: PageRequest, row: StoredEntry) -> tuple[Entry | None, EntryView | None]:
    """The entry and its view.

    The view is None if the fact cannot be read, and both are None if the row cannot be decoded.
    """
    entry = None
    try:
        entry = chain.decode(row[4])
        rulebook = request.engine.editions.of_pin(entry.rulebook).rulebook
        terms = terms_of(request, _assessment(request, entry.stream), rulebook)
        unit = Stream.parse(entry.stream).unit
        with_members = unit is None or request.permissions.may_view("member_results", unit)
        return entry, unrestricted_view(entry, terms, request.format.moment, with_members=with_members)
    except _UNREADABLE:
        return entry, None


def _assessment(request: PageRequest, stream: str) -> Assessment:
    """The assessment of the stream, for the titles of its team; an empty assessment if there is none to read."""
    try:
        state = request.engine.state(stream) if kind_of(stream) == "assessment" else None
    except _UNREADABLE:
        state = None
    return state if isinstance(state, Assessment) else Assessment()


def _digest(row: StoredEntry) -> str:
    """The digest of the body, computed again."""
    _, _, _, _, body, _ = row
    return chain.digest(body.encode(errors="surrogateescape"))


def _digest_before(reader: DatabaseReader, number: int) -> str:
    """The digest in the row before this entry; `GENESIS` if there is no row."""
    before = reader.entry(number - 1)
    return before[5] if before is not None else chain.GENESIS


def _is_intact(row: StoredEntry, entry: Entry) -> bool:
    """Whether the digest in the row is that of the body, and the columns agree with the body."""
    number, stream, version, kind, _, digest = row
    columns = (number, stream, version, kind)
    return _digest(row) == digest and (entry.number, entry.stream, entry.version, entry.kind) == columns


def _days_late(request: PageRequest, entry: Entry) -> int:
    recorded, happened = (time.astimezone(request.zone).date() for time in (entry.recorded_at, entry.happened_at))
    return (recorded - happened).days
