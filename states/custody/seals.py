"""The stream `seals`: how many seals of the ledger there are, each naming the one before, and which cosignatures came back.

A seal is signed outside the ledger and lies in a table beside it. The entry makes the ledger know of it, so that a seal or a
cosignature that is deleted, swapped or dated otherwise later is found. It says nothing of who signed: signatures are checked by `audit/`.
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

BY: Mapping[str, tuple[str, ...]] = {
    "record_seal": (CLOCK.role,),
    "record_cosignature": (CLOCK.role,),
    "give_up_end": (OPERATOR.role,),
}
"""Whose each act is. The clock records a seal even where the operator commanded it; what is lost only a person gives up."""

TITLES: Mapping[str, Text] = {
    "record_seal": Text(zh="登记封存", en="record a seal"),
    "record_cosignature": Text(zh="登记见证", en="record a cosignature"),
    "give_up_end": Text(zh="放弃丢失的末尾记录", en="give up a lost end"),
}


class SealBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Seal number `count`: over how many entries, their root, the SHA-256 of the note as it was sealed and of the one before."""

    count: int
    number: int
    root: Digest
    note: Digest
    previous: Digest | None = None
    made_at: datetime


class CosignatureBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A witness's line under the seal of `number` entries, by the SHA-256 of the line with its newline."""

    number: int
    line: Digest


class LostEnd(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many entries the sealing key had seen, and how many were there when the rest was given up."""

    known: int
    there: int


class RecordSeal(Command, SealBody, frozen=True, kw_only=True):
    """Record that a seal was made."""


class RecordCosignature(Command, CosignatureBody, frozen=True, kw_only=True):
    """Record that a cosignature was accepted."""


class GiveUpEnd(Command, LostEnd, frozen=True, kw_only=True):
    """Go on from an end that is known to be incomplete: the entries after it are lost for good."""


class Seals(Struct, frozen=True):
    """How many seals are recorded, the last one's number and note, and the cosignatures."""

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
    """A cosignature came back and was genuine."""

    def fold(self, state: Seals, stamp: Stamp) -> Seals:
        return replace(state, version=stamp.version, cosigned=state.cosigned | {(self.number, self.line)})


class EndGivenUp(SealFact, LostEnd, frozen=True, kw_only=True):
    """The entries after number `there` are lost, or are not those that were seen."""

    def fold(self, state: Seals, stamp: Stamp) -> Seals:
        return replace(state, version=stamp.version)


KINDS = frozenset({SealMade.kind, CosignatureAccepted.kind})
"""The facts that owe no seal: else every seal would owe the next."""


def check_seal(state: Seals, record: SealBody, context: Context) -> None:
    """The seals are recorded in their order, each naming the one before."""
    if record.number <= state.number:
        raise NothingToDo(act=TITLES["record_seal"], why=_RECORDED, clause=CLAUSE)
    if (record.count, record.previous or "") != (state.count + 1, state.note):
        raise Malformed(what=TITLES["record_seal"], why=_OTHER, clause=CLAUSE)


def check_cosignature(state: Seals, record: CosignatureBody, context: Context) -> None:
    """Under a seal that is recorded, once."""
    if (record.number, record.line) in state.cosigned:
        raise NothingToDo(act=TITLES["record_cosignature"], why=_RECORDED, clause=CLAUSE)
    if record.number > state.number:
        raise Malformed(what=TITLES["record_cosignature"], why=_UNSEALED, clause=CLAUSE)


def check_given_up(state: Seals, record: LostEnd, context: Context) -> None:
    """Sealed entries are not given up."""
    if min(record.known, record.there) < 1 or record.there < state.number:
        raise Malformed(what=TITLES["give_up_end"], why=_SEALED, clause=CLAUSE)


_RECORDED = Text(zh="已登记", en="it is recorded")
_OTHER = Text(zh="不是接在上一份封存之后", en="it does not follow the seal recorded last")
_UNSEALED = Text(zh="所签的封存尚未登记", en="the seal it is under is not recorded")
_SEALED = Text(zh="已封存的记录不能放弃", en="sealed entries cannot be given up")
