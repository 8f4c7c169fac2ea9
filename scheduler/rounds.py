"""One round of the daemon: read which assessments and routine checks are due, and submit the commands for each.

The commands remind, escalate, let reminders lapse, move a deadline that cannot be met, raise or lift a veto, note a
stale score, and reopen a result. There is no memory between rounds: the ledger shows what is already done. So a missed
night, a restart, or two daemons at once lead to the same entries. A round without due streams needs one indexed query,
however many assessments there are.
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
from states.deadlines.reasons import SOURCES_CHANGED, VETO_GROUND_CHANGED, recorded_reason
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

BATCH_SIZE = 200
"""The number of streams whose commands share a transaction."""

RETRY_AFTER = timedelta(hours=1)
"""The time after which a stream that could not be read is tried again."""


class Round(Struct, frozen=True):
    """The outcome of one round: the numbers of due streams, of written entries and of refused commands.

    A command is refused if somebody else was faster. `failed` are the streams that could not be read, which are tried
    again after `RETRY_AFTER`, and those where a command id of the daemon belongs to another command. Nobody else can
    use such an id, so in that case the ledger is damaged.
    """

    due: int = 0
    written: int = 0
    refused: int = 0
    failed: tuple[str, ...] = ()


def run(engine: Engine, now: datetime, is_working: IsWorking | None = None) -> Round:
    """Do what is due by `now` (aware, and the time of the engine's clock), in batches, as far as this round can.

    The round ends early if a batch writes nothing, or if a command is refused because somebody else was faster. The
    next round does the rest.

    `is_working` tells the working days; None: those of the database.
    """
    due = written = refused = 0
    failed: tuple[str, ...] = ()
    while True:
        head = engine.ledger.head().number
        streams = queries.due_streams(engine.ledger.database, now, BATCH_SIZE)
        due += len(streams)
        if not streams:
            break
        is_working = is_working or working_days(engine.ledger.database).is_working
        submissions, due_times, unreadable = _submissions_for(engine, streams, now, is_working)
        failed += unreadable
        engine.set_due_times(due_times, head)
        answers = engine.submit_many(submissions)
        new = sum(isinstance(a, Accepted) and not a.repeated for a in answers)
        refusals = sum(isinstance(a, Refusal) for a in answers)
        failed += tuple(s.stream for s, a in zip(submissions, answers, strict=True) if isinstance(a, IdTaken))
        written, refused = written + new, refused + refusals
        # If nothing was written, or somebody else was faster, the rest is left to the next round.
        if refusals or not new:
            break
    return Round(due, written, refused, failed)


def due_commands(state: Assessment, context: Context) -> Iterator[Command]:
    """The daemon's commands for one assessment now: vetoes and a stale score or, without these, reminders.

    A veto or a reopening can change the next stage. So the reminders are computed after them, in the next batch.
    """
    if state.stage in (UNOPENED, WITHDRAWN):
        return
    changes = [*_vetoes(state, context), *_stale(state, context)]
    yield from changes or reminders.duties(state, context)


def _vetoes(state: Assessment, context: Context) -> Iterator[Command]:
    """Raise the veto of a case if it is not in force yet; lift a veto that no longer follows from its case."""
    due = {(veto.id, veto.finding): veto for veto in vetoes.due_vetoes(state, context)}
    in_force = {(veto.id, veto.finding) for veto in state.vetoes if not veto.is_judged}
    for id_, _ in sorted(in_force - due.keys()):
        yield LiftVeto(veto=id_, reason=recorded_reason(VETO_GROUND_CHANGED))
    for key, veto in due.items():
        if key not in in_force:
            yield RaiseVeto(
                veto=veto.id,
                finding=veto.finding,
                outcome=veto.outcome,
                since=veto.since,
                late=state.is_approved,
            )


def _submissions_for(
    engine: Engine, streams: list[str], now: datetime, is_working: IsWorking
) -> tuple[list[Submission], dict[str, datetime | None], tuple[str, ...]]:
    """The commands for these streams, the next due time of each stream without one, and the unreadable streams."""
    # A stream that cannot be read (a damaged entry, a missing edition) must not stop the commands for the others.
    submissions: list[Submission] = []
    due_times: dict[str, datetime | None] = {}
    unreadable = []
    for stream in streams:
        try:
            commands, next_due = _submissions_of(engine, stream, now, is_working)
        except ConnectionLost:
            raise
        except UserError:
            unreadable.append(stream)
            commands, next_due = [], now + RETRY_AFTER
        except Exception as error:  # noqa: BLE001  a bug in one stream's rules must not stop the others; it is logged
            log_failure("scheduler", error, stream=stream)
            unreadable.append(stream)
            commands, next_due = [], now + RETRY_AFTER
        submissions += commands
        if not commands:
            due_times[stream] = next_due
    return submissions, due_times, tuple(unreadable)


def _submissions_of(
    engine: Engine, stream: str, now: datetime, is_working: IsWorking
) -> tuple[list[Submission], datetime | None]:
    """The daemon's commands for one stream, and the time at which it is next due (None: no time)."""
    state, context, compiled = engine.context(stream, CLOCK, now)
    context, rulebook = replace(context, is_working=is_working), compiled.rulebook
    if isinstance(state, RoutineCheck):
        commands, next_due = rectification.duties(state, context), rectification.next_due(state, rulebook, is_working)
    else:
        assert isinstance(state, Assessment)
        year = engine.state(year_stream(state.year))
        assert isinstance(year, Year)
        commands = due_commands(state, replace(context, year=year))
        next_due = reminders.next_due(state, rulebook, is_working, weekly=reminders.sends_weekly(state, year.closed))
        # A score that waits for a case becomes due again when the case changes, and not at a certain time.
        next_due = None if reminders.waits_for_case(state, context) else next_due
    submissions = [
        Submission(stream, command, CLOCK, f"{stream}@{state.version}-{index}")
        for index, command in enumerate(commands)
    ]
    return submissions, next_due


def _stale(state: Assessment, context: Context) -> Iterator[Command]:
    """Note that a score is no longer valid, or is valid again; send an approved result back to the committee (F5)."""
    changed = scoring.changed_sources(state, context)
    if changed and state.is_approved and context.rulebook.readings["revised_result"].value == "committee":
        yield ReopenResult(sources=changed, reason=recorded_reason(SOURCES_CHANGED))
    elif changed != (state.noted or ()):
        yield NoteStaleScore(sources=changed)
