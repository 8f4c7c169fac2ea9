"""One round: ask which assessments and routine checks are due, and do for each what the clock owes it. Nothing is remembered.

"Already done" is a question to the ledger, so a missed night, a restart or two clocks at once give the same
entries. A round that finds nothing due costs one indexed query, however many assessments there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from config.logs import failure
from states.assessment import UNOPENED, WITHDRAWN, Assessment
from states.cases import vetoes
from states.cases.vetoes import LiftVeto, RaiseVeto
from states.context import Context
from states.deadlines import rectification, reminders
from states.deadlines.reasons import CASES_CHANGED, VETO_GONE, written
from states.records.routine_check import RoutineCheck
from states.records.year import Year
from states.refusals import IdTaken, Refusal
from states.stages import scoring
from states.stages.reopening import ReopenResult
from states.stages.scoring import NoteStaleScore
from states.streams import year_stream
from states.user_errors import UserError
from states.vocabulary import CLOCK, Command, IsWorking
from storage import queries
from storage.errors import ConnectionLost
from workflow.calendar import working_days
from workflow.engine import Accepted, Engine, Submission

BATCH = 200
PAUSE = timedelta(hours=1)
"""How long an assessment that cannot be looked at is left alone."""


class Round(Struct, frozen=True):
    """What one round did: how many were due, the entries written, the commands refused (raced by others).

    `failed` are assessments that could not even be looked at, which are tried again after `PAUSE`, and those for which
    an id of the clock's own answers for something else: no other command can take it, so the ledger is damaged.
    """

    due: int = 0
    written: int = 0
    refused: int = 0
    failed: tuple[str, ...] = ()


def run(engine: Engine, now: datetime, is_working: IsWorking | None = None) -> Round:
    """Do all that is due by `now` (aware; the engine's clock must agree), by the working days of the database if none are given."""
    due = written = refused = 0
    failed: tuple[str, ...] = ()
    while True:
        seen = engine.ledger.head().number
        streams = queries.due_streams(engine.ledger.database, now, BATCH)
        due += len(streams)
        if not streams:
            break
        is_working = is_working or working_days(engine.ledger.database).is_working
        wanted, agenda, broken = _look(engine, streams, now, is_working)
        failed += broken
        engine.settle(agenda, seen)
        answers = engine.submit_many(wanted)
        fresh = sum(isinstance(a, Accepted) and not a.repeated for a in answers)
        refusals = sum(isinstance(a, Refusal) for a in answers)
        failed += tuple(s.stream for s, a in zip(wanted, answers, strict=True) if isinstance(a, IdTaken))
        written, refused = written + fresh, refused + refusals
        # Nothing new, or somebody was quicker: what is still due is the next round's.
        if refusals or not fresh:
            break
    return Round(due, written, refused, failed)


def owed(state: Assessment, context: Context) -> Iterator[Command]:
    """What the clock owes one assessment now: vetoes and a stale score first, else its deadlines. Pure.

    A veto or a reopening may change which stage is waited for; what the deadlines then owe is asked again.
    """
    if state.stage in (UNOPENED, WITHDRAWN):
        return
    changed = [*_vetoes(state, context), *_stale(state, context)]
    yield from changed or reminders.duties(state, context)


def _vetoes(state: Assessment, context: Context) -> Iterator[Command]:
    """A case's veto that nobody raised yet, and a standing one whose case no longer brings it."""
    effects = vetoes.standing(state, context)
    standing = {v.id for v in state.vetoes}
    for veto in effects.vetoes:
        if veto.id not in standing:
            yield RaiseVeto(
                veto=veto.id, ground=veto.ground, outcome=veto.outcome or "", since=veto.since,
                late=state.stage in ("approval", "circulation"),
            )  # fmt: skip
    counted = {v.id for v in effects.vetoes}
    for held in state.vetoes:
        if held.id not in counted:
            yield LiftVeto(veto=held.id, reason=written(VETO_GONE))


def _look(
    engine: Engine, streams: list[str], now: datetime, is_working: IsWorking
) -> tuple[list[Submission], dict[str, datetime | None], tuple[str, ...]]:
    """What these assessments are owed; for those owed nothing, when they are next due; those nothing is known of.

    One that cannot be read (a damaged entry, an edition gone) must not keep the others from their duties.
    """
    wanted: list[Submission] = []
    agenda: dict[str, datetime | None] = {}
    broken = []
    for stream in streams:
        try:
            mine, next_due = _of(engine, stream, now, is_working)
        except ConnectionLost:
            raise
        except UserError:
            broken.append(stream)
            mine, next_due = [], now + PAUSE
        except Exception as error:  # noqa: BLE001  a bug in one duty must not keep the others from being done; it is in the log as a bug
            failure("scheduler", error, stream=stream)
            broken.append(stream)
            mine, next_due = [], now + PAUSE
        wanted += mine
        if not mine:
            agenda[stream] = next_due
    return wanted, agenda, tuple(broken)


def _of(engine: Engine, stream: str, now: datetime, is_working: IsWorking) -> tuple[list[Submission], datetime | None]:
    state, context, compiled = engine.context(stream, CLOCK, now)
    context, rulebook = replace(context, is_working=is_working), compiled.rulebook
    if isinstance(state, RoutineCheck):
        commands, next_due = rectification.duties(state, context), rectification.next_due(state, rulebook, is_working)
    else:
        assert isinstance(state, Assessment)
        year = engine.state(year_stream(state.year))
        assert isinstance(year, Year)
        commands = owed(state, replace(context, year=year))
        next_due = reminders.next_due(state, rulebook, is_working, weekly=reminders.goes_on(state, year.closed))
        # A score that waits for a case is looked at again when the case changes.
        next_due = None if reminders.waits_for_case(state, context) else next_due
    wanted = [
        Submission(stream, command, CLOCK, f"{stream}@{state.version}-{at}") for at, command in enumerate(commands)
    ]
    return wanted, next_due


def _stale(state: Assessment, context: Context) -> Iterator[Command]:
    """A score that no longer holds is noted, as is one that holds again; a result goes back to the committee (F5)."""
    changed = scoring.changed(state, context)
    reached = state.stage in ("approval", "circulation")
    if changed and reached and context.rulebook.settings.revised_result.value == "committee":
        yield ReopenResult(cases=changed, reason=written(CASES_CHANGED))
    elif changed != (state.noted or ()):
        yield NoteStaleScore(cases=changed)
