"""One round: ask which assessments and routine checks are due, and submit the daemon's commands for each. Nothing is remembered.

The ledger says what is done already. So a missed night, a restart, or two daemons at once lead to the same entries. A round in which nothing
is due costs one indexed query, however many assessments there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from config.logs import log_failure
from states.assessment import UNOPENED, WITHDRAWN, Assessment
from states.cases import vetoes
from states.cases.vetoes import LiftVeto, RaiseVeto
from states.context import Context
from states.deadlines import rectification, reminders
from states.deadlines.reasons import CASES_CHANGED, VETO_GONE, as_recorded
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
RETRY_AFTER = timedelta(hours=1)
"""When an assessment that could not be read is tried again."""


class Round(Struct, frozen=True):
    """What one round did: how many streams were due, the entries written, the commands refused because somebody else was quicker.

    `failed` are streams that could not be read, which are tried again after `RETRY_AFTER`, and those where a command id of the daemon
    belongs to another command already: nobody else can use such an id, so the ledger is damaged.
    """

    due: int = 0
    written: int = 0
    refused: int = 0
    failed: tuple[str, ...] = ()


def run(engine: Engine, now: datetime, is_working: IsWorking | None = None) -> Round:
    """Do everything that is due by `now` (aware; the engine's clock must agree). Working days are those of the database if none are given."""
    due = written = refused = 0
    failed: tuple[str, ...] = ()
    while True:
        head = engine.ledger.head().number
        streams = queries.due_streams(engine.ledger.database, now, BATCH)
        due += len(streams)
        if not streams:
            break
        is_working = is_working or working_days(engine.ledger.database).is_working
        submissions, agenda, broken = _commands_due(engine, streams, now, is_working)
        failed += broken
        engine.set_due_times(agenda, head)
        answers = engine.submit_many(submissions)
        new = sum(isinstance(a, Accepted) and not a.repeated for a in answers)
        refusals = sum(isinstance(a, Refusal) for a in answers)
        failed += tuple(s.stream for s, a in zip(submissions, answers, strict=True) if isinstance(a, IdTaken))
        written, refused = written + new, refused + refusals
        # Nothing new, or somebody was quicker: what is still due is left to the next round.
        if refusals or not new:
            break
    return Round(due, written, refused, failed)


def owed(state: Assessment, context: Context) -> Iterator[Command]:
    """The daemon's commands for one assessment now: first vetoes and a stale score, otherwise reminders. Pure.

    A veto or a reopening can change the stage that is awaited. So the reminders are asked for again in the next turn.
    """
    if state.stage in (UNOPENED, WITHDRAWN):
        return
    changed = [*_vetoes(state, context), *_stale(state, context)]
    yield from changed or reminders.duties(state, context)


def _vetoes(state: Assessment, context: Context) -> Iterator[Command]:
    """Raise the veto of a case that has none yet; lift one whose case no longer justifies it."""
    effects = vetoes.effects_now(state, context)
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
            yield LiftVeto(veto=held.id, reason=as_recorded(VETO_GONE))


def _commands_due(
    engine: Engine, streams: list[str], now: datetime, is_working: IsWorking
) -> tuple[list[Submission], dict[str, datetime | None], tuple[str, ...]]:
    """The commands for these streams; when those without a command are next due; the streams that could not be read."""
    # A stream that cannot be read (a damaged entry, a missing edition) must not keep the others from their reminders.
    submissions: list[Submission] = []
    agenda: dict[str, datetime | None] = {}
    broken = []
    for stream in streams:
        try:
            mine, next_due = _commands_of(engine, stream, now, is_working)
        except ConnectionLost:
            raise
        except UserError:
            broken.append(stream)
            mine, next_due = [], now + RETRY_AFTER
        except Exception as error:  # noqa: BLE001  a bug in one duty must not keep the others from being done; it is in the log as a bug
            log_failure("scheduler", error, stream=stream)
            broken.append(stream)
            mine, next_due = [], now + RETRY_AFTER
        submissions += mine
        if not mine:
            agenda[stream] = next_due
    return submissions, agenda, tuple(broken)


def _commands_of(
    engine: Engine, stream: str, now: datetime, is_working: IsWorking
) -> tuple[list[Submission], datetime | None]:
    state, context, compiled = engine.context(stream, CLOCK, now)
    context, rulebook = replace(context, is_working=is_working), compiled.rulebook
    if isinstance(state, RoutineCheck):
        commands, next_due = rectification.duties(state, context), rectification.next_due(state, rulebook, is_working)
    else:
        assert isinstance(state, Assessment)
        year = engine.state(year_stream(state.year))
        assert isinstance(year, Year)
        commands = owed(state, replace(context, year=year))
        next_due = reminders.next_due(state, rulebook, is_working, weekly=reminders.sends_weekly(state, year.closed))
        # A score that waits for a case becomes due again when the case changes.
        next_due = None if reminders.waits_for_case(state, context) else next_due
    submissions = [
        Submission(stream, command, CLOCK, f"{stream}@{state.version}-{at}") for at, command in enumerate(commands)
    ]
    return submissions, next_due


def _stale(state: Assessment, context: Context) -> Iterator[Command]:
    """Note a score that is no longer valid, and one that is valid again; send a result back to the committee (F5)."""
    changed = scoring.changed_cases(state, context)
    reached = state.stage in ("approval", "circulation")
    if changed and reached and context.rulebook.settings.revised_result.value == "committee":
        yield ReopenResult(cases=changed, reason=as_recorded(CASES_CHANGED))
    elif changed != (state.noted or ()):
        yield NoteStaleScore(cases=changed)
