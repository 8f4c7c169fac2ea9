"""A year's work for many units at once: open it, open each assessment, move a deadline for all.

Every step is a command of its own with an id made from what it does, so that opening a year again goes on where
it stopped and does nothing twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from msgspec import Struct
from msgspec.structs import asdict

from states.chart import decide
from states.deadlines.dates import due_dates, proposed, too_near
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
"""Commands in one transaction: a large year does not keep others waiting long."""


class Dates(Struct, frozen=True):
    """Deadlines by stage: the default ones, the past or too near among them, and the proposal; the default itself where none is."""

    due: dict[str, date]
    late: dict[str, date]
    proposed: dict[str, date]


class Opened(Struct, frozen=True):
    """What opening a year did: assessments opened now, those opened before (and be it withdrawn), refusals by stream."""

    opened: tuple[str, ...]
    before: tuple[str, ...]
    refused: dict[str, Refusal]


def open_year(
    engine: Engine, year: int, units: Sequence[Unit], actor: Actor, is_working: IsWorking,
    due: Mapping[str, date] | None = None, expected_version: int | None = None,
) -> Opened:  # fmt: skip
    """Put the units on the roster, open the year, open each unit's assessment. Idempotent and resumable.

    `due` replaces the dates of `dates_of` stage by stage: the year's, or those of the units added to a year that is open.
    Deadlines that are past are refused, and then nothing is written: `dates_of` says which are, before anything is done.
    `expected_version` is the version of the year the form showed: its dates are not put aside for those of somebody who was quicker, but
    the form is refused (`StaleForm`).
    Raises the `Refusal` of the year itself; a unit's refusal is in the answer and holds up no other. Where the year is closed
    the roster is left as it is, and every unit that has no assessment is refused.
    """
    stream = year_stream(year)
    state, context, compiled = engine.context(stream, actor)
    assert isinstance(state, Year)
    if expected_version not in (None, state.version):
        raise _stale(engine, stream, expected_version, actor)
    dates = {**dates_of(engine, year, is_working).due, **(due or {})}
    opening = OpenYear(year=year, units=tuple(u.unit for u in units), due=dates)
    if not state.version:
        decide(state, opening, context, compiled.chart)  # before the roster is touched
    if not state.closed:
        register(engine, units, actor)
    if not state.version:
        done = engine.submit(stream, opening, actor, f"open-{stream}")
        if done.repeated and expected_version is not None:
            raise _stale(engine, stream, expected_version, actor)
    return _open_each(engine, year, units, dates, actor)


def _stale(engine: Engine, stream: str, expected: int | None, actor: Actor) -> StaleForm:
    entries = engine.ledger.stream(stream)
    return stale_form(expected or 0, len(entries), [entry.actor for entry in entries], actor.id)


def dates_of(engine: Engine, year: int, is_working: IsWorking) -> Dates:
    """The deadlines a unit opened today would have, those of them that leave too little time, and others that leave enough."""
    state, context, compiled = engine.context(year_stream(year), CLOCK)
    assert isinstance(state, Year)
    rulebook, today = compiled.rulebook, context.today
    due = state.due or due_dates(rulebook, year, is_working)
    late = too_near(due, today, rulebook, is_working)
    return Dates(due, late, proposed(due, today, rulebook, is_working) if late else due)


def register(engine: Engine, units: Sequence[Unit], actor: Actor) -> None:
    """Put units on the roster, or change what it says of them. Raises the first `Refusal`."""
    roster = engine.roster()
    wanted = []
    for unit in units:
        held = roster.units.get(unit.unit)
        if held != unit:
            kind = RegisterUnit if held is None else ChangeUnit
            id_ = f"roster-{roster.version}-{unit.unit}"
            wanted.append(Submission(ROSTER, kind(**asdict(unit)), actor, id_))
    for answer in in_holds(engine, wanted):
        if isinstance(answer, Refusal):
            raise answer


def move_deadline(engine: Engine, year: int, stage: str, due: date, reason: str, actor: Actor) -> list[Answer]:
    """Move one stage's deadline for the whole year: one entry for the year, one for each assessment it concerns.

    Assessments past that stage keep theirs. Raises the year's own `Refusal`; the units' are in the answer.
    """
    stream = year_stream(year)
    known = engine.state(stream)
    assert isinstance(known, Year)
    words = Words(reason)
    engine.submit(stream, MoveYearDeadline(stage=stage, due=due, reason=words), actor, f"move-{stream}@{known.version}")
    moves = []
    for row in queries.assessments(engine.ledger.database, year):
        if row.occasion is None and not row.withdrawn:
            command = MoveDeadline(stage=stage, due=due, reason=words)
            moves.append(Submission(row.stream, command, actor, f"move-{row.stream}@{row.version}"))
    moves.sort(key=lambda move: move.stream)
    return [a for a in in_holds(engine, moves) if not isinstance(a, NothingToDo | NotKnown)]


def _open_each(engine: Engine, year: int, units: Sequence[Unit], due: dict[str, date], actor: Actor) -> Opened:
    wanted = []
    for unit in units:
        fields = unit.for_opening()
        command = OpenAssessment(**fields, year=year, due=due)
        stream = assessment_stream(year, unit.unit)
        wanted.append(Submission(stream, command, actor, f"open-{stream}", expected_version=0))
    opened, before, refused = [], [], {}
    for submission, answer in zip(wanted, in_holds(engine, wanted), strict=True):
        if isinstance(answer, StaleForm) or (isinstance(answer, Accepted) and answer.repeated):
            before.append(submission.stream)
        elif isinstance(answer, Refusal):
            refused[submission.stream] = answer
        else:
            opened.append(answer.stream)
    return Opened(tuple(opened), tuple(before), refused)


def in_holds(engine: Engine, submissions: Sequence[Submission]) -> list[Answer]:
    """Submit many commands without keeping others waiting for all of them."""
    answers: list[Answer] = []
    for at in range(0, len(submissions), BATCH_SIZE):
        answers += engine.submit_many(submissions[at : at + BATCH_SIZE])
    return answers
