"""What a command would do if it were submitted now: the fact it would make, and the assessment after it. Nothing is written.

The digest of a preview goes with the command when it is submitted (`Submission.expected_fact`): the engine compares it with the digest of the
fact it is about to record, in the transaction that records it.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from msgspec import Struct
from msgspec.structs import replace

from states.assessment import Assessment, fold
from states.chart import decide
from states.compiled_rulebook import CompiledRulebook
from states.context import Context
from states.stream_kinds import State
from states.vocabulary import Command, Digest, Fact
from storage.ledger.chain import canonical


class Preview(Struct, frozen=True):
    """The command, the state and the context it was decided on, the fact it would make, and the fact's digest.

    `after` is the assessment with the fact; None where the stream is no assessment.
    """

    stream: str
    command: Command
    state: State
    context: Context
    fact: Fact
    digest: Digest
    after: Assessment | None


class NextStamp(Struct, frozen=True):
    """The stamp an entry would get if it were the next of its stream. It has no number yet."""

    version: int
    actor: str
    role: str
    recorded_at: datetime
    number: int = 0


def preview(stream: str, command: Command, state: State, context: Context, compiled: CompiledRulebook) -> Preview:
    """What the command would do. Raises the Refusal it would get."""
    fact = decide(state, command, context, compiled.chart)
    after = None
    if isinstance(state, Assessment):
        stamp = NextStamp(state.version + 1, context.actor.id, context.actor.role, context.now)
        after = fold(state, fact, stamp)  # type: ignore[arg-type]
    return Preview(stream, command, state, context, fact, digest_of(fact, compiled.pin), after)


def digest_of(fact: Fact, pin: str) -> Digest:
    """The digest of a fact under an edition.

    References to the vault do not count: what is confidential is kept there only once the command is confirmed.
    """
    counted = replace(fact, notes=()) if "notes" in fact.__struct_fields__ else fact
    return Digest(sha256(f"{pin} {fact.kind} ".encode() + canonical(counted)).hexdigest())
