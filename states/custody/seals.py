"""The stream `seals`: every seal of the ledger, each naming the one before, and every cosignature that was accepted.

A seal is signed outside the ledger and lies in a table beside it. Because an entry records it, the replay finds a seal
or a cosignature that was deleted, replaced or given another date. Not here: who signed; `audit/` checks the signatures.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from states.accounts.account import OPERATOR
from states.context import Context
from states.refusals import Malformed, NothingToDo
from states.streams import SEALS
from states.vocabulary import CLOCK, Command, Digest, Fact, Stamp, Text

STREAM = SEALS

CLAUSE = Text(zh="电子签名法第五条", en="Electronic Signature Law, article 5")

ROLES_OF_ACT: Mapping[str, tuple[str, ...]] = {
    "record_seal": (CLOCK.role,),
    "record_cosignature": (CLOCK.role,),
    "give_up_end": (OPERATOR.role,),
}
"""The roles of each act.

The clock records a seal even where the operator ordered it; only a person gives up lost entries.
"""

TITLES: Mapping[str, Text] = {
    "record_seal": Text(zh="登记封存", en="record a seal"),
    "record_cosignature": Text(zh="登记见证", en="record a cosignature"),
    "give_up_end": Text(zh="放弃丢失的末尾记录", en="give up a lost end"),
}


class SealBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Seal number `count`: the `number` of entries it covers and their `root`.

    `note` is the SHA-256 of the signed note, `previous` that of the note before; None for the first seal.
    """

    count: int
    number: int
    root: Digest
    note: Digest
    previous: Digest | None = None
    made_at: datetime


class CosignatureBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A witness's signature line under the seal of `number` entries: the SHA-256 of the line with its newline."""

    number: int
    line: Digest


class LostEnd(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many entries the last seal beside the key covered, and how many were there when the rest was given up."""

    known: int
    there: int


class RecordSeal(Command, SealBody, frozen=True, kw_only=True):
    """Record that a seal was made."""


class RecordCosignature(Command, CosignatureBody, frozen=True, kw_only=True):
    """Record that a cosignature was accepted."""


class GiveUpEnd(Command, LostEnd, frozen=True, kw_only=True):
    """Continue the ledger after entries at its end were lost for good."""


class Seals(Struct, frozen=True):
    """How many seals are recorded; the entries and the note of the last one; the cosignatures."""

    stream: str = STREAM
    version: int = 0
    count: int = 0
    number: int = 0
    note: str = ""
    cosigned: frozenset[tuple[int, str]] = frozenset()


class SealFact(Fact, frozen=True, kw_only=True):
    """A fact of the seals."""

    def fold(self, state: Seals, stamp: Stamp) -> Seals:
        raise NotImplementedError


class SealMade(SealFact, SealBody, frozen=True, kw_only=True):
    """A seal was made."""

    def fold(self, state: Seals, stamp: Stamp) -> Seals:
        return replace(state, version=stamp.version, count=self.count, number=self.number, note=self.note)


class CosignatureAccepted(SealFact, CosignatureBody, frozen=True, kw_only=True):
    """A genuine cosignature was received."""

    def fold(self, state: Seals, stamp: Stamp) -> Seals:
        return replace(state, version=stamp.version, cosigned=state.cosigned | {(self.number, self.line)})


class EndGivenUp(SealFact, LostEnd, frozen=True, kw_only=True):
    """The entries after number `there` are lost, or are not the ones that were sealed."""

    def fold(self, state: Seals, stamp: Stamp) -> Seals:
        return replace(state, version=stamp.version)


NEED_NO_SEAL = frozenset({SealMade.kind, CosignatureAccepted.kind})
"""The facts that need no new seal: otherwise every seal would need the next one."""


def check_seal(state: Seals, record: SealBody, context: Context) -> None:
    """Seals are recorded in order, each naming the one before."""
    if record.number <= state.number:
        raise NothingToDo(act=TITLES["record_seal"], why=_RECORDED, clause=CLAUSE)
    if (record.count, record.previous or "") != (state.count + 1, state.note):
        raise Malformed(what=TITLES["record_seal"], why=_OTHER, clause=CLAUSE)


def check_cosignature(state: Seals, record: CosignatureBody, context: Context) -> None:
    """The seal it is under is recorded, and this cosignature is not."""
    if (record.number, record.line) in state.cosigned:
        raise NothingToDo(act=TITLES["record_cosignature"], why=_RECORDED, clause=CLAUSE)
    if record.number > state.number:
        raise Malformed(what=TITLES["record_cosignature"], why=_UNSEALED, clause=CLAUSE)


def check_given_up(state: Seals, record: LostEnd, context: Context) -> None:
    """No sealed entry is given up."""
    if min(record.known, record.there) < 1 or record.there < state.number:
        raise Malformed(what=TITLES["give_up_end"], why=_SEALED, clause=CLAUSE)


_RECORDED = Text(zh="已登记", en="it is recorded")
_OTHER = Text(zh="不是接在上一份封存之后", en="it does not follow the seal recorded last")
_UNSEALED = Text(zh="所签的封存尚未登记", en="the seal it is under is not recorded")
_SEALED = Text(zh="已封存的记录不能放弃", en="sealed entries cannot be given up")
