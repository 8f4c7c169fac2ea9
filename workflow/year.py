"""Work on a year for many departments at once: open the year and each assessment, move a deadline for all.

Every step is a command with an id made from what it does. So a repeated opening continues where the first one stopped
and does nothing twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from msgspec import Struct
from msgspec.structs import asdict

from states.chart import decide
from states.deadlines.dates import due_dates, feasible_deadlines, too_near
from states.deadlines.reminders import MoveDeadline
from states.records.roster import Unit
from states.records.year import Year
from states.refusals import NothingToDo, NotKnown, Refusal, StaleForm, stale_form
from states.stages.opening import OpenAssessment
from states.streams import ROSTER, assessment_stream, year_stream
from states.vocabulary import CLOCK, Actor, IsWorking, Words
from states.year.roster import ChangeUnit, RegisterUnit
from states.year.year import MoveYearDeadline, OpenYear
from storage import queries

from .engine import Accepted, Answer, Engine, Submission

BATCH_SIZE = 200
"""Commands in one transaction. With more, other writers would wait too long."""


class YearDates(Struct, frozen=True):
    """Deadlines by stage: `due` by default, the ones among them that are past or too near, and a proposal for all.

    The proposal is the default where no deadline is too near.
    """

    due: dict[str, date]
    late: dict[str, date]
    proposed: dict[str, date]


class YearOpeningOutcome(Struct, frozen=True):
    """The outcome of opening a year: assessments opened now, assessments opened before, and refusals by stream.

    `before` includes assessments that were withdrawn since.
    """

    opened: tuple[str, ...]
    before: tuple[str, ...]
    refused: dict[str, Refusal]


def open_year(
    engine: Engine,
    year: int,
    units: Sequence[Unit],
    actor: Actor,
    is_working: IsWorking,
    due: Mapping[str, date] | None = None,
    expected_version: int | None = None,
) -> YearOpeningOutcome:
    """Put the departments on the roster, open the year, open each department's assessment. Safe to repeat.

    `due` replaces the dates of `dates_of` stage by stage: those of the year, or those of departments added to an open
    year. `expected_version` is the version of the year that the form showed. If the year has changed since, the form is
    refused (`StaleForm`): its dates are never silently replaced by somebody else's.

    Raises the `Refusal` of the year itself, for instance for past deadlines, and then writes nothing. The refusal of
    one department is in the outcome and does not stop the others. In a closed year the roster stays as it is, and every
    department without an assessment is refused.
    """
    stream = year_stream(year)
    state, context, compiled = engine.context(stream, actor)
    assert isinstance(state, Year)
    if expected_version not in (None, state.version):
        raise _stale(engine, stream, expected_version, actor)
    dates = {**deadlines_of(engine, year, is_working).due, **(due or {})}
    opening = OpenYear(year=year, units=tuple(u.unit for u in units), due=dates)
    # Decided once before the roster is changed: a refused opening must leave no departments behind.
    if not state.version:
        decide(state, opening, context, compiled.chart)
    if not state.closed:
        register(engine, units, actor)
    if not state.version:
        answer = engine.submit(stream, opening, actor, f"open-{stream}")
        if answer.repeated and expected_version is not None:
            raise _stale(engine, stream, expected_version, actor)
    return _open_each(engine, year, units, dates, actor)


def _stale(engine: Engine, stream: str, expected: int | None, actor: Actor) -> StaleForm:
    entries = engine.ledger.stream(stream)
    return stale_form(expected or 0, len(entries), [entry.actor for entry in entries], actor.id)


def deadlines_of(engine: Engine, year: int, is_working: IsWorking) -> YearDates:
    """The deadlines of an assessment opened today, those that leave too little time, and a proposal with enough."""
    state, context, compiled = engine.context(year_stream(year), CLOCK)
    assert isinstance(state, Year)
    rulebook, today = compiled.rulebook, context.today
    due = state.due or due_dates(rulebook, year, is_working)
    late = too_near(due, today, rulebook, is_working)
    return YearDates(due, late, feasible_deadlines(due, today, rulebook, is_working) if late else due)


def register(engine: Engine, units: Sequence[Unit], actor: Actor) -> None:
    """Put departments on the roster, or change their entries. Raises the first `Refusal`."""
    roster = engine.roster()
    submissions = []
    for unit in units:
        entry = roster.units.get(unit.unit)
        if entry != unit:
            command_type = RegisterUnit if entry is None else ChangeUnit
            id_ = f"roster-{roster.version}-{unit.unit}"
            submissions.append(Submission(ROSTER, command_type(**asdict(unit)), actor, id_))
    for answer in submit_in_batches(engine, submissions):
        if isinstance(answer, Refusal):
            raise answer


def move_deadline(engine: Engine, year: int, stage: str, due: date, reason: str, actor: Actor) -> list[Answer]:
    """Move one stage's deadline for the whole year: one entry for the year, one for each assessment it concerns.

    Assessments past that stage keep theirs. Raises the year's own `Refusal`; those of assessments are among the
    answers.
    """
    stream = year_stream(year)
    state = engine.state(stream)
    assert isinstance(state, Year)
    words = Words(reason)
    engine.submit(stream, MoveYearDeadline(stage=stage, due=due, reason=words), actor, f"move-{stream}@{state.version}")
    moves = []
    for row in queries.assessments(engine.ledger.database, year):
        if row.occasion is None and not row.withdrawn:
            command = MoveDeadline(stage=stage, due=due, reason=words)
            moves.append(Submission(row.stream, command, actor, f"move-{row.stream}@{row.version}"))
    moves.sort(key=lambda move: move.stream)
    return [a for a in submit_in_batches(engine, moves) if not isinstance(a, NothingToDo | NotKnown)]


def _open_each(
    engine: Engine, year: int, units: Sequence[Unit], due: dict[str, date], actor: Actor
) -> YearOpeningOutcome:
    submissions = []
    for unit in units:
        command = OpenAssessment(**unit.for_opening(), year=year, due=due)
        stream = assessment_stream(year, unit.unit)
        submissions.append(Submission(stream, command, actor, f"open-{stream}", expected_version=0))
    opened, before, refused = [], [], {}
    for submission, answer in zip(submissions, submit_in_batches(engine, submissions), strict=True):
        if isinstance(answer, StaleForm) or (isinstance(answer, Accepted) and answer.repeated):
            before.append(submission.stream)
        elif isinstance(answer, Refusal):
            refused[submission.stream] = answer
        else:
            opened.append(answer.stream)
    return YearOpeningOutcome(tuple(opened), tuple(before), refused)


def submit_in_batches(engine: Engine, submissions: Sequence[Submission]) -> list[Answer]:
    """Submit many commands, `BATCH_SIZE` in each transaction, and return one answer for each."""
    answers: list[Answer] = []
    for at in range(0, len(submissions), BATCH_SIZE):
        answers += engine.submit_many(submissions[at : at + BATCH_SIZE])
    return answers
