"""A command before it is submitted: the basis of the decision about it, and a preview of its effect.

Nothing is written. A request prepares a decision once; the page, the preview and the submission use the same one.
Inside the transaction the engine only compares the ledger's head (`Decision.head`), and prepares the decision again if
the head has changed.

The digest of a preview is submitted with the command (`Submission.expected_fact`). The engine compares it with the
digest of the fact that it is about to record, in the same transaction. So the recorded fact is the confirmed one.

Also here: a dry run of several commands (`DryRun`), and what a decision is prepared from (`ResolvedStream`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from states import policy
from states.cases.attribution import RecordsOfUnit, split_records, units_of
from states.chart import decide
from states.compiled_rulebook import CompiledRulebook
from states.context import Context, Needs
from states.records.earlier_result import EarlierResult
from states.records.year import Progress
from states.stream_kinds import State, fold
from states.streams import assessments_of_year, id_of
from states.vocabulary import Actor, Citation, Command, Digest, Fact, Text
from states.year.year import progress
from storage import queries
from storage.ledger.chain import encode_canonical
from storage.ledger.transaction import LedgerHead
from storage.state_cache import StateCache, holders


class ActorsInRoles(Protocol):
    """Returns the user as an actor in each of these roles that the user has, at least one actor (`User.actors_in`)."""

    def __call__(self, *roles: str) -> Sequence[Actor]: ...


class ResolvedStream(Struct, frozen=True):
    """A stream's state, the context of a decision about it, and the edition that binds it.

    `needs` says which records the context contains. `head` is the head of the ledger before all this was read.
    """

    state: State
    context: Context
    compiled: CompiledRulebook
    needs: Needs
    head: LedgerHead


class Decision(Struct, frozen=True):
    """The basis of the decision about one command on one stream, at one moment.

    `context.actor` has the role for the act. `head` is the head of the ledger before all this was read. It is up to
    date as long as the ledger has this head. None in a dry run after other commands, because those are not in the
    ledger.
    """

    stream: str
    command: Command
    state: State
    context: Context
    compiled: CompiledRulebook
    head: LedgerHead | None

    @property
    def actor(self) -> Actor:
        return self.context.actor

    @property
    def title(self) -> Text:
        """The act's title in the edition that binds the stream."""
        return policy.title(self.command.act, self.compiled.rulebook, record=self.command)

    @property
    def clause(self) -> Citation:
        """The clause that says who may do the act."""
        return policy.entitled_roles(self.command.act, self.state, self.command, self.compiled.rulebook)[1]

    def is_current(self, head: LedgerHead, actor: Actor) -> bool:
        """Whether this is up to date: no entry was added since, and the actor has the same id and role."""
        return self.head == head and self.actor == actor

    def context_at(self, now: datetime) -> Context:
        """The context with another present time."""
        return replace(self.context, now=now, today=self.compiled.today(now))

    def preview(self) -> Preview:
        """The effect of the command if it were submitted now. Raises its `Refusal`."""
        fact = decide(self.state, self.command, self.context, self.compiled.chart)
        stamp = NextStamp(self.state.version + 1, self.actor, self.context.now)
        return Preview(self, fact, digest_of(fact, self.compiled.pin), fold(self.state, fact, stamp))


class Preview(Struct, frozen=True):
    """The effect that a command would have: its fact, the digest of the fact, and the stream's state `after` it."""

    decision: Decision
    fact: Fact
    digest: Digest
    after: State

    @property
    def stream(self) -> str:
        return self.decision.stream

    @property
    def command(self) -> Command:
        return self.decision.command

    @property
    def state(self) -> State:
        """The stream's state before the command."""
        return self.decision.state

    @property
    def context(self) -> Context:
        return self.decision.context


class NextStamp(Struct, frozen=True):
    """The metadata of the entry that a previewed command would make. It is not written, so its `number` is 0."""

    version: int
    acting: Actor
    recorded_at: datetime
    number: int = 0

    @property
    def actor(self) -> str:
        return self.acting.id

    @property
    def role(self) -> str:
        return self.acting.role

    @property
    def principal(self) -> str | None:
        return self.acting.principal.id if self.acting.principal is not None else None


class DryRun:
    """The ledger's streams as if some commands were done, to decide on the next ones.

    It implements `states.binding.OtherStreams`.
    """

    def __init__(self, cache: StateCache) -> None:
        self._cache = cache
        self._after: dict[str, State] = {}
        self._pins: dict[str, str] = {}

    def write(self, preview: Preview) -> None:
        """From now on, return the states as if this command were done."""
        self._pins[preview.stream] = self.pin(preview.stream) or preview.decision.compiled.pin
        self._after[preview.stream] = preview.after

    def head(self) -> LedgerHead | None:
        """The head of the ledger; None after a `write`, because these streams then differ from those of the ledger."""
        return None if self._after else self._cache.ledger.head()

    def state(self, stream: str) -> State:
        """The state of a stream after the commands so far."""
        return self._after.get(stream) or self._cache.state(stream)

    def pin(self, stream: str) -> str:
        """The pin of the edition of the stream's first entry; empty if it has none."""
        return self._pins.get(stream) or self._cache.pin(stream)

    def records_of(self, unit: str) -> RecordsOfUnit:
        """What is on record about a department."""
        streams = set(queries.records_of_unit(self._cache.ledger.database, unit))
        streams.update(stream for stream, state in self._after.items() if unit in units_of(state))
        return split_records(map(self.state, sorted(streams)))

    def result(self, stream: str, read: Collection[str]) -> EarlierResult:
        """The result of an assessment with the values `read`, as later assessments read it."""
        return self._cache.result_of(self.state(stream), self.pin(stream), read)

    def progress(self, year: str) -> tuple[Progress, ...]:
        """The progress of every assessment of a year; `year` is the stream of the year."""
        if not any(stream.startswith(assessments_of_year(id_of(year))) for stream in self._after):
            return self._cache.progress(year)
        streams = {row.stream for row in queries.assessments(self._cache.ledger.database, int(id_of(year)))}
        streams.update(stream for stream in self._after if stream.startswith(assessments_of_year(id_of(year))))
        return progress(map(self.state, sorted(streams)))

    def holders(self, person: str) -> frozenset[str]:
        """The ids of the accounts that belong to a person."""
        return holders(person, self._cache.people(), self._after.values())


def digest_of(fact: Fact, pin: str) -> Digest:
    """The digest of a fact under an edition, without its references to the vault."""
    # A confidential value is stored only when the command is confirmed, so the preview cannot have its reference.
    comparable = replace(fact, notes=()) if "notes" in fact.__struct_fields__ else fact
    return Digest(sha256(f"{pin} {fact.kind} ".encode() + encode_canonical(comparable)).hexdigest())
