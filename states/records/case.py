"""A disciplinary case on record: who (an opaque id and a standing), what outcome, effective when, by which document. No narrative."""

from __future__ import annotations

from datetime import date, datetime

from msgspec import Struct

from states.rulebook.types import Standing
from states.streams import id_of
from states.vocabulary import Opaque, Words


class Sanction(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One outcome for one person. `effective_on` and `document` are absent only while the case is open.

    `standing` is the person's at the time of the act. `instead_of` names the heavier outcome this one was given in place of
    (F6). `remark` says why an unusual record is right (`plausibility.py`); it names nobody.
    """

    person: Opaque
    standing: Standing
    outcome: str
    effective_on: date | None = None
    document: Words | None = None
    instead_of: str | None = None
    remark: Words | None = None


class CaseBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A case: the unit at the time of the act, the unit now if it is another, the act's day, its sanctions.

    `elements` are the elements that already lost their points to this case (F9).
    """

    unit: Opaque
    unit_now: Opaque | None = None
    acted_on: date | None = None
    elements: tuple[str, ...] = ()
    sanctions: tuple[Sanction, ...]


class Case(Struct, frozen=True, kw_only=True):
    """A case as it stands now. `recorded_by` recorded it first, `revised_by` changed it.

    `changed_at` is when it was last revised or rescinded. `versions` says of each sanction of the body which version of the case first recorded it. `is_unassigned` says, of a case
    put before one year's assessment, that its unit was split and no successor was named.
    """

    stream: str = ""
    version: int = 0
    number: int = 0
    recorded_by: str = ""
    revised_by: tuple[str, ...] = ()
    rescinded: bool = False
    changed_at: datetime | None = None
    body: CaseBody | None = None
    versions: tuple[int, ...] = ()
    is_unassigned: bool = False

    @property
    def id(self) -> str:
        return id_of(self.stream)

    @property
    def recorders(self) -> set[str]:
        """Everybody who had a hand in what is on record."""
        return {self.recorded_by, *self.revised_by}

    @property
    def units(self) -> tuple[str, ...]:
        """The unit at the time of the act, and the unit now; none before the case is recorded."""
        return (self.body.unit, self.body.unit_now or self.body.unit) if self.body else ()
