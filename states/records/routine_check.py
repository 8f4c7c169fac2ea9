"""The state of a routine check (平时检查) of one department: its finding, its deadline, and the answers.

Also here: to which years a check belongs (`concerns`). Not here: the acts on it (`states/cases/routine_check.py`).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from states.streams import id_of
from states.vocabulary import Document, Opaque, Reference, Words

ROUTINE_CHECK = "routine_check"
"""The kind of record in the rulebook that has the statuses of a routine check."""

CheckStatus = Literal["open", "noted", "answered", "accepted", "withdrawn"]
"""The status of a check:

- `open`: the department must put the finding right and answer.
- `noted`: there is nothing to put right.
- `answered`: the office must decide on the answer.
- `accepted`: the office accepted the answer.
- `withdrawn`: the check does not count.
"""


class Findings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The content of a check: its day, the accounts that checked, the elements that it is about, the observation.

    `to_mend` is what the department must put right, and `mend_until` the deadline: both or neither. `notes` are
    references to confidential values.
    """

    checked_on: date
    checked_by: tuple[Opaque, ...]
    elements: tuple[str, ...] = ()
    observation: Words
    documents: tuple[Document, ...] = ()
    notes: tuple[Reference, ...] = ()
    to_mend: Words | None = None
    mend_until: date | None = None

    @property
    def accounts(self) -> frozenset[str]:
        """The accounts that checked."""
        return frozenset(self.checked_by)


class CheckAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The department's answer to the finding, with documents that show what it has put right."""

    answer: Words
    documents: tuple[Document, ...] = ()
    notes: tuple[Reference, ...] = ()


class RoutineCheck(Struct, frozen=True, kw_only=True):
    """The present state of a routine check.

    - `due`: the deadline in force. `recorded_reminders`: the recorded reminder steps (`deadlines/schedule.py`).
    - `answered_at`: the time of the first answer since the check was last open.
    - `returned`: the reason for which the last answer was returned; empty: it was not.
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
    recorded_reminders: dict[str, datetime] = {}

    @property
    def id(self) -> str:
        return id_of(self.stream)

    @property
    def closed_on(self) -> date | None:
        """The day on which the check was settled: for status `noted` the day of the check. None: not settled."""
        if self.status == "noted" and self.findings is not None:
            return self.findings.checked_on
        return self.accepted_on

    def is_late(self, today: date, zone: ZoneInfo) -> bool:
        """Whether its finding was not put right by its deadline. `zone` is the rulebook's."""
        # A department that answered in time loses no points for the days on which its answer waits for the office.
        last_day = today
        if self.status == "answered" and self.answered_at is not None:
            last_day = self.answered_at.astimezone(zone).date()
        return self.status in ("open", "answered") and self.due is not None and self.due < last_day

    def concerns(self, year: int) -> bool:
        """Whether the check belongs to this year's assessment: from the year of the check until it was settled."""
        if self.findings is None or self.status == "withdrawn" or year < self.findings.checked_on.year:
            return False
        return self.closed_on is None or year <= self.closed_on.year
