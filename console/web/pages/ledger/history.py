"""任一时刻: an assessment at any point in time (an entry, a day or a time), compared with its present state.

Each value has the entry that set it. If the value is different now, it also has the present text and the entry that
changed it. Also here: the page on which the user chooses one of the assessments of a year.

Not here: comparing any two points in time (`difference.py`).
"""

from __future__ import annotations

from datetime import datetime
from itertools import groupby

from msgspec import Struct
from starlette.responses import Response

from audit.history import BadPointInTime, FoldedStreams, HashedEntry, point_filter, snapshots_past_and_now
from audit.reader import StreamReader
from audit.rules.rulebooks import compile_rulebooks
from console.web.display.history import NoEntriesYet
from console.web.display.rows import StateRow, entry_of_row, flatten, state_rows, without_members
from console.web.display.terms import Terms, terms_of
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states import policy
from states.acts import ACT_OF_FACT
from states.assessment import Assessment
from states.refusals import NotThere
from states.rulebook.calculation.numbers import plain
from states.stages.scoring import Scored
from states.streams import ROSTER, assessment_stream
from states.user_errors import UserError
from states.vocabulary import Text
from storage import queries
from storage.ledger.chain import Entry
from storage.ledger.facts import fact_of

from .paths import past_assessment
from .timeline import actor_name

pages = Pages()

_ACT_TITLE = Text(zh="查阅考核", en="look at the assessment")
"""The act that the refusal `NotThere` names, if the assessment has no entry."""


