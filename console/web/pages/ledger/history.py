"""任一时刻: an assessment as it stood at any entry, each value with the entry that set it; and what differs between two moments.

The address carries the position, so that it can be cited. Only the entries of the department asked for are read.
"""

from __future__ import annotations

from datetime import datetime
from itertools import groupby
from urllib.parse import urlencode

from msgspec import Struct
from starlette.responses import Response

from audit.history import (
    BadPointInTime,
    HashedEntry,
    LedgerSnapshot,
    ValueChange,
    last_entry_within,
    snapshots_between,
    snapshots_then_and_now,
    value_changes,
    within_point,
)
from audit.reader import DatabaseReader, StreamReader
from audit.rules.rulebooks import compiled_rulebooks
from console.web import recusal
from console.web.display.history import NoEntriesYet
from console.web.display.rows import DatedChange, StateRow, dated_changes, entry_of_row, flatten, state_rows
from console.web.display.terms import terms_of
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states import policy
from states.assessment import Assessment
from states.chart import ACT_OF_FACT
from states.refusals import NotThere
from states.result.result import plain
from states.stages.scoring import Scored
from states.streams import ROSTER, Stream, assessment_stream
from states.user_errors import UserError
from states.vocabulary import Text
from storage import queries
from storage.ledger import timeline
from storage.ledger.chain import Entry

from .timeline import who

pages = Pages()

MOST = 100
"""Of how many departments the differences are shown on one page."""


class Stood(Struct, frozen=True):
    """One row as it stood, the entry that wrote it, and what became of it: what it says `later`, by which entry, or that it is `gone`."""

    row: StateRow
    by: Entry | None
    later: Text | None
    since: Entry | None
    gone: bool
    parts: tuple[Stood, ...] = ()

    @property
    def is_other(self) -> bool:
        return self.gone or self.later is not None


class Section(Struct, frozen=True):
    """The rows under one heading."""

    heading: Text
    of: list[Stood]


class Changed(Struct, frozen=True):
    """An assessment that is another at the later moment: its rows that differ, each with its entry, and the values they rest on."""

    stream: str
    rows: list[DatedChange]
    raw: list[ValueChange]


class Place(Struct, frozen=True):
    """One entry of an assessment, as a place the slider stops at."""

    version: int
    number: int
    title: Text
    at: datetime


class TooMuch(UserError):
    """The two moments are too far apart, or too much came to be between them, for a page."""

    zh = "两个时刻之间涉及的记录过多，网页不逐一比较。请选定一个部门、缩短间隔，或在服务器上运行 kaohe audit diff。"
    en = "There are too many entries between the two moments for this page. Choose one unit or moments closer together, or run `kaohe audit diff` on the server."


@pages.get("/audit/moments", view="audit")
def choose(request: PageRequest) -> Response:
    """Which assessment, and as of when."""
    query = request.query
    years = queries.years(request.database)
    year = int(query["year"]) if query.get("year", "") in map(str, years) else next(iter(years), None)
    found = queries.assessments(request.database, year) if year is not None else []
    visible = [row for row in found if request.permissions.may_view("audit", row.unit)]
    links = [(request.roster.title(row.unit, row.year), request.special_title(row.stream), _link(row.year, row.unit, row.occasion, query.get("as_of", "")[:40])) for row in visible]  # fmt: skip
    return request.answer.page(
        "moments.html", years=years, year=year, links=sorted(links), as_of=query.get("as_of", "")[:40]
    )


@pages.get("/audit/assessments/{year:int}/{unit}", view="audit")
def stand(request: PageRequest, year: int, unit: str) -> Response:
    """An assessment at one of its entries, or at whatever moment is named."""
    query, occasion = request.query, request.query.get("occasion", "")[:64]
    stream = assessment_stream(year, unit, occasion)
    reader = StreamReader(request.database, (ROSTER, stream))
    places = _places(request, reader, stream)
    chosen = next((place for place in places if str(place.version) == query.get("version")), None)
    if chosen is not None:
        return request.answer.redirect(_link(year, unit, occasion, chosen.number))
    as_of, refusal, moment, sections = query.get("as_of", "").strip()[:40], None, None, []
    try:
        moment, now = _then_and_now(request, reader, stream, as_of)
        sections = _sections(request, moment, now, stream)
    except (BadPointInTime, NoEntriesYet) as wrong:
        refusal = wrong
    return request.answer.page(
        "moment.html", 409 if refusal else 200, refusal=refusal, year=year, unit=unit, occasion=occasion, special=request.special_title(stream), as_of=as_of,
        places=places, at=len(moment.entries[stream]) - 1 if moment else None, stream=stream,
        link=lambda number: _link(year, unit, occasion, number), sections=sections, raw=moment.values[stream] if moment else {},
        changed=sum(part.is_other for section in sections for one in section.of for part in one.parts or (one,)),
        result=_result(request, moment, stream) if moment else None, who=lambda entry: who(request, entry),
    )  # fmt: skip


@pages.get("/audit/difference", view="audit")
def differ(request: PageRequest) -> Response:
    """What came to be between two moments, department by department."""
    query = request.query
    given = {name: query.get(name, "").strip()[:64] for name in ("year", "unit", "first", "last")}
    years = queries.years(request.database)
    found, numbers, refusal = [], None, None
    if given["first"] and given["year"] in map(str, years):
        try:
            numbers = _numbers(request, given["first"], given["last"])
            found = _between(request, int(given["year"]), given["unit"], *numbers)
        except (BadPointInTime, TooMuch) as wrong:
            refusal = wrong
    return request.answer.page(
        "difference.html", 409 if refusal else 200, given=given, years=years, refusal=refusal, numbers=numbers,
        units=list(request.roster.units.values()), found=found, link=_at, who=lambda entry: who(request, entry),
        where=request.stream_titles.title,
    )  # fmt: skip


