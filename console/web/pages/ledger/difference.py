"""两个时刻比较: the changes in the assessments of a year between two points in time, each with its entry.

The user may choose one department. Assessments that the user may not read are left out (回避, `recusal.py`). Without a
second point in time, the changes reach to the present. Not here: one assessment at one point in time (`history.py`).
"""

from __future__ import annotations

from itertools import groupby

from msgspec import Struct
from starlette.responses import Response

from audit.history import (
    BadPointInTime,
    FoldedStreams,
    ValueChange,
    last_entry_at,
    snapshots_between,
    value_changes,
)
from audit.reader import DatabaseReader, StreamReader
from audit.rules.rulebooks import compile_rulebooks
from console.web import recusal
from console.web.display.rows import DatedChange, dated_changes
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states.streams import ROSTER
from states.user_errors import UserError
from storage import queries
from storage.ledger import timeline

from .history import snapshot_rows
from .paths import past_stream
from .timeline import actor_name

pages = Pages()

MAX_ASSESSMENTS = 100
"""The number of changed assessments on a page, at most."""


class DifferenceTooLarge(UserError):
    """There are too many entries between the two points in time, or too many changed assessments, for a page."""

    zh = "两个时刻之间涉及的记录过多，网页不逐一比较。请选定一个部门、缩短间隔，或在服务器上运行 kaohe audit diff。"
    en = (
        "There are too many entries between the two moments for this page. Choose one department or moments closer "
        "together, or run `kaohe audit diff` on the server."
    )


class AssessmentDifference(Struct, frozen=True):
    """One changed assessment: its changed rows, as people read them, and the changed values of its state."""

    stream: str
    rows: list[DatedChange]
    values: list[ValueChange]


@pages.get("/audit/difference", view="audit")
def show(request: PageRequest) -> Response:
    """Show the form, and the changes between two points in time if the form is filled in."""
    query = {name: request.query.get(name, "").strip()[:64] for name in ("year", "unit", "first", "last")}
    years = queries.years(request.database)
    differences, numbers, refusal = [], None, None
    if query["first"] and query["year"] in map(str, years):
        try:
            numbers = _entry_numbers(request, query["first"], query["last"])
            differences = _differences(request, int(query["year"]), query["unit"], *numbers)
        except (BadPointInTime, DifferenceTooLarge) as error:
            refusal = error
    return request.answer.page(
        "difference.html",
        409 if refusal else 200,
        query=query,
        years=years,
        units=list(request.roster.units.values()),
        refusal=refusal,
        numbers=numbers,
        differences=differences,
        link=past_stream,
        stream_title=request.stream_titles.title,
        who=lambda entry: actor_name(request, entry),
    )


def _entry_numbers(request: PageRequest, first: str, last: str) -> tuple[int, int]:
    """The numbers of the last entries at the two points in time, the lower first. Raises `BadPointInTime`.

    An empty `last` means the end of the ledger.
    """
    reader, timezone = DatabaseReader(request.database), request.rulebook.timezone
    first_number = last_entry_at(reader, first, timezone)
    last_number = last_entry_at(reader, last, timezone) if last else reader.size()
    return min(first_number, last_number), max(first_number, last_number)


def _differences(request: PageRequest, year: int, unit: str, first: int, last: int) -> list[AssessmentDifference]:
    """The changes after the entry `first`, up to and with the entry `last`, by assessment.

    Only assessments that the user may read are included. An empty `unit` means all departments. Raises
    `DifferenceTooLarge`.
    """
    if last - first > timeline.WINDOW:
        raise DifferenceTooLarge
    changed = timeline.changed_assessments(request.database, year, unit, first, last)
    streams = [stream for stream in changed if recusal.may_read(request, stream)]
    if len(streams) > MAX_ASSESSMENTS:
        raise DifferenceTooLarge
    reader = StreamReader(request.database, (ROSTER, *streams))
    usable, _ = compile_rulebooks(reader.rulebooks())
    before, after = snapshots_between(reader, usable, first, last, lambda name: name in streams)
    by_stream = groupby(value_changes(before, after), key=lambda change: change.stream)
    return [
        AssessmentDifference(stream, _changed_rows(request, before, after, stream), list(values))
        for stream, values in by_stream
    ]


def _changed_rows(request: PageRequest, before: FoldedStreams, after: FoldedStreams, stream: str) -> list[DatedChange]:
    # The earlier snapshot has states but no entries, so the edition that binds the stream is taken from the later one.
    # A stream is always bound by the same edition.
    old = snapshot_rows(request, before, stream, after) if stream in before.streams else []
    return dated_changes(old, snapshot_rows(request, after, stream, after), after, stream)
