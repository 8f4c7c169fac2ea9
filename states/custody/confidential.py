"""Confidential values: notes of interviews and of routine checks, narratives of cases, personal reports, names.

Each value has a stream, `vault/<id>`. The ledger records that the value was stored, the person whom it concerns, every
reader with the reason, and that it was erased. It never records the content, which is encrypted in the vault
(`storage/vault/vault.py`).
"""

# Why the commitment is salted: while the value exists, the commitment proves that the vault still has the stored value.
# After the value and its salt are destroyed, it proves nothing and reveals nothing. So a value can be erased as the law
# demands (个人信息保护法第四十七条: 删除), and the hash chain, seals and bundles stay valid.

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct
from msgspec.structs import asdict, replace

from states import privacy
from states.context import Context
from states.records.account import SECURITY
from states.refusals import NotKnown, Refusal
from states.streams import Stream, id_of
from states.vocabulary import Actor, Command, Digest, Fact, Opaque, Reason, Stamp, Text

ValueKind = Literal["interview_notes", "case_narrative", "personal_report", "check_notes", "name"]

CLAUSE = Text(
    zh="个人信息保护法第二十八、四十七、五十一条", en="Personal Information Protection Law, articles 28, 47 and 51"
)

ROLES_OF_ACT: Mapping[str, tuple[str, ...]] = {
    "keep_value": (),
    "read_value": (),
    "erase_value": (SECURITY,),
}
"""The roles of each act that no rulebook has. Those of a rulebook keep and read (`states/rulebook/roles.py`).

No role can both read and erase.

Nobody may read a value that concerns their own department, except their own report (`reads_own_report`).
"""

VALUE_KIND_TITLES: Mapping[str, Text] = {
    "interview_notes": Text(zh="个别谈话记录", en="interview notes"),
    "case_narrative": Text(zh="案情", en="narrative of a case"),
    "personal_report": Text(zh="个人报告", en="personal report"),
    "check_notes": Text(zh="平时检查情况", en="notes of a routine check"),
    "name": Text(zh="姓名", en="name"),
}

TITLES: Mapping[str, Text] = {
    "keep_value": Text(zh="存入保密内容", en="keep a confidential value"),
    "read_value": Text(zh="查阅保密内容", en="read a confidential value"),
    "erase_value": Text(zh="删除保密内容", en="erase a confidential value"),
}


class ErasedAlready(Refusal):
    """The value was erased, so it can neither be read nor erased again."""

    zh = "“{act}”不能办理：保密内容 {id} 已于第 {number} 版删除（{clause}）。台账只保留曾经存在的记录。"
    en = (
        "“{act}” is not possible: the confidential item {id} was erased in version {number} ({clause}). "
        "The ledger records only that it existed."
    )


class ValueBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A value: its kind, the person whom it is about (an opaque id, or None), and the salted commitment to it.

    `of` is the stream to which the value belongs: an assessment, a case or a routine check. `units` are the departments
    that it concerns.
    """

    value: ValueKind
    about: Opaque | None = None
    commitment: Digest
    of: str | None = None
    units: tuple[Opaque, ...] = ()


class KeepValue(Command, ValueBody, frozen=True, kw_only=True):
    """Store a value in the vault."""


class ReadValue(Command, Reason, frozen=True, kw_only=True):
    """Read a value, for a reason. The act is recorded before the value is decrypted."""


class EraseValue(Command, Reason, frozen=True, kw_only=True):
    """Destroy a value, its key and its salt."""


class Value(Struct, frozen=True):
    """A confidential value as the ledger knows it.

    `by` is the account that stored it. `erased` is the version that erased it, or 0.
    """

    stream: str = ""
    version: int = 0
    value: str = ""
    about: str | None = None
    commitment: str = ""
    of: str | None = None
    units: tuple[str, ...] = ()
    by: str = ""
    at: datetime | None = None
    erased: int = 0
    erased_at: datetime | None = None

    @property
    def id(self) -> str:
        return id_of(self.stream)


class ValueFact(Fact, frozen=True, kw_only=True):
    """The base class of the facts about a confidential value."""

    def fold(self, state: Value, stamp: Stamp) -> Value:
        return replace(state, version=stamp.version)


class ValueKept(ValueFact, ValueBody, frozen=True, kw_only=True):
    """The value was stored in the vault."""

    def fold(self, state: Value, stamp: Stamp) -> Value:
        return replace(state, **asdict(self), by=stamp.actor, at=stamp.recorded_at, version=stamp.version)


class ValueRead(ValueFact, Reason, frozen=True, kw_only=True):
    """Somebody read the value. The entry was written before the value was decrypted."""


class Erased(ValueFact, Reason, frozen=True, kw_only=True):
    """The value was destroyed. The entries about it stay in the ledger; they reveal nothing of the content."""

    def fold(self, state: Value, stamp: Stamp) -> Value:
        return replace(state, erased=stamp.version, erased_at=stamp.recorded_at, version=stamp.version)


def reads_own_report(act: str, state: Value, actor: Actor) -> bool:
    """Whether the act is that somebody reads their own personal report. This needs no role (个人信息保护法第四十五条: 查阅)."""
    # The right does not extend to interview notes about oneself or to the narrative of a case. They contain statements
    # made in confidence, and reading them would hinder the duty for which they were written (第十八、三十五条). A person who
    # wants to read them asks the discipline office in writing.
    return act == ReadValue.act and state.value == "personal_report" and bool(state.about) and state.about == actor.id


def is_evidence(act: str, record: object) -> bool:
    """Whether the act stores interview notes or the narrative of a case.

    No member of a department may store such a value about it. Nor may they read one.
    """
    return act == KeepValue.act and getattr(record, "value", "") in ("interview_notes", "case_narrative")


def check_keep(state: Value, record: ValueBody, context: Context) -> None:
    """Refuse a value whose stream (`of`) is not an assessment, a case or a routine check.

    A value of an assessment must concern the department of the assessment.
    """
    if record.of is None:
        return
    privacy.check_stream(record.of)
    owner = Stream.parse(record.of)
    has_unit = owner.unit is None or owner.unit in record.units
    if owner.kind not in ("assessment", "case", "routine_check") or not has_unit:
        raise NotKnown(
            what=Text(zh="保密内容所属", en="what it belongs to"),
            value=record.of,
            known="assessment/…, case/…, routine_check/…",
            clause=CLAUSE,
        )


def check_read(state: Value, record: ReadValue | ValueRead, context: Context) -> None:
    """Refuse to read an erased value."""
    _check_not_erased(state, "read_value")


def check_erase(state: Value, record: EraseValue | Erased, context: Context) -> None:
    """Refuse to erase a value twice."""
    _check_not_erased(state, "erase_value")


def _check_not_erased(state: Value, act: str) -> None:
    if state.erased:
        raise ErasedAlready(act=TITLES[act], id=state.id, number=state.erased, clause=CLAUSE)
