"""What the values of a paper are made of: the states of a year's assessments, their rulebooks, and the day.

Nothing is written. Not here: the names of people, which the caller adds for a paper that may have them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from states.assessment import UNOPENED, WITHDRAWN, Assessment
from states.binding import binding_pin
from states.cases.attribution import RecordsOfUnit, records_for, split_records, units_of
from states.compiled_rulebook import CompiledRulebook
from states.papers.catalogue import PAPERS
from states.papers.issue import MadePaper, PapersOfYear
from states.records.case import Case
from states.records.roster import Roster
from states.records.routine_check import RoutineCheck
from states.records.year import Visit, Year
from states.rulebook.types import Rulebook
from states.stream_kinds import State, initial_state
from states.streams import ROSTER, paper_stream, year_stream
from states.user_errors import UserError
from states.vocabulary import IsWorking
from storage import queries
from storage.state_cache import CachedStream
from workflow.assessments import stream_of
from workflow.calendar import working_days
from workflow.engine import Engine

from .assessors import Assessor


class NothingToPrint(UserError):
    """The year or the assessment of a paper was never opened."""

    zh = "{of} 没有启动的考核，不能制作文书。请核对年度和部门编号。"
    en = "{of} has no open assessment, so there is no paper to make. Check the year and the id of the department."


class UnitSource(Struct, frozen=True):
    """One assessment: its state, the rulebook that binds it, the name and kind of the department, and its visit.

    - `pin`: the name of the edition of the rulebook.
    - `persons`: the names of people by id. Empty for a paper that may have none.
    - `today`: the day on which the paper is made.
    - `checks`, `cases`: what is on record about the department. Empty for a paper about a year.
    """

    state: Assessment
    rulebook: Rulebook
    pin: str
    unit: str
    kind: str
    today: date
    is_working: IsWorking
    visit: Visit | None = None
    persons: Mapping[str, str] = {}
    checks: tuple[RoutineCheck, ...] = ()
    cases: tuple[Case, ...] = ()

    @property
    def special(self) -> str:
        """The title of a special assessment; empty for an annual one."""
        title = self.rulebook.special_title(self.state.occasion, self.state.title)
        return title.zh if title is not None else ""


class YearSource(Struct, frozen=True):
    """A year: its deadlines and its annual assessments in the order of the year, without those that were withdrawn.

    - `assessors`: those who carry them out. Nobody for a paper that may have no names.
    - `special`: the special assessments of the year.
    - `made`: the papers that were made for good, by the key of the paper and the stream of what it is about.
    """

    year: Year
    rulebook: Rulebook
    today: date
    units: tuple[UnitSource, ...]
    roster: Roster
    assessors: tuple[Assessor, ...] = ()
    special: tuple[UnitSource, ...] = ()
    made: Mapping[str, Mapping[str, MadePaper]] = {}

    def unit_of(self, stream: str) -> UnitSource | None:
        """The assessment with this stream; None for the year, and for an assessment that was withdrawn since."""
        return next((one for one in (*self.units, *self.special) if one.state.stream == stream), None)

    def title(self, unit: str) -> str:
        """The name of a department in this year."""
        return self.roster.title(unit, self.year.year)


class StatesOfPapers(Protocol):
    """The states that papers are made of: as they are now, or as they were at an earlier entry."""

    def state(self, stream: str) -> State: ...

    def roster(self) -> Roster: ...

    def edition_of(self, stream: str) -> CompiledRulebook:
        """The edition that binds a stream."""
        ...

    def assessments(self, year: int) -> list[Assessment]:
        """The assessments of a year that were opened, also the special ones, without those that were withdrawn."""
        ...

    def records_of(self, unit: str) -> RecordsOfUnit:
        """The recorded cases, routine checks and other records of a department."""
        ...


class PresentStates:
    """The states as last committed."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.state, self.roster, self.edition_of = engine.state, engine.roster, engine.edition_of

    def assessments(self, year: int) -> list[Assessment]:
        rows = queries.assessments(self._engine.ledger.database, year)
        return self._engine.assessments_at({row.stream: row.version for row in rows if not row.withdrawn})

    def records_of(self, unit: str) -> RecordsOfUnit:
        streams = queries.records_of_unit(self._engine.ledger.database, unit)
        return split_records(map(self._engine.state, streams))


