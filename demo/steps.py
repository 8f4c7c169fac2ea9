"""The events of a sample year as steps of a simulation: the steps of all departments, in the order of time.

Not here: the steps of one department (`department_year.py`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType

from scheduler.simulation import SimulationStep
from states.records.roster import Unit

from .department_year import DepartmentYear
from .evidence import SamplePaper
from .sample import Sample
from .turns import Turn

_HEAD_START = timedelta(weeks=2)


def steps_of_year(
    sample: Sample,
    stop_at: Sequence[datetime] = (),
    front_runner: Unit | None = None,
    papers: Mapping[str, Sequence[SamplePaper]] = MappingProxyType({}),
) -> list[SimulationStep]:
    """The commands of all people from the day on which the year is open. Steps at the same moment are merged.

    With `stop_at`, the assessments of the departments stop at these moments: the first department at the first moment,
    and so on, again from the first moment after the last. So the year looks unfinished. Routine checks do not stop,
    because they are not a step of an assessment. Everything of the `front_runner` is two weeks earlier and does not
    stop. `papers`: the evidence of each department.
    """
    steps: list[SimulationStep] = []
    for index, unit in enumerate(sample.units):
        is_ahead = unit == front_runner
        year = DepartmentYear(
            sample.earlier(_HEAD_START) if is_ahead else sample,
            unit,
            Turn(index % len(Turn)),
            papers.get(unit.unit, ()),
        )
        last = stop_at[index % len(stop_at)] if stop_at and not is_ahead else None
        assessment = (step for step in year.assessment() if last is None or step.at <= last)
        steps += (*year.routine_check(), *assessment)
    return merge_steps(steps)


def merge_steps(steps: Iterable[SimulationStep]) -> list[SimulationStep]:
    """These steps in the order of time, with one step a moment."""
    by_moment: dict[datetime, list[SimulationStep]] = defaultdict(list)
    for step in steps:
        by_moment[step.at].append(step)
    return [_merge(moment, by_moment[moment]) for moment in sorted(by_moment)]


def _merge(moment: datetime, steps: list[SimulationStep]) -> SimulationStep:
    """One step with the commands of all: first those that are fixed, then those that depend on the state."""
    makers = [step.make_commands for step in steps if step.make_commands is not None]
    return SimulationStep(
        moment,
        tuple(submission for step in steps for submission in step.submissions),
        (lambda engine: [submission for make in makers for submission in make(engine)]) if makers else None,
    )
