"""A routine check (平时检查) of one unit as it is now, with what was found and what the unit answered."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from msgspec import Struct

from states.streams import id_of
from states.vocabulary import Document, Opaque, Reference, Words

Status = Literal["open", "noted", "answered", "accepted", "withdrawn"]
"""It waits for the unit; there is nothing to mend; it waits for the office; the answer was accepted; it was withdrawn."""


class Findings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a check found: its day, who checked (accounts), which elements of the unit's own table it touches, and the finding.

    `to_mend` and `mend_until` are there together or not at all. `notes` are confidential values by reference.
    """

    checked_on: date
    checked_by: tuple[Opaque, ...]
    elements: tuple[str, ...] = ()
    finding: Words
    documents: tuple[Document, ...] = ()
    notes: tuple[Reference, ...] = ()
    to_mend: Words | None = None
    mend_until: date | None = None

    @property
    def accounts(self) -> frozenset[str]:
        """Every account that checked."""
        return frozenset(self.checked_by)


class Answer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the unit says of the finding and of what it has mended, with its documents."""

    answer: Words
    documents: tuple[Document, ...] = ()
    notes: tuple[Reference, ...] = ()


class RoutineCheck(Struct, frozen=True, kw_only=True):
    """A check as it stands now. `due` is the deadline in force; `rungs` are the clock's duties accounted for (`deadlines/rectification.py`).

    `answered_at` is the unit's first answer since the check last waited for it.
    """

    stream: str = ""
    version: int = 0
    unit: str = ""
    findings: Findings | None = None
    recorded_by: str = ""
    status: Status = "open"
    due: date | None = None
    answers: tuple[Answer, ...] = ()
    answered_at: datetime | None = None
    returned: str = ""
    accepted_on: date | None = None
    rungs: dict[str, datetime] = {}

    @property
    def id(self) -> str:
        return id_of(self.stream)

    @property
    def closed_on(self) -> date | None:
        """The day from which it waits for nobody: that of the check where there is nothing to mend. None while it waits."""
        if self.status == "noted" and self.findings is not None:
            return self.findings.checked_on
        return self.accepted_on

    def concerns(self, year: int) -> bool:
        """Whether an assessment of this year has to do with it: from the year of the check to the year in which it was closed."""
        if self.findings is None or self.status == "withdrawn" or year < self.findings.checked_on.year:
            return False
        return self.closed_on is None or year <= self.closed_on.year
