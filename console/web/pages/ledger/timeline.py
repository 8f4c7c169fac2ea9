"""台账: every entry as a sentence, the last first; and one entry whole. What judges the reader's department is left out.

What is left out is a matter of 回避 (`console/web/recusal.py`). An entry that does not have its digest, or that cannot be
read, is shown as such. What that means, the replay says.
"""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

from msgspec import Struct
from starlette.responses import Response

from audit.history import BadPointInTime, last_entry_within
from audit.reader import DatabaseReader
from console.web import recusal
from console.web.display.entries import EntryView, entry_view
from console.web.display.terms import terms_of
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states.accounts.account import ROLE_TITLES
from states.assessment import Assessment
from states.refusals import NotThere
from states.streams import kind_of
from states.user_errors import UserError
from states.vocabulary import CLOCK, Text
from storage import queries, seals
from storage.ledger import chain, timeline
from storage.ledger.chain import Entry, StoredEntry
from storage.ledger.timeline import EntryFilter

from . import entry_groups
from .paths import past_stream

pages = Pages()

PAGE = 50
"""Entries of one page."""

_YEARS = frozenset(map(str, range(2000, 2201)))
_CLOCK = Text(zh="系统自动", en="automatic")
_LOOK = Text(zh="查阅台账记录", en="look at an entry")

# An auditor must see every row, above all one that somebody wrote directly into the database. It may hold a fact of
# another kind of stream, and folding that may fail in any of these ways.
_UNREADABLE = (UserError, ValueError, LookupError, AttributeError, TypeError)


class TimelineEntry(Struct, frozen=True):
    """One entry for reading. `entry` is None where the row cannot be decoded, `view` where its fact cannot be read.

    `is_intact`: the row has the digest of its body, and its columns agree with it. `past_path` is empty where the entry
    is of no assessment. `days_late` is the number of days between what happened and its record.
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
        """How far the machine's clock was behind the entry before; None where it was not."""
        entry = self.entry
        return entry.recorded_at - entry.machine_clock if entry is not None and entry.machine_clock else None


class TimelineQuery(Struct, frozen=True):
    """The filters of the page, as typed. An empty one filters nothing."""

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
        """The address of the same page with some filters changed."""
        fields = {name: getattr(self, name) for name in self.__struct_fields__} | changes
        query = urlencode({name: value for name, value in fields.items() if value})
        return "/audit" + (f"?{query}" if query else "")


@pages.get("/audit", view="audit")
def show(request: PageRequest) -> Response:
    query, reader = _query(request), DatabaseReader(request.database)
    refusal, upto = None, 0
    try:
        upto = last_entry_within(reader, query.upto[:40], request.rulebook.timezone) if query.upto else reader.size()
    except BadPointInTime as error:
        refusal = error
    found = timeline.page_before(request.database, query.filter, upto + 1, PAGE)
    readable = [row for row in found.rows if recusal.may_read(request, row[1])]
    return request.answer.page(
        "timeline.html",
        409 if refusal else 200,
        query=query,
        refusal=refusal,
        entries=[_timeline_entry(request, row) for row in readable],
        left_out=len(found.rows) - len(readable),
        before=found.before,
        more=len(found.rows) == PAGE,
        upto=upto,
        last=reader.size(),
        groups=entry_groups.TITLES,
        years=queries.years(request.database),
        units=list(request.roster.units.values()),
    )


@pages.get("/audit/entries/{number:int}", view="audit")
def show_entry(request: PageRequest, number: int) -> Response:
    """One entry to the byte: what it says, what it is, and how it is linked to the one before."""
    reader = DatabaseReader(request.database)
    row = reader.entry(number)
    if row is None:
        raise NotThere(act=_LOOK, stream=str(number), first=Text(zh="核对编号", en="check the number"))
    recusal.require_read(request, row[1])
    one = _timeline_entry(request, row)
    return request.answer.page(
        "entry.html",
        one=one,
        row=row,
        digest=_digest(row),
        is_linked=one.entry is not None and one.entry.previous == _digest_before(reader, number),
        last=reader.size(),
        seal=seals.first_over(request.database, number),
    )


def actor_name(request: PageRequest, entry: Entry) -> str:
    """The name of the account that made the entry. Where it has no name, its role; for the clock, that nobody acted."""
    if entry.actor == CLOCK.id:
        return request.format.text(_CLOCK)
    if name := request.account_names.get(entry.actor):
        return name
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
    """What can be read of a row: the entry and its fact, the entry alone, or nothing."""
    entry = None
    try:
        entry = chain.decode(row[4])
        rulebook = request.engine.editions.compiled(entry.rulebook).rulebook
        terms = terms_of(request, _assessment(request, entry.stream), rulebook)
        return entry, entry_view(entry, terms, request.format.moment)
    except _UNREADABLE:
        return entry, None


def _assessment(request: PageRequest, stream: str) -> Assessment:
    """The assessment of the stream, for the titles of its team. An empty one where it is none or cannot be read."""
    try:
        state = request.engine.state(stream) if kind_of(stream) == "assessment" else None
    except _UNREADABLE:
        state = None
    return state if isinstance(state, Assessment) else Assessment()


def _digest(row: StoredEntry) -> str:
    return chain.digest(row[4].encode(errors="surrogateescape"))


def _digest_before(reader: DatabaseReader, number: int) -> str:
    before = reader.entry(number - 1)
    return before[5] if before is not None else chain.GENESIS


def _is_intact(row: StoredEntry, entry: Entry) -> bool:
    return _digest(row) == row[5] and (entry.number, entry.stream, entry.version, entry.kind) == row[:4]


def _days_late(request: PageRequest, entry: Entry) -> int:
    recorded, happened = (time.astimezone(request.zone).date() for time in (entry.recorded_at, entry.happened_at))
    return (recorded - happened).days
