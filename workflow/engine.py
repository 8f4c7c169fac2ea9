"""The engine: from a command to an entry, in one transaction.

Open the transaction, read what others wrote meanwhile, decide (pure, `states/chart.py`), append the entry, project,
store the answer, commit. Many commands may share a transaction; each is decided by itself, and a refused one writes
nothing of its own. The clock is asked once in each transaction, here and nowhere below.
"""

# States are cached between transactions (`storage/state_cache.py`). That is safe because an entry never changes, so a
# fold stays true; and because the transaction locks the ledger's head row, which says whether entries were added
# meanwhile.

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from threading import Lock
from typing import Protocol, Self

from msgspec import Struct
from msgspec.structs import replace

from config.clock import Clock
from config.rulebooks import Edition
from states import command_ids, policy, privacy
from states.accounts.attempts import RefusedCommand
from states.accounts.sessions import BeginSession, EndSessions
from states.assessment import Assessment
from states.binding import context_for, pin_that_binds
from states.chart import ACT_OF_FACT, ACTS, decide
from states.command_ids import CommandId
from states.compiled_rulebook import CompiledRulebook
from states.context import CASES, Context
from states.custody.confirmed_time import ROLES_OF_ACT as MAY_CONFIRM
from states.custody.confirmed_time import ConfirmTime
from states.deadlines import days
from states.records.account import Account
from states.records.roster import Roster
from states.refusals import IdTaken, OutcomeChanged, Refusal, stale_form
from states.stream_kinds import State, fold
from states.streams import ACCESS
from states.vocabulary import Actor, Command, Fact, Text
from storage.database.prepared import SideWrite
from storage.ledger.chain import Entry, canonical
from storage.ledger.ledger import Ledger
from storage.state_cache import StateCache

from .editions import Editions
from .fence import Fence, TimeDoubt
from .previews import Decision, DryRun, Entitled, Preview, Resolved, digest_of
from .projections import project
from .request_checks import check_role, check_session
from .unit_of_work import UnitOfWork


class CommandLog(Protocol):
    """Where the engine logs: one event for each command, never personal data."""

    def info(self, event: str, **values: object) -> None: ...


class Submission(Struct, frozen=True):
    """One command for one stream.

    - `command_id`: an `OutsideId` came with a request; the program made a string. `id` is the form the ledger stores.
    - `expected_version`: the version of the stream that the form showed; None: not checked.
    - `expected_fact`: the digest of the fact that the form showed (`previews.py`); None: not checked.
    - `beside`: rows to write beside the ledger, with the entry; not written when an answer is repeated.
    - `decision`: what the page or preview resolved before. Used if it is still true; otherwise resolved again.
    """

    stream: str
    command: Command
    actor: Actor
    command_id: CommandId
    expected_version: int | None = None
    beside: tuple[SideWrite, ...] = ()
    expected_fact: str | None = None
    decision: Decision | None = None

    @property
    def id(self) -> str:
        return command_ids.scoped(self.actor, self.command_id)


class Accepted(Struct, frozen=True):
    """The answer to a command: its entry. `repeated`: the same id was answered before, and nothing was done now."""

    stream: str
    version: int
    number: int
    kind: str
    repeated: bool = False


Answer = Accepted | Refusal


