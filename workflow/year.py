"""Work on a year for many departments at once: opens the year and its annual assessments, or moves a deadline for all.

Also here: putting departments on the roster, the deadlines that an opening would have, and submitting in batches.

Every step is a command, and its id follows from its content. So a repeated opening continues where the first one
stopped and does nothing twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from msgspec import Struct
from msgspec.structs import asdict

from states.chart import decide
from states.deadlines.dates import deadlines_too_near, default_deadlines, feasible_deadlines
from states.deadlines.reminders import MoveDeadline
from states.records.roster import Unit
from states.records.year import Year
from states.refusals import NothingToDo, NotKnown, Refusal, StaleForm, stale_form
from states.rulebook.stages import Occasion
from states.stages.opening import OpenAssessment
from states.streams import ROSTER, assessment_stream, year_stream
from states.vocabulary import CLOCK, Actor, IsWorking, Opaque, Words
from states.year.roster import ChangeUnit, RegisterUnit
from states.year.year import MoveYearDeadline, OpenYear
from storage import queries

from .assessments import dates_of_special
from .engine import Accepted, Answer, Engine, Submission

BATCH_SIZE = 200
"""The number of commands in one transaction. With more, other writers would wait too long."""


class YearDates(Struct, frozen=True):
    """Deadlines by stage: those of the year (`due`), those of them that are past or too near (`late`), and a proposal.

    The deadlines of a year that is not open are the defaults of the rulebook. The proposal equals `due` if no deadline
    is late.
    """

    due: dict[str, date]
    late: dict[str, date]
    proposed: dict[str, date]


class YearOpeningOutcome(Struct, frozen=True):
    """The outcome of opening a year: the streams opened now, the streams opened before, and the refusals by stream.

    `before` includes assessments that were withdrawn after they were opened.
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
    """Put the departments on the roster, open the year, and open the assessment of each department. Safe to repeat.

    `due` replaces the default deadlines (`deadlines_of`) stage by stage. In a year that is already open, it holds for
    the added departments only. `expected_version` is the version of the year that the form showed; None: it is not
    checked.

    Raises `StaleForm` if the year has another version: the deadlines of the form must not be replaced silently by those
    of another person. Raises the `Refusal` of the year itself, for instance for past deadlines; then nothing is
    written. The refusal of one department is in the outcome and does not stop the others. In a closed year the roster
    is not changed, and every department without an assessment is refused.
    """
    stream = year_stream(year)
    state, context, compiled = engine.context(stream, actor)
    assert isinstance(state, Year)
    if expected_version not in (None, state.version):
        raise _stale_year_form(engine, stream, expected_version, actor)
    dates = {**deadlines_of(engine, year, is_working).due, **(due or {})}
    opening = OpenYear(year=year, units=tuple(u.unit for u in units), due=dates)
    # The opening is decided once before the roster is changed, because a refused opening must not change the roster.
    if not state.version:
        decide(state, opening, context, compiled.chart)
    if not state.closed:
        register(engine, units, actor)
    if not state.version:
        answer = engine.submit(stream, opening, actor, f"open-{stream}")
        if answer.repeated and expected_version is not None:
            raise _stale_year_form(engine, stream, expected_version, actor)
    return _open_each(engine, year, units, dates, actor)


def _stale_year_form(engine: Engine, stream: str, expected: int | None, actor: Actor) -> StaleForm:
    entries = engine.ledger.stream(stream)
    return stale_form(expected or 0, len(entries), [entry.actor for entry in entries], actor.id)


def deadlines_of(engine: Engine, year: int, is_working: IsWorking) -> YearDates:
    """The deadlines of an annual assessment that is opened today: those of the year, the late ones, and a proposal."""
    state, context, compiled = engine.context(year_stream(year), CLOCK)
    assert isinstance(state, Year)
    rulebook, today = compiled.rulebook, context.today
    due = state.due or default_deadlines(rulebook, year, is_working)
    late = deadlines_too_near(due, today, rulebook, is_working)
    return YearDates(due, late, feasible_deadlines(due, today, rulebook, is_working) if late else due)


def register(engine: Engine, units: Sequence[Unit], actor: Actor) -> None:
    """Put departments on the roster, or change what the roster says of them. Raises the first `Refusal`.

    A department that is on the roster as it should be gets no command. The others are done before the refusal is
    raised.
    """
    roster = engine.roster()
    submissions = []
    for unit in units:
        on_roster = roster.units.get(unit.unit)
        if on_roster != unit:
            command_type = RegisterUnit if on_roster is None else ChangeUnit
            id_ = f"roster-{roster.version}-{unit.unit}"
            submissions.append(Submission(ROSTER, command_type(**asdict(unit)), actor, id_))
    for answer in submit_in_batches(engine, submissions):
        if isinstance(answer, Refusal):
            raise answer


def move_deadline(engine: Engine, year: int, stage: str, due: date, reason: str, actor: Actor) -> list[Answer]:
    """Move the deadline of one stage for the whole year: one entry for the year, and one for each assessment.

    Special and withdrawn assessments are not changed, nor those that are past the stage or have this deadline already.
    Returns the answers for the others, including refusals. Raises the `Refusal` of the year itself.
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
    answers = submit_in_batches(engine, moves)
    return [answer for answer in answers if not isinstance(answer, NothingToDo | NotKnown)]


def open_occasion(
    engine: Engine,
    year: int,
    occasion: Occasion,
    units: Sequence[Unit],
    actor: Actor,
    is_working: IsWorking,
    due: Mapping[str, date] | None = None,
) -> YearOpeningOutcome:
    """Open an occasion of the rulebook (a half-year check) for each department. Safe to repeat.

    The deadlines are counted from today (`dates_of_special`); `due` replaces them stage by stage. The year need not be
    open. The refusal of one department is in the outcome and does not stop the others.
    """
    dates = {**dates_of_special(engine, year, is_working, occasion.key), **(due or {})}
    return _open_each(engine, year, units, dates, actor, occasion)


def _open_each(
    engine: Engine,
    year: int,
    units: Sequence[Unit],
    due: dict[str, date],
    actor: Actor,
    occasion: Occasion | None = None,
) -> YearOpeningOutcome:
    key = Opaque(occasion.key) if occasion is not None else None
    title = Words(occasion.title.zh) if occasion is not None else None
    submissions = []
    for unit in units:
        command = OpenAssessment(**unit.opening_fields(), year=year, due=due, occasion=key, title=title)
        stream = assessment_stream(year, unit.unit, key)
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
    for first in range(0, len(submissions), BATCH_SIZE):
        answers += engine.submit_many(submissions[first : first + BATCH_SIZE])
    return answers
