"""The stream `seals`: every seal of the ledger, every accepted cosignature, and every lost end that was given up.

A seal is signed outside the ledger and stored in a table beside it. Because an entry records it, the replay detects a
seal or a cosignature that was deleted, replaced or dated differently. Not here: the signatures, which `audit/` checks.
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

The clock records every seal, also one that the operator ordered. Only a person can give up lost entries.
"""

TITLES: Mapping[str, Text] = {
    "record_seal": Text(zh="登记封存", en="record a seal"),
    "record_cosignature": Text(zh="登记见证", en="record a cosignature"),
    "give_up_end": Text(zh="放弃丢失的末尾记录", en="give up a lost end"),
}


class SealBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Seal number `count`, which covers `number` entries; `root` is the root of their Merkle tree.

    `note` is the SHA-256 of the signed note. `previous` is that of the previous note, or None for the first seal.
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
    """A lost end: the last seal stored beside the key covers `known` entries, but only `there` entries exist."""

    known: int
    there: int


class RecordSeal(Command, SealBody, frozen=True, kw_only=True):
    """Record that a seal was made."""


class RecordCosignature(Command, CosignatureBody, frozen=True, kw_only=True):
    """Record that a cosignature was accepted."""


class GiveUpEnd(Command, LostEnd, frozen=True, kw_only=True):
    """Continue the ledger although entries at its end were lost for good, or differ from the sealed ones."""


class Seals(Struct, frozen=True):
    """The state of the stream: the count of seals, `number` and `note` of the last one, and the cosignatures."""

    stream: str = STREAM
    version: int = 0
    count: int = 0
    number: int = 0
    note: str = ""
    cosigned: frozenset[tuple[int, str]] = frozenset()


class SealFact(Fact, frozen=True, kw_only=True):
    """The base class of the facts in the stream `seals`."""

    def fold(self, state: Seals, stamp: Stamp) -> Seals:
        raise NotImplementedError


class SealMade(SealFact, SealBody, frozen=True, kw_only=True):
    """A seal was made."""

    def fold(self, state: Seals, stamp: Stamp) -> Seals:
        return replace(state, version=stamp.version, count=self.count, number=self.number, note=self.note)


class CosignatureAccepted(SealFact, CosignatureBody, frozen=True, kw_only=True):
    """A genuine cosignature of a witness was received."""

    def fold(self, state: Seals, stamp: Stamp) -> Seals:
        return replace(state, version=stamp.version, cosigned=state.cosigned | {(self.number, self.line)})


class EndGivenUp(SealFact, LostEnd, frozen=True, kw_only=True):
    """The entries after number `there` are lost, or differ from the sealed ones."""

    def fold(self, state: Seals, stamp: Stamp) -> Seals:
        return replace(state, version=stamp.version)


NEED_NO_SEAL = frozenset({SealMade.kind, CosignatureAccepted.kind})
"""The kinds of fact that need no new seal. Otherwise each seal, which is recorded as an entry, would need another."""


def check_seal(state: Seals, record: SealBody, context: Context) -> None:
    """Refuse a seal that is already recorded, or that does not follow the last recorded seal."""
    if record.number <= state.number:
        raise NothingToDo(act=TITLES["record_seal"], why=_ALREADY_RECORDED, clause=CLAUSE)
    if (record.count, record.previous or "") != (state.count + 1, state.note):
        raise Malformed(what=TITLES["record_seal"], why=_OUT_OF_ORDER, clause=CLAUSE)


def check_cosignature(state: Seals, record: CosignatureBody, context: Context) -> None:
    """Refuse a cosignature that is already recorded, or whose seal is not recorded."""
    if (record.number, record.line) in state.cosigned:
        raise NothingToDo(act=TITLES["record_cosignature"], why=_ALREADY_RECORDED, clause=CLAUSE)
    if record.number > state.number:
        raise Malformed(what=TITLES["record_cosignature"], why=_SEAL_NOT_RECORDED, clause=CLAUSE)


def check_give_up(state: Seals, record: LostEnd, context: Context) -> None:
    """Refuse to give up entries that a recorded seal covers, and numbers below 1."""
    if min(record.known, record.there) < 1 or record.there < state.number:
        raise Malformed(what=TITLES["give_up_end"], why=_ENTRIES_SEALED, clause=CLAUSE)


_ALREADY_RECORDED = Text(zh="已登记", en="it is recorded")
_OUT_OF_ORDER = Text(zh="不是接在上一份封存之后", en="it does not follow the seal recorded last")
_SEAL_NOT_RECORDED = Text(zh="所签的封存尚未登记", en="the seal it is under is not recorded")
_ENTRIES_SEALED = Text(zh="已封存的记录不能放弃", en="sealed entries cannot be given up")
