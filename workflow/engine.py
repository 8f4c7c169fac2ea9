"""The engine: from a command to an entry, in one transaction.

Open the transaction, see what others wrote meanwhile, decide (pure, `states/chart.py`), append, project, remember the
answer, commit. Many commands may go in one transaction; each is decided by itself, and a refused one writes
nothing of its own. The clock is asked once a transaction, here and nowhere below.

States are remembered between transactions (`storage/state_cache.py`): an entry never changes, so a fold once made stays true, and
the head row, locked by the transaction, says whether anything was added.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from threading import Lock
from typing import Protocol, Self
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from config.rulebooks import Edition
from states import command_ids, policy, privacy
from states.accounts.account import CLAUSE
from states.accounts.attempts import RefusedCommand
from states.accounts.sessions import BeginSession, EndSessions
from states.assessment import Assessment
from states.binding import context_for, pin_that_binds
from states.chart import ACT_OF_FACT, ACTS, decide
from states.command_ids import CommandId, NoLongerYou, OutsideId, TokenEnded
from states.compiled_rulebook import CompiledRulebook
from states.context import CASES, Context
from states.custody.confirmed_time import BY as MAY_CONFIRM
from states.custody.confirmed_time import CLAUSE as DOUBT_CLAUSE
from states.custody.confirmed_time import ConfirmTime, TimeInDoubt
from states.deadlines import days, rectification, reminders
from states.records.account import Account
from states.records.case import Case
from states.records.lineage import heirs
from states.records.roster import Roster
from states.records.routine_check import RoutineCheck
from states.refusals import IdTaken, OutcomeChanged, Refusal, stale_form
from states.stream_kinds import State, fold
from states.streams import ACCESS, ROSTER, account_stream
from states.vocabulary import Actor, Command, Fact, Text
from storage.database.prepared import SideWrite
from storage.ledger.chain import Entry, canonical
from storage.ledger.ledger import Ledger
from storage.ledger.projection import assessment_row, case_row, routine_check_row
from storage.ledger.transaction import LedgerTransaction
from storage.state_cache import StateCache
from storage.vault.account_secrets import deletions

from .editions import Editions
from .fence import Doubt, Fence
from .previews import Decision, DryRun, Entitled, Preview, Resolved, digest_of
from .unit_of_work import UnitOfWork


class Clock(Protocol):
    """Whoever says what time it is: aware, UTC."""

    def now(self) -> datetime: ...


class Log(Protocol):
    """What the engine says of its work: one event per command, never personal data."""

    def info(self, event: str, **values: object) -> None: ...


class Submission(Struct, frozen=True):
    """One command for one stream. `expected_version` is the version the form showed; None asks for no check.

    `expected_fact` is the digest of the fact the form showed (`previews.py`); None asks for no check of that.
    `command_id` is an `OutsideId` where it came with a request; a string is one the program made. `id` is what the ledger keeps.
    What is to be written `beside` the ledger is written with the entry, and never on a repeated answer.
    `decision` is what the command was decided on before, if anything was: it is used where it still holds, and made anew where not.
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
    """The answer to a command: its entry, and whether it had been given before (`repeated`)."""

    stream: str
    version: int
    number: int
    kind: str
    repeated: bool = False


Answer = Accepted | Refusal


_WAKING = frozenset({"AssessmentOpened", "VetoRecorded", "VetoLifted"})
"""After these the clock looks at once: a case may have waited, a judgement may undo a result on record."""

AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)
"""When an assessment is due that is to be looked at. Not "now": a clock that was ahead and is set back would wait."""