class Engine:
    """The only writer of the ledger.

    Threads may share an engine; processes may share a database, each with its own engine.

    A `fenced` engine accepts no command while the machine's time is in doubt. Not for a virtual clock: it jumps on
    purpose.
    """

    def __init__(
        self, ledger: Ledger, clock: Clock, edition: Edition, log: CommandLog, *, fenced: bool = False
    ) -> None:
        self.ledger = ledger
        self.clock = clock
        self.editions = Editions(ledger.database, edition)
        self._log = log
        self._fenced = fenced
        self.fence = Fence(ledger.database, lambda: ledger.head().recorded_at)
        self._states = StateCache(ledger)
        self._writing = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the ledger and its database."""
        self.ledger.close()
        self.ledger.database.close()

    def submit(
        self,
        stream: str,
        command: Command,
        actor: Actor,
        command_id: CommandId,
        expected_version: int | None = None,
        beside: Sequence[SideWrite] = (),
        expected_fact: str | None = None,
    ) -> Accepted:
        """Do one command, or raise its `Refusal`. Safe to repeat with the same `command_id`."""
        submission = Submission(stream, command, actor, command_id, expected_version, tuple(beside), expected_fact)
        answer = self.submit_many([submission])[0]
        if isinstance(answer, Refusal):
            raise answer
        return answer

    def submit_many(self, submissions: Sequence[Submission]) -> list[Answer]:
        """Do many commands in one transaction, in order, and return one answer for each. All are committed together."""
        if not submissions:
            return []
        doubt = self._in_doubt()
        if doubt is not None and not all(self._may_in_doubt(one) for one in submissions):
            rulebook = self.editions.in_force.rulebook
            answers: list[Answer] = [
                doubt.refusal(policy.title(one.command.act, rulebook), rulebook.timezone) for one in submissions
            ]
        else:
            answers = self._submit_all(submissions)
        for submission, answer in zip(submissions, answers, strict=True):
            self._log_answer(submission, answer)
        return answers

    def _submit_all(self, submissions: Sequence[Submission]) -> list[Answer]:
        # The order matters. The thread lock comes before the transaction: threads of one process then queue here and do
        # not compete for the database's lock. The clock is asked after the head row is locked: asked before, an entry
        # could get an earlier time than the one before it. The cache gets the new states only after the commit: a
        # transaction that fails leaves it unchanged.
        deadline = self.ledger.database.deadline()
        with deadline.holding(self._writing):
            with self.ledger.transaction([one.id for one in submissions], deadline) as transaction:
                work = UnitOfWork(self._states, transaction)
                now = self.clock.now()
                answers = [self._submit_one(one, work, now) for one in submissions]
            work.commit()
        return answers

    def check_time(self, act: Text) -> None:
        """Raise `TimeInDoubt` if the machine's time is in doubt.

        For acts that depend on the time and are not commands.
        """
        if (doubt := self._in_doubt()) is not None:
            raise doubt.refusal(act, self.editions.in_force.rulebook.timezone)

    def state(self, stream: str) -> State:
        """The state of a stream, as last committed."""
        return self._states.state(stream)

    def roster(self) -> Roster:
        """The roster, as last committed."""
        return self._states.roster()

    def assessments_at(self, versions: Mapping[str, int]) -> list[Assessment]:
        """Assessments, each at its projected version or a later one. For pages that show many at once."""
        return [state for state in self._states.at_versions(versions) if isinstance(state, Assessment)]

    def context(
        self, stream: str, actor: Actor, now: datetime | None = None
    ) -> tuple[State, Context, CompiledRulebook]:
        """A stream's state, the context of a decision about it now, and the edition that binds it. For rounds."""
        resolved = self.resolve(stream, actor, now)
        return resolved.state, resolved.context, resolved.compiled

    def resolve(self, stream: str, actor: Actor, now: datetime | None = None) -> Resolved:
        """As `context`, with the head of the ledger it was read at. For pages: `prepare` uses it again."""
        head = self.ledger.head()  # read first: anything written while the rest is read makes this out of date
        state, compiled = self._states.state(stream), self._binding(stream, self._states.pin)
        context = context_for(state, CASES, actor, now or self.clock.now(), compiled, self._states)
        return Resolved(state, context, compiled, CASES, head)

    def prepare(
        self,
        stream: str,
        command: Command,
        entitled: Entitled,
        now: datetime | None = None,
        earlier: Resolved | None = None,
    ) -> Decision:
        """Resolve everything that a command is decided on, for its preview and its submission.

        `entitled` gives the actor in the role that the act is for. What was resolved `earlier` is used if the ledger
        has not changed since and the command needs no more.
        """
        if earlier is None or earlier.head != self.ledger.head() or not ACTS[command.act].needs <= earlier.needs:
            return self._prepare(stream, command, entitled, now or self.clock.now(), DryRun(self._states))
        roles, _clause = policy.entitled(command.act, earlier.state, command, earlier.compiled.rulebook)
        context = replace(earlier.context, actor=entitled(*roles))
        # An act gets what it needs and no more: the replay will decide with the same context.
        if not ACTS[command.act].needs >= CASES:
            context = replace(context, cases=(), checks=())
        return Decision(stream, command, earlier.state, context, earlier.compiled, earlier.head)

    def preview(self, stream: str, command: Command, actor: Actor, now: datetime | None = None) -> Preview:
        """What the command would do if it were submitted now. Raises its `Refusal`. Nothing is written."""
        return self.prepare(stream, command, lambda *_: actor, now).preview()

    def preview_many(
        self, commands: Sequence[tuple[str, Command]], entitled: Entitled, now: datetime | None = None
    ) -> list[Preview | Refusal]:
        """What each command would do if all were submitted now, in order.

        Each is decided as if the ones before were done.
        """
        run, at = DryRun(self._states), now or self.clock.now()
        answers: list[Preview | Refusal] = []
        for stream, command in commands:
            try:
                answers.append(preview := self._prepare(stream, command, entitled, at, run).preview())
                run.write(preview)
            except Refusal as refusal:
                answers.append(refusal)
        return answers

    def _prepare(self, stream: str, command: Command, entitled: Entitled, now: datetime, run: DryRun) -> Decision:
        head = run.head()
        state, compiled = run.state(stream), self._binding(stream, run.pin)
        roles, _clause = policy.entitled(command.act, state, command, compiled.rulebook)
        context = context_for(state, ACTS[command.act].needs, entitled(*roles), now, compiled, run, command)
        return Decision(stream, command, state, context, compiled, head)

    def settle(self, agenda: dict[str, datetime | None], seen: int) -> None:
        """Set when assessments are next due, after a round that had nothing to do for them. Writes no entry.

        `seen` is the number of the last entry before the round began. If there are more entries now, nothing is set:
        one of them may be the case that makes an assessment due, and the next round looks again.
        """
        if agenda:
            with self.ledger.transaction() as transaction:
                if transaction.head.number == seen:
                    for stream, moment in agenda.items():
                        transaction.set_due(stream, moment)

    def _in_doubt(self) -> TimeDoubt | None:
        return self.fence.doubt(self.clock.now()) if self._fenced else None

    def _may_in_doubt(self, submission: Submission) -> bool:
        """Whether a command may be done while the time is in doubt: to confirm it, and to sign in and out for that."""
        # A sign-in leaves an entry with the doubtful time, and no later entry may be dated before it. So only those may
        # sign in who can confirm the time.
        if isinstance(submission.command, BeginSession | EndSessions):
            state = self.state(submission.stream)
            return isinstance(state, Account) and not state.roles.isdisjoint(MAY_CONFIRM["confirm_time"])
        return isinstance(submission.command, ConfirmTime)

    def _submit_one(self, submission: Submission, work: UnitOfWork, now: datetime) -> Answer:
        """Decide one command inside the transaction; record the entry, or the attempt if its refusal is grave."""
        stream = submission.stream
        try:
            privacy.check_names(stream, submission.actor, submission.id)
            command_ids.check(submission.actor.id, submission.actor.role, submission.id)
        except Refusal as refusal:
            return refusal
        state = work.state(stream)
        compiled = self._binding(stream, work.pin)
        context = self._context(submission, state, compiled, work, now)
        # Before anything is decided: a repeated id gets its first answer, although the command is no longer possible.
        first_answer = work.transaction.answers.get(submission.id)
        if first_answer is not None:
            return self._repeat_answer(submission, first_answer.first, state, context, work)
        try:
            fact = _decide(submission, state, context, compiled, work)
        except Refusal as refusal:
            if refusal.grave:
                self._record_attempt(submission, refusal, compiled, work, now)
            return refusal
        entry = self._append(submission, fact, state, compiled, work, now)
        work.transaction.record_answer(submission.id, entry.number, entry.number)
        after = fold(state, fact, entry)
        work.write(after, compiled.pin)
        project(state, after, entry, compiled, work)
        for make, values in submission.beside:
            work.transaction.write_beside(make, values)
        return Accepted(stream, entry.version, entry.number, fact.kind)

    def _context(
        self, submission: Submission, state: State, compiled: CompiledRulebook, work: UnitOfWork, now: datetime
    ) -> Context:
        """The context of the decision: an earlier one, if the ledger has not changed since; otherwise a new one."""
        decision = submission.decision
        if decision is not None and decision.holds(work.transaction.head, submission.actor):
            return decision.at(now)
        needs = ACTS[submission.command.act].needs
        return context_for(state, needs, submission.actor, now, compiled, work, submission.command)

    def _repeat_answer(
        self, submission: Submission, number: int, state: State, context: Context, work: UnitOfWork
    ) -> Answer:
        """The first answer to a command id again: after a double click, or after a commit whose answer was lost.

        An id stands for one act of one actor on one stream, so one used for anything else is refused. So is an actor
        who may not do the act any more.
        """
        # These refusals leave no entry: the replay expects none with an id that was answered.
        entry = work.transaction.entry(number)
        same = entry is not None and (entry.stream, entry.actor) == (submission.stream, submission.actor.id)
        if entry is None or not same or ACT_OF_FACT.get(entry.kind) != submission.command.act:
            return IdTaken(id=str(submission.command_id))
        try:
            policy.permit_again(submission.command.act, state, submission.command, context)
        except Refusal as refusal:
            return refusal
        return Accepted(entry.stream, entry.version, entry.number, entry.kind, repeated=True)

    def _binding(self, stream: str, pin_of: Callable[[str], str]) -> CompiledRulebook:
        return self.editions.compiled(pin_that_binds(stream, pin_of))

    def _append(
        self,
        submission: Submission,
        fact: Fact,
        state: State,
        compiled: CompiledRulebook,
        work: UnitOfWork,
        now: datetime,
    ) -> Entry:
        self.editions.keep(compiled, work.transaction)
        return work.transaction.append(
            stream=submission.stream,
            version=state.version + 1,
            kind=fact.kind,
            payload=canonical(fact),
            actor=submission.actor.id,
            role=submission.actor.role,
            home=submission.actor.unit,
            happened_at=days.happened_at(fact, compiled.rulebook.timezone),
            now=now,
            rulebook=compiled.pin,
            command=submission.id,
        )

    def _record_attempt(
        self, submission: Submission, refusal: Refusal, compiled: CompiledRulebook, work: UnitOfWork, now: datetime
    ) -> None:
        """Record a refused attempt in the stream `access`."""
        # Without the command's values: they were refused, perhaps because they contain personal data.
        grave = next(one for one in refusal.each if one.grave)
        fact = RefusedCommand(act=submission.command.act, stream=submission.stream, refusal=grave.code)
        state = work.state(ACCESS)
        at_access = Submission(ACCESS, submission.command, submission.actor, submission.command_id)
        entry = self._append(at_access, fact, state, compiled, work, now)
        work.write(fold(state, fact, entry), compiled.pin)

    def _log_answer(self, submission: Submission, answer: Answer) -> None:
        act, stream = submission.command.act, submission.stream
        if isinstance(answer, Refusal):
            self._log.info("refused", act=act, stream=stream, refusal=answer.code)
        else:
            self._log.info("done", act=act, stream=stream, number=answer.number)


def _decide(
    submission: Submission, state: State, context: Context, compiled: CompiledRulebook, work: UnitOfWork
) -> Fact:
    """The fact of a command, or its `Refusal`. The session comes first, then the form's version, then the law."""
    command, title = submission.command, policy.title(submission.command.act, compiled.rulebook)
    check_session(submission.command_id, title, context, work)
    if submission.expected_version is not None and submission.expected_version != state.version:
        newest = work.transaction.stream(submission.stream, after=max(state.version - 1, 0))
        accounts = [entry.actor for entry in newest]
        raise stale_form(submission.expected_version, state.version, accounts, submission.actor.id)
    fact = decide(state, command, context, compiled.chart)
    check_role(submission.command_id, title, context, work)
    if submission.expected_fact not in (None, digest_of(fact, compiled.pin)):
        raise OutcomeChanged(act=title)
    return fact
