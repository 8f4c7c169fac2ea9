"""What the values of a paper are made of: the states of a year's assessments, their rulebooks, and the day.

Nothing is written. Not here: the names of people, which the caller adds for a paper that may have them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from msgspec import Struct

from states.assessment import UNOPENED, WITHDRAWN, Assessment
from states.records.year import Visit, Year
from states.rulebook.types import Rulebook
from states.streams import year_stream
from states.user_errors import UserError
from states.vocabulary import CLOCK, IsWorking
from storage import queries
from workflow.assessments import stream_of
from workflow.calendar import working_days
from workflow.engine import Engine


class NothingToPrint(UserError):
    """The year or the assessment of a paper was never opened."""

    zh = "{of} 没有启动的考核，不能制作文书。请核对年度和部门编号。"
    en = "{of} has no open assessment, so there is no paper to make. Check the year and the id of the department."


class UnitSource(Struct, frozen=True):
    """One assessment: its state, the rulebook that binds it, the name and kind of the department, and its visit.

    - `persons`: the names of people by id. Empty for a paper that may have none.
    - `today`: the day on which the paper is made.
    """

    state: Assessment
    rulebook: Rulebook
    unit: str
    kind: str
    today: date
    is_working: IsWorking
    visit: Visit | None = None
    persons: Mapping[str, str] = {}


class YearSource(Struct, frozen=True):
    """A year: its deadlines and its annual assessments in the order of the year, without those that were withdrawn."""

    year: Year
    rulebook: Rulebook
    today: date
    units: tuple[UnitSource, ...]


def read_year(engine: Engine, number: int) -> YearSource:
    """The year with its assessments. Raises `NothingToPrint`."""
    reading = _Reading(engine, number)
    rows = queries.assessments(engine.ledger.database, number)
    versions = {row.stream: row.version for row in rows if row.occasion is None and not row.withdrawn}
    if not reading.year.version and not versions:
        raise NothingToPrint(of=str(number))
    order = {unit: place for place, unit in enumerate(reading.year.units)}
    states = sorted(engine.assessments_at(versions), key=lambda one: (order.get(one.unit, len(order)), one.unit))
    units = tuple(reading.source(state) for state in states)
    return YearSource(reading.year, reading.rulebook, reading.today, units)


def read_unit(
    engine: Engine, number: int, unit: str, occasion: str | None = None, persons: Mapping[str, str] | None = None
) -> UnitSource:
    """One assessment. `persons`: the names of people, for a paper that may have them. Raises `NothingToPrint`."""
    state = engine.state(stream_of(number, unit, occasion))
    assert isinstance(state, Assessment)
    if state.stage in (UNOPENED, WITHDRAWN):
        raise NothingToPrint(of=f"{number}/{unit}")
    return _Reading(engine, number).source(state, persons or {})


class _Reading:
    """What the sources of one year have in common, read once."""

    def __init__(self, engine: Engine, number: int) -> None:
        year, context, compiled = engine.context(year_stream(number), CLOCK)
        assert isinstance(year, Year)
        self.year, self.today, self.rulebook = year, context.today, compiled.rulebook
        self._engine, self._roster = engine, engine.roster()
        self._is_working = working_days(engine.ledger.database).is_working

    def source(self, state: Assessment, persons: Mapping[str, str] | None = None) -> UnitSource:
        rulebook = self._engine.rulebook_of(state.stream)
        kinds = {kind.key: kind.title.zh for kind in rulebook.unit_kind}
        return UnitSource(
            state=state,
            rulebook=rulebook,
            unit=self._roster.title(state.unit, state.year),
            kind=kinds.get(state.unit_kind, state.unit_kind),
            today=self.today,
            is_working=self._is_working,
            visit=None if state.occasion else self.year.visits.get(state.unit),
            persons=persons or {},
        )