class PastStates:
    """The states after entry `upto`, each folded from its own stream, so that no other stream is read.

    `in_force`: the pin of the edition that was in force then; it binds a stream that had no entry.
    """

    def __init__(self, engine: Engine, upto: int, in_force: str) -> None:
        self._engine, self._upto, self._in_force = engine, upto, in_force
        self._folded: dict[str, CachedStream] = {}

    def state(self, stream: str) -> State:
        return self._fold(stream).state

    def roster(self) -> Roster:
        roster = self.state(ROSTER)
        assert isinstance(roster, Roster)
        return roster

    def edition_of(self, stream: str) -> CompiledRulebook:
        pin = binding_pin(stream, lambda one: self._fold(one).pin) or self._in_force
        return self._engine.editions.of_pin(pin).at(stream)

    def assessments(self, year: int) -> list[Assessment]:
        rows = queries.assessments(self._engine.ledger.database, year)
        states = (self.state(row.stream) for row in rows)
        return [one for one in states if isinstance(one, Assessment) and one.stage not in (UNOPENED, WITHDRAWN)]

    def records_of(self, unit: str) -> RecordsOfUnit:
        states = map(self.state, queries.records_of_unit(self._engine.ledger.database, unit))
        return split_records(one for one in states if unit in units_of(one))

    def _fold(self, stream: str) -> CachedStream:
        if stream not in self._folded:
            entries = (entry for entry in self._engine.ledger.stream(stream) if entry.number <= self._upto)
            self._folded[stream] = CachedStream(initial_state(stream)).after(entries)
        return self._folded[stream]


class PaperSources:
    """Reads what papers are made of. `today`: the day that they take for today."""

    def __init__(self, states: StatesOfPapers, today: date, is_working: IsWorking) -> None:
        self._states, self._today, self._is_working = states, today, is_working
        self._roster = states.roster()

    def year(self, number: int, assessors: tuple[Assessor, ...] = ()) -> YearSource:
        """The year with its assessments. `assessors`: for a paper that may name them. Raises `NothingToPrint`."""
        year, assessments = self._year(number), self._states.assessments(number)
        if not year.version and all(one.occasion for one in assessments):
            raise NothingToPrint(of=str(number))
        order = {unit: place for place, unit in enumerate(year.units)}
        ordered = sorted(assessments, key=lambda one: (order.get(one.unit, len(order)), one.unit, one.occasion or ""))
        return YearSource(
            year,
            self._states.edition_of(year.stream).rulebook,
            self._today,
            tuple(self._source(state, year) for state in ordered if state.occasion is None),
            self._roster,
            assessors,
            tuple(self._source(state, year) for state in ordered if state.occasion is not None),
            {key: made for key in PAPERS if (made := self._made(number, key))},
        )

    def unit(
        self, number: int, unit: str, occasion: str | None = None, persons: Mapping[str, str] | None = None
    ) -> UnitSource:
        """One assessment. `persons`: the names of people, for a paper that may have them. Raises `NothingToPrint`."""
        state = self._states.state(stream_of(number, unit, occasion))
        assert isinstance(state, Assessment)
        if state.stage in (UNOPENED, WITHDRAWN):
            raise NothingToPrint(of=f"{number}/{unit}")
        source = self._source(state, self._year(number), persons)
        on_record = records_for(state, self._roster, source.rulebook, self._states.records_of)
        return replace(source, checks=on_record.checks, cases=on_record.cases)

    def _made(self, number: int, key: str) -> Mapping[str, MadePaper]:
        papers = self._states.state(paper_stream(number, key))
        assert isinstance(papers, PapersOfYear)
        return papers.made

    def _year(self, number: int) -> Year:
        year = self._states.state(year_stream(number))
        assert isinstance(year, Year)
        return year

    def _source(self, state: Assessment, year: Year, persons: Mapping[str, str] | None = None) -> UnitSource:
        edition = self._states.edition_of(state.stream)
        kinds = {kind.key: kind.title.zh for kind in edition.rulebook.unit_kind}
        return UnitSource(
            state=state,
            rulebook=edition.rulebook,
            pin=edition.pin,
            unit=self._roster.title(state.unit, state.year),
            kind=kinds.get(state.unit_kind, state.unit_kind),
            today=self._today,
            is_working=self._is_working,
            visit=None if state.occasion else year.visits.get(state.unit),
            persons=persons or {},
        )


def past_sources(engine: Engine, upto: int, in_force: str, today: date) -> PaperSources:
    """What papers are made of as it was after entry `upto`. `in_force`: the pin of the edition in force then."""
    is_working = working_days(engine.ledger.database).is_working
    return PaperSources(PastStates(engine, upto, in_force), today, is_working)


def present_sources(engine: Engine) -> PaperSources:
    """What papers are made of as it is now, today."""
    today = engine.editions.in_force.today(engine.clock.now())
    return PaperSources(PresentStates(engine), today, working_days(engine.ledger.database).is_working)
