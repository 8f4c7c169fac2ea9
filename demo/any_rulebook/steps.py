"""The events of a year under any rulebook as steps of a simulation: which act on which day and at which minute.

Every department goes through the stages of the rulebook before their deadlines, one of them late. Some have a record,
one a veto by judgement, one a routine check. The standings are settled as soon as every department is scored, and all
later stages come after. The first department asks for a review of its result, if the rulebook has a window. The same
seed gives the same year.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from random import Random

from config.calendars import WorkingDays
from demo.steps import merge_steps
from scheduler.simulation import CommandMaker, SimulationStep
from states.deadlines.dates import default_deadlines
from states.rulebook.stages import Occasion, Stage
from states.rulebook.types import Rulebook
from states.vocabulary import Words
from workflow.assessments import dates_of_special
from workflow.engine import Engine, Submission

from . import records
from .acts import ActWriter
from .college import RulebookSample
from .days import days_of
from .department import DepartmentRound
from .settling import settle

_DAY = timedelta(days=1)
_AHEAD = timedelta(weeks=4)
_MORNING, _NOON = 9 * 60, 13 * 60
_STAGE_MINUTES = 15
"""Two stages of one day are so far apart, in the order of the rulebook."""


def steps_of_rulebook(writer: ActWriter) -> list[SimulationStep]:
    """The commands of all people from the day on which the year is open, in the order of time."""
    sample = writer.sample
    steps = [*_occasions(writer), *_round(writer)]
    merged = merge_steps(step for step in steps if step.at <= sample.end)
    return [SimulationStep(one.at, make_commands=writer.remember(one.commands)) for one in merged]


def steps_under_way(writer: ActWriter) -> tuple[list[SimulationStep], datetime]:
    """The commands of a round under way, and the moment at which it is looked at: half of the departments are scored.

    Every fourth department is ahead: it is ready for the approval, or approved if no place must be settled before. Some
    are behind.
    """
    sample = writer.sample
    before, after = _halves(sample.rulebook)
    due = default_deadlines(sample.rulebook, sample.year, WorkingDays().is_working)
    decided = [stage.kind for stage in after].index("approval")
    steps, scored_on = [*_occasions(writer)], []
    for number, unit in enumerate(sample.units, 1):
        one, ahead = DepartmentRound(sample, writer, unit), number % 4 == 0
        own_due = {key: day - _AHEAD for key, day in due.items()} if ahead else due
        stages = before[: 1 + number % 2] if number % 5 == 3 and not ahead else before
        days = days_of(stages, sample.first_day + _DAY, own_due, one.random)
        steps += _stages(one, stages, days)
        if ahead:
            day = days[before[-1].key] + _DAY
            steps += (_step(sample, day, _MORNING, one.named_grades), _step(sample, day, _NOON, one.score_again))
            goes_on = after if number % 8 == 0 and not sample.rulebook.standing else after[:decided]
            steps += _stages(one, goes_on, days_of(goes_on, day + _DAY, own_due, one.random))
        elif stages is before:
            scored_on.append(days[before[-1].key])
    now = sample.at(sorted(scored_on)[len(scored_on) // 2] + _DAY, _MORNING + 60)
    steps += _records(writer, min(scored_on))
    merged = merge_steps(step for step in steps if step.at < now)
    return [SimulationStep(one.at, make_commands=writer.remember(one.commands)) for one in merged], now


def _round(writer: ActWriter) -> Iterator[SimulationStep]:
    """The stages of the round for all departments, with what is put on record before they are scored."""
    sample = writer.sample
    before, after = _halves(sample.rulebook)
    due = default_deadlines(sample.rulebook, sample.year, WorkingDays().is_working)
    departments = [DepartmentRound(sample, writer, unit) for unit in sample.units]
    days = {
        one.number: days_of(before, sample.first_day + _DAY, due, one.random, is_late=one.number % 7 == 3)
        for one in departments
    }
    scored_on = max((of[before[-1].key] for of in days.values()), default=sample.first_day)
    for one in departments:
        yield from _stages(one, before, days[one.number])
    yield from _records(writer, min(of[before[-1].key] for of in days.values()))
    settled_on = scored_on + (1 + 2 * len(sample.rulebook.standing)) * _DAY
    yield from _settling(writer, departments, scored_on)
    for one in departments:
        yield _step(sample, settled_on, _MORNING, one.named_grades)
        yield _step(sample, settled_on, _NOON, one.score_again)
    for one in departments:
        later = days_of(after, settled_on + _DAY, due, one.random)
        yield from _stages(one, after, later)
        circulated_on = later[after[-1].key]
        if one.number == 1:
            yield _step(sample, circulated_on + _DAY, _NOON, one.request)
            yield _step(sample, circulated_on + 3 * _DAY, _NOON, one.decisions)
        for number in range(1, len(sample.rulebook.task) + 1):
            yield _step(sample, circulated_on + number * 4 * _DAY, _NOON, one.tasks)


def _settling(writer: ActWriter, departments: Sequence[DepartmentRound], scored_on: date) -> Iterator[SimulationStep]:
    """From the day after the scoring, each standing on a day of its own; then the scores that rest on it are made again.

    Twice, because a score that is made again may change another standing.
    """
    for number, standing in enumerate(2 * writer.sample.rulebook.standing, 1):
        day = scored_on + number * _DAY
        yield _step(writer.sample, day, _MORNING, partial(settle, writer, standing))
        for one in departments:
            yield _step(writer.sample, day, _NOON, one.score_again)


def _occasions(writer: ActWriter) -> Iterator[SimulationStep]:
    """Each occasion of the rulebook, for all departments."""
    for occasion in writer.sample.rulebook.occasion:
        for unit in writer.sample.units:
            yield from _occasion(DepartmentRound(writer.sample, writer, unit, occasion.key), occasion)


def _occasion(one: DepartmentRound, occasion: Occasion) -> Iterator[SimulationStep]:
    """One department at an occasion: opened on its day, then a stage every few days, as its deadlines count from there."""
    sample, writer = one.sample, one.writer
    opens = sample.first_day + 14 * _DAY
    if occasion.opens is not None:
        opens = date.fromisoformat(f"{sample.year + occasion.opens_year}-{occasion.opens}")

    def opening(engine: Engine) -> list[Submission]:
        due = dates_of_special(engine, sample.year, WorkingDays().is_working, occasion.key)
        title, stream = Words(occasion.title.zh), one.stream
        return [writer.write(engine, stream, "open_assessment", one.unit, occasion=occasion.key, due=due, title=title)]

    yield _step(sample, opens, _MORNING, opening)
    stages = one.rulebook.stage[1:]
    yield from _stages(one, stages, days_of(stages, opens + _DAY, {}, one.random))


def _records(writer: ActWriter, scored_on: date) -> Iterator[SimulationStep]:
    """A record of each kind, for two departments if there are many; a routine check; and a veto before the scoring."""
    sample = writer.sample
    units, random = sample.units, Random(f"{sample.seed}/records")
    days = max(2, (scored_on - sample.first_day).days // 2)
    for number, kind in enumerate(records.kinds_of(sample), 1):
        for index in {number % len(units), (number + len(units) // 2) % len(units)}:
            day = sample.first_day + random.randint(1, days) * _DAY
            yield _step(sample, day, _NOON, partial(records.record, writer, kind, units[index]))
    for number, act in enumerate(records.check_acts(sample)):
        yield _step(
            sample,
            sample.first_day + (2 + 5 * number) * _DAY,
            _NOON,
            partial(records.routine_check, writer, act, units[0]),
        )
    if len(units) > 1:
        yield _step(sample, scored_on, _MORNING - _STAGE_MINUTES, partial(records.veto, writer, units[-1]))


def _stages(one: DepartmentRound, stages: Sequence[Stage], days: dict[str, date]) -> Iterator[SimulationStep]:
    """These stages on their days, in their order within a day; the score sheets just before the score."""
    for number, stage in enumerate(stages, 1):
        minute = _MORNING + number * _STAGE_MINUTES
        if stage.kind == "scoring":
            yield _step(one.sample, days[stage.key], minute - 2, one.reports)
            yield _step(one.sample, days[stage.key], minute - 1, one.sheets)
        yield _step(one.sample, days[stage.key], minute, partial(one.stage, stage))


def _halves(rulebook: Rulebook) -> tuple[tuple[Stage, ...], tuple[Stage, ...]]:
    """The stages from the one after the opening to the scoring, and those after the scoring."""
    stages = rulebook.stage[1:]
    end = [stage.kind for stage in stages].index("scoring") + 1
    return stages[:end], stages[end:]


def _step(sample: RulebookSample, day: date, minute: int, make: CommandMaker) -> SimulationStep:
    return SimulationStep(sample.at(day, minute), make_commands=make)
