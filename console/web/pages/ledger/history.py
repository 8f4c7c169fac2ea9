"""任一时刻: an assessment as it was at any entry or time, each value with the entry that set it.

`difference.py` compares two times.
"""

from __future__ import annotations

from datetime import datetime
from itertools import groupby

from msgspec import Struct
from starlette.responses import Response

from audit.history import BadPointInTime, HashedEntry, LedgerSnapshot, snapshots_then_and_now, within_point
from audit.reader import StreamReader
from audit.rules.rulebooks import compiled_rulebooks
from console.web.display.history import NoEntriesYet
from console.web.display.rows import StateRow, entry_of_row, flatten, state_rows
from console.web.display.terms import Terms, terms_of
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states import policy
from states.assessment import Assessment
from states.chart import ACT_OF_FACT
from states.refusals import NotThere
from states.result.result import plain
from states.stages.scoring import Scored
from states.streams import ROSTER, assessment_stream
from states.vocabulary import Text
from storage import queries
from storage.ledger.chain import Entry

from .paths import past_assessment
from .timeline import actor_name

pages = Pages()

_LOOK = Text(zh="查阅考核", en="look at the assessment")


class PastRow(Struct, frozen=True):
    """One row as it was, and the entry that set it.

    Since then it changed to `later` by the entry `changed_by`, or it was removed, or it stayed the same (`later` is
    None). A long row is divided into `parts`.
    """

    row: StateRow
    set_by: Entry | None
    later: Text | None
    changed_by: Entry | None
    removed: bool
    parts: tuple[PastRow, ...] = ()

    @property
    def is_different_now(self) -> bool:
        return self.removed or self.later is not None

    @property
    def compared(self) -> tuple[PastRow, ...]:
        """The rows to count: its parts, or the row itself."""
        return self.parts or (self,)


class PastSection(Struct, frozen=True):
    """The rows under one heading."""

    heading: Text
    rows: list[PastRow]


class PastResult(Struct, frozen=True):
    """The last step that was done at that time, and the score and the grade where there were any."""

    stage: Text
    score: str
    grade: Text | None


class PastEntry(Struct, frozen=True):
    """One entry of the assessment: a stop of the slider."""

    version: int
    number: int
    title: Text
    at: datetime


@pages.get("/audit/moments", view="audit")
def choose(request: PageRequest) -> Response:
    """Choose an assessment, and the time."""
    as_of = request.query.get("as_of", "")[:40]
    years = queries.years(request.database)
    chosen = request.query.get("year", "")
    year = int(chosen) if chosen in map(str, years) else next(iter(years), None)
    rows = queries.assessments(request.database, year) if year is not None else []
    links = [
        (
            request.roster.title(row.unit, row.year),
            request.special_title(row.stream),
            past_assessment(row.year, row.unit, row.occasion, as_of),
        )
        for row in rows
        if request.permissions.may_view("audit", row.unit)
    ]
    return request.answer.page("moments.html", years=years, year=year, links=sorted(links), as_of=as_of)


@pages.get("/audit/assessments/{year:int}/{unit}", view="audit")
def show(request: PageRequest, year: int, unit: str) -> Response:
    """An assessment as of an entry (by its number in the ledger, or by its version), a day or a time."""
    query, occasion = request.query, request.query.get("occasion", "")[:64]
    stream = assessment_stream(year, unit, occasion)
    # Only the entries of this assessment and of the roster are read: the page costs the same in a ledger of any length.
    reader = StreamReader(request.database, (ROSTER, stream))
    stops = _stops(request, reader, stream)
    chosen = next((stop for stop in stops if str(stop.version) == query.get("version")), None)
    if chosen is not None:
        return request.answer.redirect(past_assessment(year, unit, occasion, chosen.number))
    as_of = query.get("as_of", "").strip()[:40]
    refusal, then, sections, result = None, None, [], None
    try:
        then, now = _then_and_now(request, reader, stream, as_of)
        sections = _sections(request, then, now, stream)
        result = _result(request, then, stream)
    except (BadPointInTime, NoEntriesYet) as error:
        refusal = error
    return request.answer.page(
        "moment.html",
        409 if refusal else 200,
        refusal=refusal,
        year=year,
        unit=unit,
        occasion=occasion,
        special=request.special_title(stream),
        as_of=as_of,
        stops=stops,
        at=len(then.entries[stream]) - 1 if then else None,
        stream=stream,
        link=lambda number: past_assessment(year, unit, occasion, number),
        sections=sections,
        values=then.values[stream] if then else {},
        changed=sum(part.is_different_now for section in sections for row in section.rows for part in row.compared),
        result=result,
        who=lambda entry: actor_name(request, entry),
    )


