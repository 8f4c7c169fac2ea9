"""A routine check (平时检查) of one department as it is now: what it found and what the department answered."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from msgspec import Struct

from states.streams import id_of
from states.vocabulary import Document, Opaque, Reference, Words

CheckStatus = Literal["open", "noted", "answered", "accepted", "withdrawn"]
"""How a check stands:

- `open`: the department must mend and answer;
- `noted`: there is nothing to mend;
- `answered`: the office must decide on the answer;
- `accepted`: the office accepted it;
- `withdrawn`: the check does not count.
"""


class Findings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a check found: its day, who checked (accounts), the elements of the department's table, the finding.

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


class CheckAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The department's answer to the finding: what it has mended, with documents."""

    answer: Words
    documents: tuple[Document, ...] = ()
    notes: tuple[Reference, ...] = ()


class RoutineCheck(Struct, frozen=True, kw_only=True):
    """A check as it is now. `due`: the deadline in force. `rungs`: its recorded reminders (`deadlines/schedule.py`).

    `answered_at` is the time of the first answer since the check was last open; `returned` the reason for which an
    answer was returned.
    """

    stream: str = ""
    version: int = 0
    unit: str = ""
    findings: Findings | None = None
    recorded_by: str = ""
    status: CheckStatus = "open"
    due: date | None = None
    answers: tuple[CheckAnswer, ...] = ()
    answered_at: datetime | None = None
    returned: str = ""
    accepted_on: date | None = None
    rungs: dict[str, datetime] = {}

    @property
    def id(self) -> str:
        return id_of(self.stream)

    @property
    def closed_on(self) -> date | None:
        """The day on which it was settled: that of the check where there is nothing to mend. None until then."""
        if self.status == "noted" and self.findings is not None:
            return self.findings.checked_on
        return self.accepted_on

    def concerns(self, year: int) -> bool:
        """Whether it is part of this year's assessment: from the year of the check to that in which it was settled."""
        if self.findings is None or self.status == "withdrawn" or year < self.findings.checked_on.year:
            return False
        return self.closed_on is None or year <= self.closed_on.year
