"""台账: every entry, the newest first, as sentences; and one entry whole. Nothing is left out but what judges the reader's own unit.

An entry that does not have the digest it should, or that nobody can read, is shown as such; the replay says what it means.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlencode

from msgspec import Struct
from starlette.responses import Response

from audit.history import BadPointInTime, last_entry_within
from audit.reader import DatabaseReader
from console.web import recusal
from console.web.display import entries
from console.web.display.terms import terms_of
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states.accounts.account import ROLE_TITLES
from states.assessment import Assessment
from states.chart import ACT_OF_FACT, ACTS, FACTS
from states.custody.confidential import Value
from states.custody.confirmed_time import ConfirmedTime
from states.custody.seals import Seals
from states.custody.tables import Table
from states.deadlines.reminders import ReminderDue, ReminderExpired
from states.records.account import Account
from states.records.case import Case
from states.records.roster import Roster
from states.records.routine_check import RoutineCheck
from states.records.year import Year
from states.refusals import NotThere
from states.streams import Stream, kind_of
from states.user_errors import UserError
from states.vocabulary import CLOCK, Fact, Text
from storage import queries, seals
from storage.ledger import chain, timeline
from storage.ledger.chain import Entry, StoredEntry
from storage.ledger.timeline import EntryFilter

pages = Pages()

PAGE = 50
"""How many entries are on a page."""

_VETOES = frozenset(("VetoRecorded", "VetoRaised", "VetoLifted", "StaleScoreNoted"))


def _group(kind: str, fact: type[Fact]) -> str:
    if kind in _VETOES:
        return "cases"
    if issubclass(fact, ReminderDue | ReminderExpired):
        return "clock"
    return _ROOMS[ACTS[ACT_OF_FACT[kind]].state_type] if kind in ACT_OF_FACT else "access"


_ROOMS: Mapping[type, str] = {
    Assessment: "steps", Case: "cases", Account: "accounts", Value: "confidential", Year: "year", Roster: "year",
    RoutineCheck: "checks",
    Table: "tables",
    Seals: "seals",
    ConfirmedTime: "clock",
}  # fmt: skip


TITLES: Mapping[str, Text] = {
    "steps": Text(zh="办理步骤", en="steps of assessments"),
    "cases": Text(zh="案件与否决", en="cases and vetoes"),
    "checks": Text(zh="平时检查", en="routine checks"),
    "clock": Text(zh="系统自动", en="automatic"),
    "year": Text(zh="年度与名册", en="year and roster"),
    "access": Text(zh="被拒绝的办理", en="refused attempts"),
    "accounts": Text(zh="账号与授权", en="accounts and grants"),
    "confidential": Text(zh="保密内容", en="confidential values"),
    "tables": Text(zh="台账以外的数据", en="tables beside the ledger"),
    "seals": Text(zh="封存登记", en="seals and cosignatures"),
}
"""The groups of entries one may look for."""

KINDS = {group: tuple(kind for kind, fact in FACTS.items() if _group(kind, fact) == group) for group in TITLES}

_UNREADABLE = (UserError, ValueError, LookupError, AttributeError, TypeError)


class Seen(Struct, frozen=True):
    """One entry as a page shows it. `line` and `entry` are None where it cannot be read; `sound` is whether it has its digest."""

    number: int
    stream: str
    kind: str
    entry: Entry | None
    line: entries.EntryView | None
    sound: bool
    who: str
    where: str
    link: str
    late: int

    @property
    def behind(self) -> timedelta | None:
        """By how much the machine's clock ran behind the entry before."""
        entry = self.entry
        return entry.recorded_at - entry.machine_clock if entry is not None and entry.machine_clock else None


class Asked(Struct, frozen=True):
    """What the page is asked for, as typed."""

    year: str = ""
    unit: str = ""
    stream: str = ""
    group: str = ""
    actor: str = ""
    upto: str = ""

    @property
    def wanted(self) -> EntryFilter:
        year = int(self.year) if self.year in _YEARS else None
        return EntryFilter(KINDS.get(self.group, ()), self.stream, year, self.unit, self.actor)

    def link(self, **other: object) -> str:
        """The same page, asked otherwise."""
        given = {name: getattr(self, name) for name in self.__struct_fields__} | other
        query = urlencode({name: value for name, value in given.items() if value})
        return "/audit" + (f"?{query}" if query else "")


_YEARS = frozenset(map(str, range(2000, 2201)))


def asked(request: PageRequest) -> Asked:
    """What stands in the address."""
    query = request.query
    return Asked(**{name: query.get(name, "").strip()[:200] for name in Asked.__struct_fields__})