def _then_and_now(
    request: PageRequest, reader: StreamReader, stream: str, as_of: str
) -> tuple[LedgerSnapshot, LedgerSnapshot]:
    """The assessment at that moment, and as it is now. BadPointInTime, NoEntriesYet."""
    usable, _ = compiled_rulebooks(reader.rulebooks())
    upto = within_point(as_of or None, request.rulebook.timezone)
    then, now = snapshots_then_and_now(reader, usable, upto, lambda name: name == stream)
    if stream not in then.streams:
        raise NoEntriesYet(what=request.stream_titles.title(stream))
    return then, now


def _link(year: int, unit: str, occasion: str | None, as_of: object) -> str:
    given = {name: value for name, value in (("occasion", occasion), ("as_of", as_of)) if value}
    return f"/audit/assessments/{year}/{unit}" + (f"?{urlencode(given)}" if given else "")


def _at(name: str, number: int) -> str:
    stream = Stream.parse(name)
    return _link(stream.year or 0, stream.unit or "", stream.occasion, number)


def _places(request: PageRequest, reader: StreamReader, stream: str) -> list[Place]:
    """Every entry of the assessment that can be read."""
    whole = LedgerSnapshot({}, lambda name: name == stream)
    for row in reader.entries():
        whole.take(row)
    if stream not in whole.entries:
        raise NotThere(act=_LOOK, stream=stream, first=policy.title("open_assessment", request.rulebook))
    return [_place(request, shown) for shown in whole.entries[stream]]


_LOOK = Text(zh="查阅考核", en="look at the assessment")


def _place(request: PageRequest, shown: HashedEntry) -> Place:
    entry = shown.entry
    title = policy.title(ACT_OF_FACT[entry.kind], request.rulebook)
    return Place(entry.version, entry.number, title, entry.recorded_at)


def _sections(request: PageRequest, moment: LedgerSnapshot, now: LedgerSnapshot, stream: str) -> list[Section]:
    """What stood, heading by heading, each row with the entry that wrote it and with what became of it."""
    then, last = entry_of_row(moment.values[stream]), entry_of_row(now.values[stream])
    later = {row.key: row for row in flatten(_rows(request, now, stream, moment))}

    def stood(row: StateRow) -> Stood:
        parts, after = tuple(map(stood, row.parts)), later.get(row.key)
        other = after if after is not None and after.said != row.said else None
        since = last(other) if other else None
        return Stood(row, then(row), other.said if other else None, since, not parts and after is None, parts)

    grouped = groupby(_rows(request, moment, stream, now), key=lambda row: row.heading)
    return [Section(heading, list(map(stood, of))) for heading, of in grouped]


def _rows(request: PageRequest, moment: LedgerSnapshot, stream: str, compiled_of: LedgerSnapshot) -> list[StateRow]:
    state, compiled = moment.streams[stream], compiled_of.compiled(stream)
    assert isinstance(state, Assessment)
    return list(
        state_rows(
            state, terms_of(request, state, compiled.rulebook if compiled else request.rulebook), request.format.moment
        )
    )


def _result(request: PageRequest, moment: LedgerSnapshot, stream: str) -> tuple[Text, str, Text | None]:
    """The last step, the score and the grade at that moment."""
    state, compiled = moment.streams[stream], moment.compiled(stream)
    assert isinstance(state, Assessment)
    terms = terms_of(request, state, compiled.rulebook if compiled else request.rulebook)
    scored = state.fact(Scored)
    return terms.stage(state.stage), plain(scored.result.score) if scored else "", terms.grade(scored.result.grade) if scored else None  # fmt: skip


def _numbers(request: PageRequest, first: str, last: str) -> tuple[int, int]:
    """Two moments as entries, the earlier first; the end of the ledger where the later one is not named."""
    reader, timezone = DatabaseReader(request.database), request.rulebook.timezone
    one, other = (
        last_entry_within(reader, first, timezone),
        last_entry_within(reader, last, timezone) if last else reader.size(),
    )
    return min(one, other), max(one, other)


def _between(request: PageRequest, year: int, unit: str, first: int, last: int) -> list[Changed]:
    if last - first > timeline.WINDOW:
        raise TooMuch
    found = timeline.changed_assessments(request.database, year, unit, first, last)
    streams = [stream for stream in found if recusal.may_read(request, stream)]
    if len(streams) > MOST:
        raise TooMuch
    reader = StreamReader(request.database, (ROSTER, *streams))
    usable, _ = compiled_rulebooks(reader.rulebooks())
    before, after = snapshots_between(reader, usable, first, last, lambda name: name in streams)
    grouped = groupby(value_changes(before, after), key=lambda one: one.stream)
    return [Changed(stream, _changes(request, before, after, stream), list(raw)) for stream, raw in grouped]


def _changes(request: PageRequest, before: LedgerSnapshot, after: LedgerSnapshot, stream: str) -> list[DatedChange]:
    old = _rows(request, before, stream, after) if stream in before.streams else []
    return dated_changes(old, _rows(request, after, stream, after), after, stream)
