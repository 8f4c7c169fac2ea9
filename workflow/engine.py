"""The engine: turns a command into an entry or a refusal, in one transaction. It is the only writer of the ledger.

The steps: open the transaction, read the entries that were added meanwhile, decide (`states/chart.py`), append the
entry, write the projection, store the answer, commit. Many commands may share a transaction. Each is decided by itself.
A refused command writes nothing. Only a grave refusal leaves an entry, in the stream `access`. The engine asks the
clock once in each transaction, and no code below it does.

Also here: the committed states, and the decision about a command before it is submitted (`previews.py`).
"""

# States are cached between transactions (`storage/state_cache.py`). This is safe for two reasons: an entry never
# changes, so a cached fold stays correct; and the transaction locks the ledger's head row, which shows whether entries
# were added meanwhile.

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
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
from states.acts import ACT_OF_FACT, ACTS
from states.assessment import Assessment
from states.binding import binding_pin, context_for
from states.chart import decide
from states.command_ids import CommandId
from states.compiled_rulebook import CompiledRulebook
from states.context import CASES, EARLIER, Context
from states.custody.confirmed_time import ConfirmTime
from states.deadlines import days
from states.records.account import Account, Deputyship
from states.records.roster import Roster
from states.refusals import IdTaken, OutcomeChanged, Refusal, stale_form
from states.rulebook.types import Rulebook
from states.stream_kinds import State, fold
from states.streams import ACCESS, account_stream
from states.vocabulary import Actor, Command, Fact, Text
from storage.database.prepared import SideWrite
from storage.ledger.chain import Entry, encode_canonical
from storage.ledger.ledger import Ledger
from storage.state_cache import StateCache

from .editions import Editions
from .fence import Fence, TimeDoubt
from .previews import ActorsInRoles, Decision, DryRun, Preview, ResolvedStream, digest_of
from .projections import project
from .request_checks import check_role, check_session
from .unit_of_work import UnitOfWork


class CommandLog(Protocol):
    """The log of the engine: one event for each command, without personal data."""

    def info(self, event: str, **values: object) -> None: ...