@pages.get("/audit", view="audit")
def show(request: PageRequest) -> Response:
    wish, reader, refusal, upto = asked(request), DatabaseReader(request.database), None, 0
    try:
        upto = last_entry_within(reader, wish.upto[:40], request.rulebook.timezone) if wish.upto else reader.size()
    except BadPointInTime as wrong:
        refusal = wrong
    found = timeline.page_before(request.database, wish.wanted, upto + 1, PAGE)
    readable = [row for row in found.rows if recusal.may_read(request, row[1])]
    return request.answer.page(
        "timeline.html", 409 if refusal else 200, asked=wish, refusal=refusal, entries=seen(request, readable),
        left_out=len(found.rows) - len(readable),
        before=found.before, more=len(found.rows) == PAGE, upto=upto, last=reader.size(), groups=TITLES,
        years=queries.years(request.database), units=list(request.roster.units.values()),
    )  # fmt: skip


@pages.get("/audit/entries/{number:int}", view="audit")
def look(request: PageRequest, number: int) -> Response:
    """One entry to the byte: what it says, what it is, and what it hangs on."""
    reader = DatabaseReader(request.database)
    row = reader.entry(number)
    if row is None:
        raise NotThere(act=_LOOK, stream=str(number), first=Text(zh="核对编号", en="check the number"))
    recusal.permit(request, row[1])
    (one,) = seen(request, [row])
    before = reader.entry(number - 1)
    return request.answer.page(
        "entry.html", one=one, row=row, again=_digest(row), linked=one.entry is not None and one.entry.previous == _link(before),
        last=reader.size(), seal=seals.first_over(request.database, number),
    )  # fmt: skip


_LOOK = Text(zh="查阅台账记录", en="look at an entry")


def seen(request: PageRequest, rows: list[StoredEntry]) -> list[Seen]:
    """Rows of the ledger as a page shows them."""
    return [_seen(request, row) for row in rows]


def as_of(name: str, number: int) -> str:
    """Where an assessment can be seen as it stood at an entry; empty for any other stream."""
    stream = Stream.parse(name)
    if stream.year is None or stream.unit is None:
        return ""
    occasion = {"occasion": stream.occasion} if stream.occasion else {}
    return f"/audit/assessments/{stream.year}/{stream.unit}?{urlencode({**occasion, 'as_of': number})}"


def _seen(request: PageRequest, row: StoredEntry) -> Seen:
    number, stream, _, kind, _, _ = row
    entry, line = _read(request, row)
    return Seen(
        number, stream, kind, entry, line, entry is not None and _is_sound(row, entry), who(request, entry) if entry else "—",
        request.format.text(request.stream_titles.title(stream)), as_of(stream, number), _late(request, entry) if entry else 0,
    )  # fmt: skip


def who(request: PageRequest, entry: Entry) -> str:
    """Who made an entry: the account's name; of one that has none the role, and for the clock that nobody acted."""
    if entry.actor == CLOCK.id:
        return request.format.text(_CLOCK)
    return request.account_names.get(entry.actor) or request.format.text(
        ROLE_TITLES.get(entry.role) or request.format.role(entry.role)
    )


_CLOCK = Text(zh="系统自动", en="automatic")


def _read(request: PageRequest, row: StoredEntry) -> tuple[Entry | None, entries.EntryView | None]:
    """What can be read of a row: whole, the entry without its meaning, or nothing."""
    entry = None
    try:
        entry = chain.decode(row[4])
        rulebook = request.engine.editions.compiled(entry.rulebook).rulebook
        return entry, entries.entry_view(
            entry, terms_of(request, _assessment(request, entry.stream), rulebook), request.format.moment
        )
    except _UNREADABLE:
        return entry, None


def _assessment(request: PageRequest, stream: str) -> Assessment:
    """The assessment an entry is of, for what its team is called; none for any other stream, nor where it cannot be read whole."""
    try:
        state = request.engine.state(stream) if kind_of(stream) == "assessment" else None
    except _UNREADABLE:
        state = None
    return state if isinstance(state, Assessment) else Assessment()


def _digest(row: StoredEntry) -> str:
    return chain.digest(row[4].encode(errors="surrogateescape"))


def _is_sound(row: StoredEntry, entry: Entry) -> bool:
    return _digest(row) == row[5] and (entry.number, entry.stream, entry.version, entry.kind) == row[:4]


def _link(before: StoredEntry | None) -> str:
    return before[5] if before is not None else chain.GENESIS


def _late(request: PageRequest, entry: Entry) -> int:
    """How many days after it happened it was recorded."""
    recorded, happened = (moment.astimezone(request.zone).date() for moment in (entry.recorded_at, entry.happened_at))
    return (recorded - happened).days