class Engine:
    """The only writer. Many threads may use one; several processes may share one database, each with its own.

    One that is `fenced` takes no command while the machine's time is in doubt: on a virtual clock, which leaps, it cannot be.
    """

    def __init__(self, ledger: Ledger, clock: Clock, edition: Edition, log: Log, *, fenced: bool = False) -> None:
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
        """Give up the ledger and its database."""
        self.ledger.close()
        self.ledger.database.close()

    def submit(
        self, stream: str, command: Command, actor: Actor, command_id: CommandId, expected_version: int | None = None,
        beside: Sequence[SideWrite] = (), expected_fact: str | None = None,
    ) -> Accepted:  # fmt: skip
        """Do one command, or raise its `Refusal`. Safe to repeat with the same `command_id`."""
        asked = Submission(stream, command, actor, command_id, expected_version, tuple(beside), expected_fact)
        answer = self.submit_many([asked])[0]
        if isinstance(answer, Refusal):
            raise answer
        return answer

    def submit_many(self, submissions: Sequence[Submission]) -> list[Answer]:
        """Do many commands in one transaction, in order; one answer each. All is committed together."""
        if not submissions:
            return []
        if (found := self._in_doubt()) is not None and not all(self._may_in_doubt(s) for s in submissions):
            refused: list[Answer] = [self._doubted(s.command, found) for s in submissions]
            for submission, answer in zip(submissions, refused, strict=True):
                self._say(submission, answer)
            return refused
        deadline = self.ledger.database.deadline()
        with deadline.holding(self._writing):
            with self.ledger.transaction([s.id for s in submissions], deadline) as transaction:
                work = UnitOfWork(self._states, transaction)
                now = self.clock.now()
                answers = [self._one(s, transaction, work, now) for s in submissions]
            work.commit()
        for submission, answer in zip(submissions, answers, strict=True):
            self._say(submission, answer)
        return answers

    def check_time(self, act: Text) -> None:
        """`TimeInDoubt` where the machine's time is in doubt: before what is done by its time and is no command."""
        if (found := self._in_doubt()) is not None:
            raise self._time_in_doubt(act, found)

    def state(self, stream: str) -> State:
        """A stream as it stands, as last committed."""
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
        """A stream's state, what a decision about it would be handed now, and the edition that binds it. For rounds."""
        found = self.resolve(stream, actor, now)
        return found.state, found.context, found.compiled

    def resolve(self, stream: str, actor: Actor, now: datetime | None = None) -> Resolved:
        """As `context`, with the end of the ledger it was read at. For pages: `prepare` uses it again."""
        head = self.ledger.head()  # before anything is read: what is written meanwhile makes this out of date
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
        """What a command is decided on, for its preview and its submission; `entitled` gives the actor in the role the law names for it.

        What was resolved `earlier` is used if the ledger still ends where it did, and if the command needs no more.
        """
        if earlier is None or earlier.head != self.ledger.head() or not ACTS[command.act].needs <= earlier.needs:
            return self._prepare(stream, command, entitled, now or self.clock.now(), DryRun(self._states))
        roles, _clause = policy.entitled(command.act, earlier.state, command, earlier.compiled.rulebook)
        context = replace(earlier.context, actor=entitled(*roles))
        if not ACTS[command.act].needs >= CASES:
            context = replace(
                context, cases=(), checks=()
            )  # an act is handed what it needs and no more, here as in a replay
        return Decision(stream, command, earlier.state, context, earlier.compiled, earlier.head)

    def preview(self, stream: str, command: Command, actor: Actor, now: datetime | None = None) -> Preview:
        """What the command would do if it were submitted now, or its `Refusal`. Nothing is written."""
        return self.prepare(stream, command, lambda *_: actor, now).preview()

    def preview_many(
        self, asked: Sequence[tuple[str, Command]], entitled: Entitled, now: datetime | None = None
    ) -> list[Preview | Refusal]:
        """What each command would do if all of them were submitted now, in order, each decided after those before it that are possible."""
        run, at = DryRun(self._states), now or self.clock.now()
        answers: list[Preview | Refusal] = []
        for stream, command in asked:
            try:
                answers.append(found := self._prepare(stream, command, entitled, at, run).preview())
                run.write(found)
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
        """Set when assessments are next due, where a round found nothing to do. Writes no entry.

        `seen` is the number the ledger ended at before the round looked. If it has grown since, nothing is set: what
        was added may be the very case that makes an assessment due, and the next round looks again.
        """
        if agenda:
            with self.ledger.transaction() as transaction:
                if transaction.head.number == seen:
                    for stream, moment in agenda.items():
                        transaction.set_due(stream, moment)

    def _in_doubt(self) -> Doubt | None:
        return self.fence.doubt(self.clock.now()) if self._fenced else None

    def _may_in_doubt(self, asked: Submission) -> bool:
        """Whether this may be done while the time is in doubt: confirm it, and come in, and go again, to do so.

        Who signs in leaves an entry of the wrong time, before which no later one can be dated: so only who can mend it.
        """
        if isinstance(asked.command, BeginSession | EndSessions):
            state = self.state(asked.stream)
            return isinstance(state, Account) and not state.roles.isdisjoint(MAY_CONFIRM["confirm_time"])
        return isinstance(asked.command, ConfirmTime)

    def _doubted(self, command: Command, found: Doubt) -> TimeInDoubt:
        return self._time_in_doubt(policy.title(command.act, self.editions.in_force.rulebook), found)

    def _time_in_doubt(self, act: Text, found: Doubt) -> TimeInDoubt:
        zone = ZoneInfo(self.editions.in_force.rulebook.timezone)
        last, now = (f"{at.astimezone(zone):%Y-%m-%d %H:%M}" for at in (found.last, found.now))
        return TimeInDoubt(act=act, last=last, now=now, clause=DOUBT_CLAUSE)

    def _one(self, asked: Submission, transaction: LedgerTransaction, work: UnitOfWork, now: datetime) -> Answer:
        try:
            privacy.check_names(asked.stream, asked.actor, asked.id)
            command_ids.check(asked.actor.id, asked.actor.role, asked.id)
        except Refusal as refusal:
            return refusal
        given = transaction.answers.get(asked.id)
        state = work.state(asked.stream)
        compiled = self._binding(asked.stream, work.pin)
        decision = asked.decision
        if decision is not None and decision.holds(transaction.head, asked.actor):
            context = decision.at(now)
        else:
            needs = ACTS[asked.command.act].needs
            context = context_for(state, needs, asked.actor, now, compiled, work, asked.command)
        if given is not None:
            return self._again(asked, transaction, given.first, state, context)
        try:
            _check_asker(asked, work, context)
            if asked.expected_version is not None and asked.expected_version != state.version:
                last = [entry.actor for entry in transaction.stream(asked.stream, after=max(state.version - 1, 0))]
                raise stale_form(asked.expected_version, state.version, last, asked.actor.id)
            fact = decide(state, asked.command, context, compiled.chart)
            _check_role(asked, work, context)
            if asked.expected_fact not in (None, digest_of(fact, compiled.pin)):
                raise OutcomeChanged(act=policy.title(asked.command.act, context.rulebook))
        except Refusal as refusal:
            if refusal.grave:
                self._refused(asked, refusal, compiled, transaction, work, now)
            return refusal
        entry = self._append(asked, fact, state, compiled, transaction, now)
        transaction.record_answer(asked.id, entry.number, entry.number)
        after = fold(state, fact, entry)
        work.write(after, compiled.pin)
        self._project(state, after, compiled, entry, transaction, work)
        for make, values in asked.beside:
            transaction.write_beside(make, values)
        return Accepted(asked.stream, entry.version, entry.number, fact.kind)

    def _again(
        self, asked: Submission, transaction: LedgerTransaction, number: int, state: State, context: Context
    ) -> Answer:
        """The first answer, once more: a double click, or a commit whose answer was lost.

        An id that was used for something else is refused: it answers for one act of one actor on one stream. So is somebody
        who may not do that any more. It leaves no entry: an id that was answered is not refused after that, says the replay.
        """
        entry = transaction.entry(number)
        same = entry is not None and (entry.stream, entry.actor) == (asked.stream, asked.actor.id)
        if entry is None or not same or ACT_OF_FACT.get(entry.kind) != asked.command.act:
            return IdTaken(id=str(asked.command_id))
        try:
            policy.permit_again(asked.command.act, state, asked.command, context)
        except Refusal as refusal:
            return refusal
        return Accepted(entry.stream, entry.version, entry.number, entry.kind, repeated=True)

    def _binding(self, stream: str, pin_of: Callable[[str], str]) -> CompiledRulebook:
        return self.editions.compiled(pin_that_binds(stream, pin_of))

    def _append(
        self,
        asked: Submission,
        fact: Fact,
        state: State,
        compiled: CompiledRulebook,
        transaction: LedgerTransaction,
        now: datetime,
    ) -> Entry:
        self.editions.keep(compiled, transaction)
        return transaction.append(
            stream=asked.stream,
            version=state.version + 1,
            kind=fact.kind,
            payload=canonical(fact),
            actor=asked.actor.id,
            role=asked.actor.role,
            home=asked.actor.unit,
            happened_at=days.happened_at(fact, compiled.rulebook.timezone),
            now=now,
            rulebook=compiled.pin,
            command=asked.id,
        )

    def _refused(
        self,
        asked: Submission,
        refusal: Refusal,
        compiled: CompiledRulebook,
        transaction: LedgerTransaction,
        work: UnitOfWork,
        now: datetime,
    ) -> None:
        """An attempt of consequence is recorded too, without what was asked in words."""
        grave = next(one for one in refusal.each if one.grave)
        fact = RefusedCommand(act=asked.command.act, stream=asked.stream, refusal=grave.code)
        state = work.state(ACCESS)
        at_access = Submission(ACCESS, asked.command, asked.actor, asked.command_id)
        entry = self._append(at_access, fact, state, compiled, transaction, now)
        work.write(fold(state, fact, entry), compiled.pin)

    def _project(
        self,
        before: State,
        after: State,
        compiled: CompiledRulebook,
        entry: Entry,
        transaction: LedgerTransaction,
        work: UnitOfWork,
    ) -> None:
        """The row of what changed, and when the clock is next to look at what it may concern."""
        if isinstance(after, Assessment):
            due = AT_ONCE if entry.kind in _WAKING else reminders.next_due(after, compiled.rulebook)
            transaction.project("assessment", assessment_row(after, entry.number, due))
        elif isinstance(after, Case):
            assert isinstance(before, Case)
            transaction.project("case_record", case_row(after, entry.number))
            _wake({*before.units, *after.units}, transaction, work)
        elif isinstance(after, Roster):
            assert isinstance(before, Roster)
            changed = {one.unit for one in {*before.reorganisations} ^ {*after.reorganisations}}
            _wake(changed.union(*(heirs(unit, before) for unit in changed)), transaction, work)
        elif isinstance(after, RoutineCheck):
            transaction.project(
                "routine_check",
                routine_check_row(after, entry.number, rectification.next_due(after, compiled.rulebook)),
            )
        elif isinstance(after, Account):
            assert isinstance(before, Account)
            for make, values in deletions(before, after):
                transaction.write_beside(make, values)

    def _say(self, asked: Submission, answer: Answer) -> None:
        if isinstance(answer, Refusal):
            self._log.info("refused", act=asked.command.act, stream=asked.stream, refusal=answer.code)
        else:
            self._log.info("done", act=asked.command.act, stream=asked.stream, number=answer.number)