class Submission(Struct, frozen=True):
    """One command for one stream.

    - `command_id`: an `OutsideId` if it came with a request, a string if the program made it.
    - `expected_version`: the version of the stream that the form showed. None: it is not checked.
    - `expected_fact`: the digest of the fact that the form showed (`previews.py`). None: it is not checked.
    - `beside`: rows to write in tables beside the ledger, together with the entry. A repeated answer writes none.
    - `decision`: the decision that the page or the preview prepared. It is prepared again if it is out of date.
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
        """The command id in the form that the ledger stores."""
        return command_ids.make_scoped_id(self.actor, self.command_id)


class Accepted(Struct, frozen=True):
    """The answer to an accepted command: its entry. `repeated`: the id was answered before, so nothing was written."""

    stream: str
    version: int
    number: int
    kind: str
    repeated: bool = False


Answer = Accepted | Refusal


class Engine:
    """The only writer of the ledger.

    Threads may share an engine. Processes may share a database; each has its own engine.

    While the machine's time is in doubt, a `fenced` engine accepts only what is needed to confirm the time. An engine
    with a virtual clock is not fenced, because such a clock jumps on purpose.
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
        self._states = StateCache(ledger, lambda pin: self.editions.of_pin(pin).rulebook)
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
        """Do one command. Raises its `Refusal`. Safe to repeat with the same `command_id`."""
        submission = Submission(stream, command, actor, command_id, expected_version, tuple(beside), expected_fact)
        answer = self.submit_many([submission])[0]
        if isinstance(answer, Refusal):
            raise answer
        return answer

    def submit_many(self, submissions: Sequence[Submission]) -> list[Answer]:
        """Do many commands in order, in one transaction. Returns one answer for each: `Accepted`, or its refusal.

        All are committed together; a refused command does not stop the others. While the time is in doubt, all are
        refused if one of them is not possible then.
        """
        if not submissions:
            return []
        doubt = self._current_doubt()
        if doubt is not None and not all(self._is_possible_in_doubt(submission) for submission in submissions):
            rulebook = self.editions.in_force.rulebook
            answers: list[Answer] = [
                doubt.refusal(
                    policy.title(submission.command.act, rulebook, record=submission.command), rulebook.timezone
                )
                for submission in submissions
            ]
        else:
            answers = self._submit_all(submissions)
        for submission, answer in zip(submissions, answers, strict=True):
            self._log_answer(submission, answer)
        return answers

    def _submit_all(self, submissions: Sequence[Submission]) -> list[Answer]:
        # The order matters. The thread lock comes before the transaction, so that the threads of one process wait here
        # and do not compete for the database's lock. The clock is asked after the head row is locked; otherwise an
        # entry could get an earlier time than the entry before it. The cache gets the new states only after the commit,
        # so that a failed transaction leaves it unchanged.
        deadline = self.ledger.database.deadline()
        with deadline.acquire(self._writing):
            with self.ledger.transaction([submission.id for submission in submissions], deadline) as transaction:
                work = UnitOfWork(self._states, transaction)
                now = self.clock.now()
                answers = [self._submit_one(submission, work, now) for submission in submissions]
            work.commit()
        return answers

    def check_time(self, act: Text) -> None:
        """Raise `TimeInDoubt` if the machine's time is in doubt. For work that is not a command but depends on it."""
        if (doubt := self._current_doubt()) is not None:
            raise doubt.refusal(act, self.editions.in_force.rulebook.timezone)

    def state(self, stream: str) -> State:
        """The committed state of a stream."""
        return self._states.state(stream)

    def accounts(self, ids: Iterable[str]) -> list[Account]:
        """The committed states of these accounts. For pages about all accounts."""
        states = self._states.states(map(account_stream, ids))
        return [state for state in states if isinstance(state, Account)]

    def roster(self) -> Roster:
        """The committed roster."""
        return self._states.roster()

    def people(self) -> Mapping[str, str]:
        """The member of a team to whom each account belongs, by the id of the account, as last committed."""
        return self._states.people()

    def deputyships(self, account: Account, now: datetime) -> tuple[Deputyship, ...]:
        """What an account may do as the deputy of others at `now`, as last committed."""
        return self._states.deputyships(account, self.editions.in_force.today(now))

    def assessments_at(self, versions: Mapping[str, int]) -> list[Assessment]:
        """The assessments of these streams, each at this version or a later one. For pages with many assessments."""
        return [state for state in self._states.at_versions(versions) if isinstance(state, Assessment)]

    def context(
        self, stream: str, actor: Actor, now: datetime | None = None
    ) -> tuple[State, Context, CompiledRulebook]:
        """A stream's state, the context of a decision about it (at `now` or at present), and the edition for it."""
        resolved = self.resolve(stream, actor, now)
        return resolved.state, resolved.context, resolved.compiled

    def resolve(self, stream: str, actor: Actor, now: datetime | None = None) -> ResolvedStream:
        """Like `context`, with the head of the ledger at which it was read. `prepare` can use the result again."""
        # The head is read first. So if an entry is added while the rest is read, the result counts as out of date.
        head = self.ledger.head()
        state, compiled = self._states.state(stream), self._binding_edition(stream, self._states.pin)
        context = context_for(state, CASES, actor, now or self.clock.now(), compiled, self._states)
        return ResolvedStream(state, context, compiled, CASES, head)

    def rulebook_of(self, stream: str) -> Rulebook:
        """The rulebook that binds a stream. It costs less than a whole context."""
        return self.edition_of(stream).rulebook

    def edition_of(self, stream: str) -> CompiledRulebook:
        """The edition that binds a stream."""
        return self._binding_edition(stream, self._states.pin)

    def prepare(
        self,
        stream: str,
        command: Command,
        actors_in: ActorsInRoles,
        now: datetime | None = None,
        earlier: ResolvedStream | None = None,
    ) -> Decision:
        """Prepare the decision about a command, for its preview and its submission. Nothing is decided yet.

        `actors_in` returns the actors in the roles that may do the act. The first of them who may do this command is
        the actor, or else the first one. `earlier` is used if the ledger has not changed since and it has everything
        that the command needs.
        """
        if earlier is None or earlier.head != self.ledger.head() or not ACTS[command.act].needs <= earlier.needs:
            return self._prepare(stream, command, actors_in, now or self.clock.now(), DryRun(self._states))
        roles, _clause = policy.entitled_roles(command.act, earlier.state, command, earlier.compiled.rulebook)
        context = _with_permitted_actor(actors_in(*roles), earlier.state, command, earlier.context)
        # The context has only what the act needs, because the replay decides with exactly that context.
        if not ACTS[command.act].needs >= CASES:
            results = context.earlier if ACTS[command.act].needs >= EARLIER else {}
            context = replace(context, cases=(), checks=(), records=(), earlier=results)
        return Decision(stream, command, earlier.state, context, earlier.compiled, earlier.head)

    def preview(self, stream: str, command: Command, actor: Actor, now: datetime | None = None) -> Preview:
        """The effect of the command if it were submitted at `now`. Raises its `Refusal`. Nothing is written."""
        return self.prepare(stream, command, lambda *_: (actor,), now).preview()

    def preview_many(
        self, commands: Sequence[tuple[str, Command]], actors_in: ActorsInRoles, now: datetime | None = None
    ) -> list[Preview | Refusal]:
        """The effect of each command, or its refusal, if all were submitted now in this order. Nothing is written.

        Each command is decided as if the accepted ones before it were done.
        """
        dry_run, moment = DryRun(self._states), now or self.clock.now()
        answers: list[Preview | Refusal] = []
        for stream, command in commands:
            try:
                answers.append(preview := self._prepare(stream, command, actors_in, moment, dry_run).preview())
                dry_run.write(preview)
            except Refusal as refusal:
                answers.append(refusal)
        return answers

    def _prepare(
        self, stream: str, command: Command, actors_in: ActorsInRoles, now: datetime, dry_run: DryRun
    ) -> Decision:
        head = dry_run.head()
        state, compiled = dry_run.state(stream), self._binding_edition(stream, dry_run.pin)
        roles, _clause = policy.entitled_roles(command.act, state, command, compiled.rulebook)
        actors, needs = actors_in(*roles), ACTS[command.act].needs
        context = context_for(state, needs, actors[0], now, compiled, dry_run, command)
        context = _with_permitted_actor(actors, state, command, context)
        return Decision(stream, command, state, context, compiled, head)

    def set_due_times(self, due_times: dict[str, datetime | None], last_number: int) -> None:
        """Store when streams are next due, after a round in which the clock had nothing to do for them.

        No entry is written. `last_number` is the number of the last entry before the round. If there are more entries
        now, nothing is stored: one of them may make a stream due, and the next round checks again.
        """
        if due_times:
            with self.ledger.transaction() as transaction:
                if transaction.head.number == last_number:
                    for stream, moment in due_times.items():
                        transaction.set_due(stream, moment)

    def _current_doubt(self) -> TimeDoubt | None:
        return self.fence.doubt(self.clock.now()) if self._fenced else None

    def _is_possible_in_doubt(self, submission: Submission) -> bool:
        """Whether a command is possible while the time is in doubt: confirm the time, or sign in or out for that."""
        # A sign-in leaves an entry with the doubtful time, and no later entry may have an earlier time. So only people
        # who can confirm the time may sign in.
        if isinstance(submission.command, BeginSession | EndSessions):
            state = self.state(submission.stream)
            return isinstance(state, Account) and not state.roles.isdisjoint(
                policy.entitled_roles("confirm_time", None, None, self.editions.in_force.rulebook)[0]
            )
        return isinstance(submission.command, ConfirmTime)

    def _submit_one(self, submission: Submission, work: UnitOfWork, now: datetime) -> Answer:
        """Decide one command inside the transaction. Record its entry or, if the refusal is grave, the attempt."""
        stream = submission.stream
        try:
            privacy.check_metadata(stream, submission.actor, submission.id)
            command_ids.check(submission.actor.id, submission.actor.role, submission.id)
        except Refusal as refusal:
            return refusal
        state = work.state(stream)
        compiled = self._binding_edition(stream, work.pin)
        context = self._context(submission, state, compiled, work, now)
        # This comes before the decision: a repeated id gets its first answer even if the command is no longer possible.
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
        """The context of the decision: that of `Submission.decision` if it is still current, otherwise a new one."""
        decision = submission.decision
        if decision is not None and decision.is_current(work.transaction.head, submission.actor):
            return decision.context_at(now)
        needs = ACTS[submission.command.act].needs
        return context_for(state, needs, submission.actor, now, compiled, work, submission.command)

    def _repeat_answer(
        self, submission: Submission, number: int, state: State, context: Context, work: UnitOfWork
    ) -> Answer:
        """Repeat the first answer to a command id: after a double click, or after a commit whose answer was lost.

        An id belongs to one act of one actor on one stream, so its use for another is refused. An actor who may no
        longer do the act is also refused.
        """
        # These refusals leave no entry, because the replay expects no further entry with an id that was answered.
        entry = work.transaction.entry(number)
        is_same = entry is not None and (entry.stream, entry.actor) == (submission.stream, submission.actor.id)
        if entry is None or not is_same or ACT_OF_FACT.get(entry.kind) != submission.command.act:
            return IdTaken(id=str(submission.command_id))
        try:
            policy.permit_recorded_answer(submission.command.act, state, submission.command, context)
        except Refusal as refusal:
            return refusal
        return Accepted(entry.stream, entry.version, entry.number, entry.kind, repeated=True)

    def _binding_edition(self, stream: str, pin_of: Callable[[str], str]) -> CompiledRulebook:
        return self.editions.of_pin(binding_pin(stream, pin_of)).at(stream)

    def _append(
        self,
        submission: Submission,
        fact: Fact,
        state: State,
        compiled: CompiledRulebook,
        work: UnitOfWork,
        now: datetime,
    ) -> Entry:
        self.editions.store_if_missing(compiled, work.transaction)
        return work.transaction.append(
            stream=submission.stream,
            version=state.version + 1,
            kind=fact.kind,
            payload=encode_canonical(fact),
            actor=submission.actor.id,
            role=submission.actor.role,
            home=submission.actor.unit,
            principal=submission.actor.principal,
            happened_at=days.happened_at(fact, compiled.rulebook.timezone),
            now=now,
            rulebook=compiled.pin,
            command=submission.id,
        )

    def _record_attempt(
        self, submission: Submission, refusal: Refusal, compiled: CompiledRulebook, work: UnitOfWork, now: datetime
    ) -> None:
        """Record a refused attempt in the stream `access`."""
        # The command's values are not recorded: they may have been refused because they contain personal data.
        grave = next(part for part in refusal.faults if part.grave)
        fact = RefusedCommand(act=submission.command.act, stream=submission.stream, refusal=grave.code)
        state = work.state(ACCESS)
        attempt = Submission(ACCESS, submission.command, submission.actor, submission.command_id)
        entry = self._append(attempt, fact, state, compiled, work, now)
        work.write(fold(state, fact, entry), compiled.pin)

    def _log_answer(self, submission: Submission, answer: Answer) -> None:
        act, stream = submission.command.act, submission.stream
        if isinstance(answer, Refusal):
            self._log.info("refused", act=act, stream=stream, refusal=answer.code)
        else:
            self._log.info("done", act=act, stream=stream, number=answer.number)


def _with_permitted_actor(actors: Sequence[Actor], state: State, command: Command, context: Context) -> Context:
    """The context with the first actor who may do the command, or else with the first one, who is then refused."""
    # A command for another kind of stream is refused by the rules, from anybody.
    if not isinstance(state, ACTS[command.act].state_type):
        return replace(context, actor=actors[0])
    contexts = [replace(context, actor=actor) for actor in actors]
    return next((one for one in contexts if policy.may_do(command.act, state, command, one)), contexts[0])


def _decide(
    submission: Submission, state: State, context: Context, compiled: CompiledRulebook, work: UnitOfWork
) -> Fact:
    """The fact of a command. Raises the first `Refusal`.

    The order of the checks: the session, the version of the form, the rules, the role, the fact of the form.
    """
    command = submission.command
    title = policy.title(command.act, compiled.rulebook, record=command)
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
