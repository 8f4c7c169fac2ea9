"""The circumstances of an act for which content is filled in, and what all kinds of content have: a document, a reason."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from hashlib import sha256
from typing import Any

from msgspec import Struct

from states.assessment import Assessment
from states.context import Context
from states.records.case import Case
from states.records.record import Record
from states.records.roster import Roster, Unit
from states.records.routine_check import RoutineCheck
from states.vocabulary import Digest, Document, Text, Words

Fields = dict[str, Any]


class Scene(Struct, frozen=True, kw_only=True):
    """The circumstances of a happening: the state before its command, the decision's context, day and department."""

    state: Assessment | Case | RoutineCheck | Record | Roster
    context: Context
    day: date
    unit: Unit
    year: int
    occasion: str | None
    is_working: Callable[[date], bool]

    @property
    def assessment(self) -> Assessment:
        assert isinstance(self.state, Assessment)
        return self.state


class UnusableHappening(ValueError):
    """No command can be made from the fields of a happening. `key` names the wrong field."""

    def __init__(self, key: str, zh: str, en: str) -> None:
        super().__init__(en)
        self.key, self.why = key, Text(zh=zh, en=en)


def document_of(name: str, scene: Scene) -> Document:
    digest = sha256(f"{name} {scene.state.stream} {scene.day}".encode()).hexdigest()
    return Document(sha256=Digest(digest), size=1024, media_type="application/pdf")


def reason_fields(scene: Scene, fields: Fields) -> Fields:
    """A reason, for acts that need nothing else."""
    return {"reason": Words("情况说明（情景用）"), **fields}
