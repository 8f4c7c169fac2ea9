"""Makes the command that opens one assessment: a special one (第六条), or a withdrawn one that is opened again.

Also here: the stream of an assessment, and the proposed deadlines of a special one. Nothing is submitted. Not here: the
first opening of the annual assessments of a year (`year.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from states.assessment import UNOPENED, Assessment
from states.deadlines.dates import deadlines_from, feasible_deadlines
from states.refusals import Incomplete, NotThere
from states.stages.opening import OpenAssessment
from states.streams import assessment_stream, year_stream
from states.vocabulary import CLOCK, IsWorking, Opaque, Text, Words

from .engine import Engine


def stream_of(year: int, unit: str, occasion: str | None) -> str:
    """The stream of an annual assessment or, with an `occasion`, of a special one."""
    return assessment_stream(year, unit, occasion)


def special_opening_command(
    engine: Engine,
    year: int,
    unit: str,
    occasion: str,
    title: str,
    is_working: IsWorking,
    due: Mapping[str, date] | None = None,
) -> OpenAssessment:
    """The command that opens a special assessment of a department on the roster.

    It has the proposed deadlines (`dates_of_special`); `due` replaces them stage by stage. Raises `Incomplete` if the
    roster does not have the department.
    """
    dates = {**dates_of_special(engine, year, is_working, occasion), **(due or {})}
    return _command(engine, year, unit, occasion, title, dates)


def dates_of_special(engine: Engine, year: int, is_working: IsWorking, occasion: str | None = None) -> dict[str, date]:
    """The proposed deadlines of a special assessment that begins today, by stage.

    They follow from the rulebook and today. A deadline that would be too near is put off.
    """
    _, context, compiled = engine.context(year_stream(year), CLOCK)
    rulebook = compiled.rulebook.at(occasion)
    return feasible_deadlines(deadlines_from(rulebook, context.today, is_working), context.today, rulebook, is_working)


def restart_command(
    engine: Engine,
    year: int,
    unit: str,
    occasion: str | None,
    is_working: IsWorking,
    due: Mapping[str, date] | None = None,
) -> OpenAssessment:
    """The command that opens a withdrawn assessment again. Without an `occasion` it is the annual one of the year.

    It has the old deadlines; one that is too near is put off. `due` replaces these deadlines stage by stage. Raises
    `NotThere` if the assessment was never opened, and `Incomplete` if the roster does not have the department.
    """
    state, context, compiled = engine.context(stream_of(year, unit, occasion), CLOCK)
    assert isinstance(state, Assessment)
    if state.stage == UNOPENED:
        title = Text(zh="重新启动", en="open again")
        first = compiled.rulebook.stages["opening"].title.text
        raise NotThere(act=title, stream=state.stream, first=first)
    dates = feasible_deadlines(state.due, context.today, compiled.rulebook, is_working)
    return _command(engine, year, unit, occasion, state.title, {**dates, **(due or {})})


def _command(
    engine: Engine, year: int, unit: str, occasion: str | None, title: str | None, due: dict[str, date]
) -> OpenAssessment:
    on_roster = engine.roster().units.get(unit)
    if on_roster is None:
        missing = Text(zh=f"部门 {unit} 在名册中的登记", en=f"department {unit} on the roster")
        raise Incomplete(missing=missing, clause=engine.editions.in_force.rulebook.stages["opening"].clause)
    return OpenAssessment(
        **on_roster.opening_fields(),
        year=year,
        due=due,
        occasion=Opaque(occasion) if occasion else None,
        title=Words(title) if title else None,
    )