def _wake(units: set[str], transaction: LedgerTransaction, work: UnitOfWork) -> None:
    """Let the clock look at the assessments of these units and of their heirs: their cases may count otherwise now."""
    roster = work.state(ROSTER)
    assert isinstance(roster, Roster)
    for stream in work.assessments_of(units.union(*(heirs(unit, roster) for unit in units))):
        transaction.set_due(stream, AT_ONCE)


def _check_asker(asked: Submission, work: UnitOfWork, context: Context) -> None:
    """The token or session may have ended since the request came in; inside the transaction it cannot."""
    id_ = asked.command_id
    if not isinstance(id_, OutsideId):
        return
    account, title = _account(asked, work), policy.title(asked.command.act, context.rulebook)
    if id_.door == "api" and not account.holds_token(context.today):
        raise TokenEnded(act=title, account=asked.actor.id, clause=CLAUSE)
    if id_.session and id_.session not in account.sessions:
        raise NoLongerYou(act=title, account=asked.actor.id, clause=CLAUSE)


def _check_role(asked: Submission, work: UnitOfWork, context: Context) -> None:
    """So may the role or the unit of who asked. Whether they are the right ones is decided by then."""
    id_ = asked.command_id
    if (
        isinstance(id_, OutsideId)
        and (id_.session or id_.door == "api")
        and not _account(asked, work).may_be(asked.actor)
    ):
        raise NoLongerYou(act=policy.title(asked.command.act, context.rulebook), account=asked.actor.id, clause=CLAUSE)


def _account(asked: Submission, work: UnitOfWork) -> Account:
    account = work.state(account_stream(asked.actor.id))
    assert isinstance(account, Account)
    return account