class PastRow(Struct, frozen=True):
    """One row in the past, and the entry that set it (`set_by`).

    If the row has another text now, `later` is its present text and `changed_by` the entry that changed it. Otherwise
    both are None. `removed`: the row does not exist any more. A long row is divided into `parts`. Then each part is
    compared, not the row.
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
    def rows_to_count(self) -> tuple[PastRow, ...]:
        """The rows that are counted as different or equal: the parts, or the row itself."""
        return self.parts or (self,)


class PastSection(Struct, frozen=True):
    """The rows under one heading."""

    heading: Text
    rows: list[PastRow]


class PastResult(Struct, frozen=True):
    """The last stage that was complete at a point in time, with the score and the grade of that time.

    Without a result, `score` is empty and `grade` is None.
    """

    stage: Text
    score: str
    grade: Text | None


class PastEntry(Struct, frozen=True):
    """One entry of the assessment, at which the slider on the page can stop.

    It may be later than the point in time that the page shows.
    """

    version: int
    number: int
    title: Text
    at: datetime


@pages.get("/audit/moments", view="audit")
def show_choice(request: PageRequest) -> Response:
    """Show links to the assessments of a year that the user may read, each at the chosen point in time."""
    as_of = request.query.get("as_of", "")[:40]
    years = queries.years(request.database)
    year_text = request.query.get("year", "")
    year = int(year_text) if year_text in map(str, years) else next(iter(years), None)
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
    return request.answer.page("history_choice.html", years=years, year=year, links=sorted(links), as_of=as_of)


@pages.get("/audit/assessments/{year:int}/{unit}", view="audit")
def show(request: PageRequest, year: int, unit: str) -> Response:
    """Show an assessment at an entry, at the end of a day, or at a time (`as_of`); at present without `as_of`.

    If the query has a version of the stream, it redirects to the entry with that version.
    """
    query, occasion = request.query, request.query.get("occasion", "")[:64]
    stream = assessment_stream(year, unit, occasion)
    # Only the entries of this assessment and of the roster are read, so the cost does not depend on the ledger's
    # length.
    reader = StreamReader(request.database, (ROSTER, stream))
    stops = _stops(request, reader, stream)
    requested_stop = next((stop for stop in stops if str(stop.version) == query.get("version")), None)
    if requested_stop is not None:
        return request.answer.redirect(past_assessment(year, unit, occasion, requested_stop.number))
    as_of = query.get("as_of", "").strip()[:40]
    refusal: UserError | None = None
    past: FoldedStreams | None = None
    sections: list[PastSection] = []
    result: PastResult | None = None
    try:
        past, present = _past_and_present(request, reader, stream, as_of)
        sections = _sections(request, past, present, stream)
        result = _result(request, past, stream)
    except (BadPointInTime, NoEntriesYet) as error:
        refusal = error
    return request.answer.page(
        "history.html",
        409 if refusal else 200,
        refusal=refusal,
        year=year,
        unit=unit,
        occasion=occasion,
        special=request.special_title(stream),
        as_of=as_of,
        stops=stops,
        at=len(past.entries[stream]) - 1 if past else None,
        stream=stream,
        link=lambda number: past_assessment(year, unit, occasion, number),
        sections=sections,
        values=past.values[stream] if past else {},
        changed=sum(
            part.is_different_now for section in sections for row in section.rows for part in row.rows_to_count
        ),
        result=result,
        who=lambda entry: actor_name(request, entry),
    )


def snapshot_rows(
    request: PageRequest, snapshot: FoldedStreams, stream: str, entries_from: FoldedStreams
) -> list[StateRow]:
    """The rows of an assessment in a snapshot, with the titles of the rulebook edition that binds the assessment.

    `entries_from` is a snapshot that has the entries of the stream. The first of them names the edition.
    """
    state = snapshot.streams[stream]
    assert isinstance(state, Assessment)
    rows = list(state_rows(state, _terms(request, state, entries_from, stream), request.format.moment))
    return rows if request.permissions.may_view("member_results", state.unit) else without_members(rows)


def _terms(request: PageRequest, state: Assessment, snapshot: FoldedStreams, stream: str) -> Terms:
    compiled = snapshot.rulebook_of(stream)
    return terms_of(request, state, compiled.rulebook if compiled else request.rulebook)


def _past_and_present(
    request: PageRequest, reader: StreamReader, stream: str, as_of: str
) -> tuple[FoldedStreams, FoldedStreams]:
    """The assessment in the past and at present. Raises `BadPointInTime` or `NoEntriesYet`."""
    usable, _ = compile_rulebooks(reader.rulebooks())
    is_in_past = point_filter(as_of or None, request.rulebook.timezone)
    past, present = snapshots_past_and_now(reader, usable, is_in_past, lambda name: name == stream)
    if stream not in past.streams:
        raise NoEntriesYet(what=request.stream_titles.title(stream))
    return past, present


def _stops(request: PageRequest, reader: StreamReader, stream: str) -> list[PastEntry]:
    """All entries of the assessment that can be decoded. Raises `NotThere` if there is none."""
    snapshot = FoldedStreams({}, lambda name: name == stream)
    for row in reader.entries():
        snapshot.add_row(row)
    if stream not in snapshot.entries:
        raise NotThere(act=_ACT_TITLE, stream=stream, first=policy.title("open_assessment", request.rulebook))
    return [_stop(request, hashed_entry) for hashed_entry in snapshot.entries[stream]]


def _stop(request: PageRequest, hashed_entry: HashedEntry) -> PastEntry:
    entry = hashed_entry.entry
    title = policy.title(ACT_OF_FACT[entry.kind], request.rulebook, record=fact_of(entry))
    return PastEntry(entry.version, entry.number, title, entry.recorded_at)


def _sections(request: PageRequest, past: FoldedStreams, present: FoldedStreams, stream: str) -> list[PastSection]:
    """The past rows under their headings, compared with the present rows. Rows that exist only now are not here."""
    present_rows = {row.key: row for row in flatten(snapshot_rows(request, present, stream, past))}
    past_entry_of, present_entry_of = entry_of_row(past.values[stream]), entry_of_row(present.values[stream])

    def past_row(row: StateRow) -> PastRow:
        parts = tuple(map(past_row, row.parts))
        present_row = present_rows.get(row.key)
        removed = not parts and present_row is None
        if present_row is None or present_row.text == row.text:
            return PastRow(row, past_entry_of(row), None, None, removed, parts)
        return PastRow(row, past_entry_of(row), present_row.text, present_entry_of(present_row), removed, parts)

    by_heading = groupby(snapshot_rows(request, past, stream, present), key=lambda row: row.heading)
    return [PastSection(heading, list(map(past_row, rows))) for heading, rows in by_heading]


def _result(request: PageRequest, past: FoldedStreams, stream: str) -> PastResult:
    """The last complete stage, the score and the grade of the assessment in the past."""
    state = past.streams[stream]
    assert isinstance(state, Assessment)
    terms, scored = _terms(request, state, past, stream), state.fact(Scored)
    if scored is None:
        return PastResult(terms.stage(state.stage), "", None)
    return PastResult(terms.stage(state.stage), plain(scored.result.score), terms.grade(scored.result.grade))
