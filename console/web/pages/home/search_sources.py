"""What one search finds: the matches of each group, and only what the user's pages show.

Each group asks the same functions as the page to which its hits lead: `states/views.py`, `display/entries.py`,
`web/recusal.py`. Confidential values are in no group.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache, cached_property
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from msgspec import Struct

from audit.reader import DatabaseReader
from config.typed import to_searchable
from console.web import recusal
from console.web.assessment_paths import path_of_stream
from console.web.display.entries import entry_title, hidden_entry_numbers
from console.web.pages.assessments.assessment import readable_tasks
from console.web.request.page_request import PageRequest
from console.web.search.index import IndexContents, IndexedTexts
from console.web.search.words import EXACT, RANKS, SearchWords, text_of_person
from states.accounts.attempts import RefusedCommand
from states.acts import ACT_OF_FACT
from states.records.case import Case
from states.records.record import Record
from states.records.routine_check import RoutineCheck
from states.streams import Stream, kind_of
from states.titles import same_text
from states.vocabulary import Text
from storage.ledger import chain
from storage.people import Person

from .search_titles import IndexedTitle, IndexedTitles, titles

MAX_HITS = 20
"""The most hits of a group on the page."""

_NUMBER = re.compile(r"(?:第|#|no\.?)?([0-9]{1,15})(?:号|条)?")
"""A typed number of an entry."""

_UNREADABLE = Text(zh="无法读取", en="cannot be read")


class SearchHit(Struct, frozen=True):
    """One hit: the path of its page or its file, and what stands beside its title."""

    title: Text
    path: str
    note: Text | None = None


class HitGroup(Struct, frozen=True):
    """The best hits of a group, and how many more there are."""

    title: Text
    hits: list[SearchHit]
    more: int


class Matches(Struct, frozen=True):
    """The matches of one group, and how well each matches; those of one rank in their order. `make` makes a hit of one.

    Only the best are made into hits.
    """

    items: Sequence[Any]
    ranks: Sequence[int]
    make: Callable[[Any], SearchHit]

    def best(self) -> list[SearchHit]:
        """The hits of the page, the best first."""
        best = (item for rank in RANKS for item, its in zip(self.items, self.ranks, strict=True) if its == rank)
        return [self.make(item) for item in islice(best, MAX_HITS)]


class Search:
    """One search of one user. Each public method finds the matches of one group."""

    def __init__(self, request: PageRequest, words: SearchWords) -> None:
        self._request, self._words = request, words
        self._may_view = cache(request.permissions.may_view)
        self._hidden_numbers = cache(self._read_hidden_numbers)

    def groups(self) -> list[HitGroup]:
        """The groups in which there are hits, in the order of the page."""
        every = ((title, find(self)) for title, find in _GROUPS)
        return [HitGroup(title, hits := one.best(), len(one.items) - len(hits)) for title, one in every if one.items]

    @cached_property
    def _contents(self) -> IndexContents:
        return self._request.app.search_index.contents()

    @cached_property
    def _titles(self) -> IndexedTitles:
        return titles(self._request)

    # --- departments and people -----------------------------------------------------------------------

    def departments(self) -> Matches:
        """Departments by any of their names, in the order of the roster."""
        roster, matches = self._request.roster, []
        for id_, unit in roster.units.items():
            rank = self._words.best_rank([to_searchable(name) for name in roster.titles_of(id_)])
            if rank is not None and (path := self._path_of_unit(id_)):
                matches.append((SearchHit(same_text(unit.title), path), rank))
        return Matches(*_columns(matches), lambda hit: hit)

    def _path_of_unit(self, unit: str) -> str:
        """The first page of a department that the user may see; empty if the user may see none."""
        if self._may_view("assessment", unit):
            return f"/units/{unit}/results"
        if self._may_view("year"):
            return f"/roster/{unit}"
        is_listed = self._may_view("people") and self._request.roster.closing(unit) is None
        return f"/people?{urlencode({'unit': unit})}" if is_listed else ""

    def people(self) -> Matches:
        """People of the directory by name, staff number and post."""
        everybody = list(self._request.directory.people.values()) if self._may_view("people") else []
        matches = [one for one in everybody if self._words.are_in(text_of_person(one))]
        texts = (text_of_person(one).partition("\n")[0] for one in matches)
        return Matches(matches, self._words.ranks(texts), self._hit_of_person)

    def _hit_of_person(self, one: Person) -> SearchHit:
        unit = self._request.roster.title(one.unit) if one.unit else ""
        return SearchHit(
            same_text(one.name), f"/people/{one.id}", same_text(" · ".join(filter(None, (unit, one.post))))
        )

    # --- texts of entries -----------------------------------------------------------------------------

    def files(self) -> Matches:
        """Names of files, the latest first."""
        files = self._contents.files

        def hit(position: int) -> SearchHit:
            path = self._path_of(self._contents.stream_names[files.streams[position]]).partition("?")[0]
            download = f"{path}/documents/{files.digests[position].hex()}?entry={files.numbers[position]}"
            return SearchHit(same_text(files.texts[position]), download, self._title_of_entry(files, position))

        return self._matches_of(files, hit)

    def document_numbers(self) -> Matches:
        """Numbers of resolutions and notices, the latest first."""
        texts = self._contents.document_numbers

        def hit(position: int) -> SearchHit:
            path = self._path_of(self._contents.stream_names[texts.streams[position]])
            return SearchHit(same_text(texts.texts[position]), path, self._title_of_entry(texts, position))

        return self._matches_of(texts, hit)

    def _matches_of(self, texts: IndexedTexts, make: Callable[[int], SearchHit]) -> Matches:
        positions = texts.matching(self._words)
        streams, numbers, names = texts.streams, texts.numbers, self._contents.stream_names
        hidden = {stream: self._hidden_numbers(names[stream]) for stream in set(map(streams.__getitem__, positions))}
        if any(of is None or of for of in hidden.values()):
            positions = [
                one for one in positions if (of := hidden[streams[one]]) is not None and numbers[one] not in of
            ]
        return Matches(positions, self._words.ranks(map(texts.searchable.__getitem__, positions)), make)

    def _read_hidden_numbers(self, stream: str) -> frozenset[int] | None:
        """The numbers of the entries of a stream that the page of the stream does not show; None: it is not shown."""
        unit = Stream.parse(stream).unit
        if unit is not None:
            may_view = self._may_view("assessment", unit)
            return hidden_entry_numbers(self._request, stream, unit) if may_view else None
        state = self._request.engine.state(stream) if kind_of(stream) == "routine_check" else None
        may_view = isinstance(state, RoutineCheck) and self._may_view("routine_checks", state.unit)
        return frozenset() if may_view else None

    def _path_of(self, stream: str) -> str:
        """The path of the page of an assessment or a routine check."""
        if kind_of(stream) == "assessment":
            return path_of_stream(stream)
        state = self._request.engine.state(stream)
        assert isinstance(state, RoutineCheck)
        return f"/routine-checks/{state.unit}/{state.id}"

    def _title_of_entry(self, texts: IndexedTexts, position: int) -> Text:
        """The titles of the stream and of the entry of a text."""
        of = self._request.stream_titles.title(self._contents.stream_names[texts.streams[position]])
        act = self._title_of_heading(self._contents.heading_of(texts.numbers[position])) or _UNREADABLE
        return Text(zh=f"{of.zh} · {act.zh}", en=f"{of.en} · {act.en}")

    # --- assessments, tasks, records ------------------------------------------------------------------

    def assessments(self) -> Matches:
        """Assessments by year, department and title, the latest year first."""
        matches = [match for match in self._ranked(self._titles.assessments) if self._may_view_assessment(match[0])]
        return Matches(*_columns(matches), lambda one: SearchHit(one.title, path_of_stream(one.stream)))

    def _may_view_assessment(self, one: IndexedTitle) -> bool:
        return self._may_view("assessment", Stream.parse(one.stream).unit)

    def tasks(self) -> Matches:
        """Follow-up tasks of circulated results by their title and the department, the latest year first."""
        matches = [match for match in self._ranked(self._titles.tasks) if self._may_view_assessment(match[0])]
        states = self._request.engine.assessments_at({one.stream: one.version for one, _ in matches})
        readable = {(state.stream, id_) for state in states for id_ in readable_tasks(self._request, state)}
        matches = [(one, rank) for one, rank in matches if (one.stream, one.task) in readable]
        return Matches(
            *_columns(matches), lambda one: SearchHit(one.title, f"{path_of_stream(one.stream)}#tasks", one.of)
        )

    def records(self) -> Matches:
        """Cases and other records by their title, id and documents, the latest first."""
        matches = self._ranked(self._titles.records)
        hits = ((SearchHit(one.title, self._path_of_record(one.stream)), rank) for one, rank in matches)
        return Matches(*_columns([(hit, rank) for hit, rank in hits if hit.path]), lambda hit: hit)

    def _path_of_record(self, stream: str) -> str:
        """The path of the page of a case or another record; empty if the user may not see it."""
        state = self._request.engine.state(stream)
        if isinstance(state, Case) and state.body is not None:
            return f"/cases/{state.id}" if all(self._may_view("cases", unit) for unit in state.units) else ""
        if isinstance(state, Record) and state.body is not None and self._may_view("records"):
            may_read = self._request.permissions.may_read_record(state, self._request.rulebook)
            return f"/records/{state.id}" if may_read else ""
        return ""

    def _ranked(self, titles: list[IndexedTitle]) -> list[tuple[IndexedTitle, int]]:
        """Those of the titles that match."""
        ranked = ((one, self._words.best_rank(one.searchable, one.beside)) for one in titles)
        return [(one, rank) for one, rank in ranked if rank is not None]

    # --- entries --------------------------------------------------------------------------------------

    def entries(self) -> Matches:
        """Entries of the ledger by their number or by the title of their act, the latest first."""
        if not self._may_view("audit"):
            return Matches((), (), self._hit_of_entry)
        contents = self._contents
        titles_of = enumerate(self._title_of_heading(name) for name in list(contents.heading_names))
        searchable = {at: (to_searchable(title.zh), to_searchable(title.en)) for at, title in titles_of if title}
        best_ranks = ((at, self._words.best_rank(texts)) for at, texts in searchable.items())
        ranks = {at: rank for at, rank in best_ranks if rank is not None}
        positions = [one for one, heading in enumerate(contents.headings) if heading in ranks] if ranks else []
        of_number = self._position_of_typed_number()
        if of_number is not None:
            positions = [one for one in positions if one != of_number] + [of_number]
        may_read = cache(lambda stream: recusal.may_read(self._request, contents.stream_names[stream]))
        readable = [one for one in reversed(positions) if may_read(contents.streams[one])]
        own_ranks = [EXACT if one == of_number else ranks[contents.headings[one]] for one in readable]
        return Matches(readable, own_ranks, self._hit_of_entry)

    def _position_of_typed_number(self) -> int | None:
        typed = _NUMBER.fullmatch(self._words.phrase)
        return self._contents.position_of(int(typed[1])) if typed else None

    def _title_of_heading(self, heading: str) -> Text | None:
        """The title of the entries under a heading; None for a kind that this release does not know."""
        kind, _, step = heading.partition(" ")
        rulebook = self._request.rulebook
        if step and (stage := rulebook.stages.get(step)) is not None:
            return stage.title.text
        return entry_title(kind, rulebook) if kind in ACT_OF_FACT or kind == RefusedCommand.kind else None

    def _hit_of_entry(self, position: int) -> SearchHit:
        contents, request = self._contents, self._request
        number = contents.numbers[position]
        of = request.stream_titles.title(contents.stream_names[contents.streams[position]])
        act = self._title_of_heading(contents.heading_names[contents.headings[position]]) or _UNREADABLE
        row = DatabaseReader(request.database).entry(number)
        at = request.format.moment(chain.decode(row[4]).recorded_at) if row is not None else ""
        title = Text(zh=f"第 {number} 条 {act.zh}", en=f"{number} {act.en}")
        return SearchHit(title, f"/audit/entries/{number}", Text(zh=f"{of.zh} · {at}", en=f"{of.en} · {at}"))


def _columns(matches: Sequence[tuple[Any, int]]) -> tuple[list[Any], list[int]]:
    """The items and the ranks of matches."""
    return [item for item, _ in matches], [rank for _, rank in matches]


_GROUPS: tuple[tuple[Text, Callable[[Search], Matches]], ...] = (
    (Text(zh="部门", en="Departments"), Search.departments),
    (Text(zh="人员", en="People"), Search.people),
    (Text(zh="考核", en="Assessments"), Search.assessments),
    (Text(zh="文件", en="Documents"), Search.files),
    (Text(zh="决议和通报", en="Resolutions and notices"), Search.document_numbers),
    (Text(zh="结果运用", en="Follow-up"), Search.tasks),
    (Text(zh="案件和登记事项", en="Cases and records"), Search.records),
    (Text(zh="台账记录", en="Entries"), Search.entries),
)
"""The groups in the order of the page."""
