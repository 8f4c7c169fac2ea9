"""The titles of assessments, their tasks, cases and records, as a search compares them, for all users of the process.

They are cached with everything that they depend on (`console/web/fragments.py`): a search after an entry was written
makes only the titles of the streams that have changed. Not here: who may read what (`search_sources.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from config.typed import to_searchable
from console.web.request.page_request import PageRequest
from states.assessment import Assessment
from states.records.case import Case
from states.records.record import Record
from states.result.open_tasks import task_title
from states.streams import id_of
from states.vocabulary import Text
from storage import queries
from storage.tables.projections import AssessmentRow, RecordRow


class IndexedTitle(Struct, frozen=True):
    """A title in each language, as it is and as searches compare it; and a text `beside` it that is searched too.

    `stream` and its `version` are those of the assessment, the case or the record, `of` is the title of the stream.
    `task` is the id of a follow-up task, empty for the stream itself.
    """

    title: Text
    searchable: tuple[str, str]
    beside: str
    stream: str
    version: int
    of: Text
    task: str = ""


class IndexedTitles(Struct, frozen=True):
    """The titles of all streams: of assessments and tasks the latest year first, of cases and records the latest."""

    assessments: list[IndexedTitle]
    tasks: list[IndexedTitle]
    records: list[IndexedTitle]


def titles(request: PageRequest) -> IndexedTitles:
    """The titles at the present end of the ledger."""
    depends_on = (queries.last_projected_entry(request.database), request.roster, request.rulebook)
    return request.app.fragments.get("search titles", depends_on, lambda: _all_titles(request))


def _all_titles(request: PageRequest) -> IndexedTitles:
    assessments = sorted(queries.all_assessments(request.database), key=lambda row: -row.year)
    records = sorted(queries.all_records(request.database), key=lambda row: -row.number)
    of_assessments = [one for row in assessments for one in _titles_of(request, row)]
    return IndexedTitles(
        [one for one in of_assessments if not one.task],
        [one for one in of_assessments if one.task],
        [one for row in records for one in _titles_of(request, row)],
    )


def _titles_of(request: PageRequest, row: AssessmentRow | RecordRow) -> list[IndexedTitle]:
    depends_on = (row.version, request.roster, request.rulebook)
    return request.app.fragments.get(("search title", row.stream), depends_on, lambda: list(_make(request, row)))


def _make(request: PageRequest, row: AssessmentRow | RecordRow) -> Iterator[IndexedTitle]:
    of = request.stream_titles.title(row.stream)
    if isinstance(row, RecordRow):
        beside = (id_of(row.stream), *_documents(request.engine.state(row.stream)))
        yield _indexed(of, "\n".join(beside), row, of)
        return
    yield _indexed(of, "", row, of)
    if row.stage == "circulation" and not row.withdrawn:
        state, rulebook = request.engine.state(row.stream), request.engine.rulebook_of(row.stream)
        assert isinstance(state, Assessment)
        for id_ in state.tasks:
            yield _indexed(task_title(state, id_, rulebook), f"{of.zh}\n{of.en}", row, of, id_)


def _indexed(title: Text, beside: str, row: AssessmentRow | RecordRow, of: Text, task: str = "") -> IndexedTitle:
    searchable = (to_searchable(title.zh), to_searchable(title.en))
    return IndexedTitle(title, searchable, to_searchable(beside), row.stream, row.version, of, task)


def _documents(state: object) -> Iterator[str]:
    """The numbers of the documents of a case or another record."""
    if isinstance(state, Case | Record) and state.body is not None:
        lines: tuple[Any, ...] = state.body.sanctions if isinstance(state, Case) else state.body.lines
        yield from (line.document for line in lines if line.document)
