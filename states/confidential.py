"""Confidential values: notes of talks, narratives of cases, personal reports, names. One stream each, `vault/<id>`.

The ledger says that a value was kept, about whom, who read it and why, and that it was erased: never what it says. What it says
lies encrypted in the vault (`storage/vault.py`); the commitment here shows, as long as it is there, that it is the one that
was kept. Erasing it there leaves chain, seals and bundles as they are (个人信息保护法第四十七条: 删除).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from .accounts import SECURITY
from .context import Context
from .opening import Reason
from .refusals import Refusal
from .vocabulary import Command, Digest, Fact, Opaque, Stamp, Text

Kept = Literal["interview_notes", "case_narrative", "personal_report", "name"]

CLAUSE = "个人信息保护法第二十八、四十七、五十一条 / Personal Information Protection Law, articles 28, 47 and 51"

BY: Mapping[str, tuple[str, ...]] = {
    "keep_value": ("unit", "office", "working_group", "assessor", "discipline"),
    "read_value": ("office", "working_group", "discipline", "leading_group", "committee"),
    "erase_value": (SECURITY,),
}
"""Whose each act is: who erases cannot read, and who reads cannot erase."""

TITLES: Mapping[str, Text] = {
    "keep_value": Text(zh="存入保密内容", en="keep a confidential value"),
    "read_value": Text(zh="查阅保密内容", en="read a confidential value"),
    "erase_value": Text(zh="删除保密内容", en="erase a confidential value"),
}


class ErasedAlready(Refusal):
    """The value is gone for good."""

    zh = "“{act}”不能办理：保密内容 {id} 已于第 {number} 版删除（{clause}）。台账只保留曾经存在的记录。"
    en = "“{act}” is refused: the confidential value {id} was erased in version {number} ({clause}). The ledger keeps only that there was one."


class KeepValue(Command, frozen=True, kw_only=True):
    """Keep a value: of what kind, about whom (an opaque id, if anybody), and the salted commitment to it."""

    value: Kept
    about: Opaque | None = None
    commitment: Digest


class ReadValue(Command, Reason, frozen=True, kw_only=True):
    """Read a value, for a reason. Recorded before it is shown."""


class EraseValue(Command, Reason, frozen=True, kw_only=True):
    """Destroy a value, its key and its salt."""


class Value(Struct, frozen=True):
    """A confidential value as the ledger knows it. `erased` is the version that erased it; 0 while it is there."""

    stream: str = ""
    version: int = 0
    value: str = ""
    about: str | None = None
    commitment: str = ""
    erased: int = 0

    @property
    def id(self) -> str:
        return self.stream.partition("/")[2]


class ValueFact(Fact, frozen=True, kw_only=True):
    """A fact of a confidential value."""

    def fold(self, state: Value, stamp: Stamp) -> Value:
        return replace(state, version=stamp.version)


class ValueKept(ValueFact, frozen=True, kw_only=True):
    """The value lies in the vault."""

    value: Kept
    about: Opaque | None = None
    commitment: Digest

    def fold(self, state: Value, stamp: Stamp) -> Value:
        said = {"value": self.value, "about": self.about, "commitment": self.commitment}
        return replace(state, **said, version=stamp.version)


class ValueRead(ValueFact, Reason, frozen=True, kw_only=True):
    """Somebody read it."""


class Erased(ValueFact, Reason, frozen=True, kw_only=True):
    """It was destroyed; what was written of it in entries stays, and says nothing."""

    def fold(self, state: Value, stamp: Stamp) -> Value:
        return replace(state, erased=stamp.version, version=stamp.version)


def check_read(state: Value, record: ReadValue | ValueRead, context: Context) -> None:
    _there(state, "read_value")


def check_erase(state: Value, record: EraseValue | Erased, context: Context) -> None:
    _there(state, "erase_value")


def _there(state: Value, act: str) -> None:
    if state.erased:
        raise ErasedAlready(act=TITLES[act], id=state.id, number=state.erased, clause=CLAUSE)