def snapshot_rows(
    request: PageRequest, snapshot: LedgerSnapshot, stream: str, bound_by: LedgerSnapshot
) -> list[StateRow]:
    """The rows of an assessment in a snapshot, in the words of the edition that binds it in the snapshot `bound_by`."""
    state = snapshot.streams[stream]
    assert isinstance(state, Assessment)
    return list(state_rows(state, _terms(request, state, bound_by, stream), request.format.moment))


def _terms(request: PageRequest, state: Assessment, snapshot: LedgerSnapshot, stream: str) -> Terms:
    compiled = snapshot.compiled(stream)
    return terms_of(request, state, compiled.rulebook if compiled else request.rulebook)


def _then_and_now(
    request: PageRequest, reader: StreamReader, stream: str, as_of: str
) -> tuple[LedgerSnapshot, LedgerSnapshot]:
    """The assessment as it was then, and as it is now. BadPointInTime, NoEntriesYet."""
    usable, _ = compiled_rulebooks(reader.rulebooks())
    upto = within_point(as_of or None, request.rulebook.timezone)
    then, now = snapshots_then_and_now(reader, usable, upto, lambda name: name == stream)
    if stream not in then.streams:
        raise NoEntriesYet(what=request.stream_titles.title(stream))
    return then, now


def _stops(request: PageRequest, reader: StreamReader, stream: str) -> list[PastEntry]:
    """Every entry of the assessment that can be read. NotThere where there is none."""
    snapshot = LedgerSnapshot({}, lambda name: name == stream)
    for row in reader.entries():
        snapshot.take(row)
    if stream not in snapshot.entries:
        raise NotThere(act=_LOOK, stream=stream, first=policy.title("open_assessment", request.rulebook))
    return [_stop(request, hashed) for hashed in snapshot.entries[stream]]


def _stop(request: PageRequest, hashed: HashedEntry) -> PastEntry:
    entry = hashed.entry
    title = policy.title(ACT_OF_FACT[entry.kind], request.rulebook)
    return PastEntry(entry.version, entry.number, title, entry.recorded_at)


def _sections(request: PageRequest, then: LedgerSnapshot, now: LedgerSnapshot, stream: str) -> list[PastSection]:
    """The rows as they were, heading by heading."""
    rows_now = {row.key: row for row in flatten(snapshot_rows(request, now, stream, then))}
    set_then, set_now = entry_of_row(then.values[stream]), entry_of_row(now.values[stream])

    def past_row(row: StateRow) -> PastRow:
        parts, after = tuple(map(past_row, row.parts)), rows_now.get(row.key)
        removed = not parts and after is None
        if after is None or after.said == row.said:
            return PastRow(row, set_then(row), None, None, removed, parts)
        return PastRow(row, set_then(row), after.said, set_now(after), removed, parts)

    by_heading = groupby(snapshot_rows(request, then, stream, now), key=lambda row: row.heading)
    return [PastSection(heading, list(map(past_row, rows))) for heading, rows in by_heading]


def _result(request: PageRequest, then: LedgerSnapshot, stream: str) -> PastResult:
    state = then.streams[stream]
    assert isinstance(state, Assessment)
    terms, scored = _terms(request, state, then, stream), state.fact(Scored)
    if scored is None:
        return PastResult(terms.stage(state.stage), "", None)
    return PastResult(terms.stage(state.stage), plain(scored.result.score), terms.grade(scored.result.grade))
