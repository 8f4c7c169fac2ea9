"""The state of a disciplinary case: persons (by opaque id), outcomes, effective days, documents. No narrative."""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from states.vocabulary import Opaque, Words

from .record import RecordState

CASE = "case"
"""The kind of record in the rulebook that has the fields of a case."""


class Sanction(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One outcome for one person. `effective_on` and `document` are None only while the case is open.

    - `fields`: by field of the rulebook's record kind `case`, the option: the outcome, and the standing of the person
      at the time of the misconduct.
    - `instead_of`: the heavier outcome that this one replaces (F6), an option of the first field.
    - `remark`: the reason why an unusual record is right. It names nobody.
    """

    person: Opaque
    fields: dict[str, str]
    effective_on: date | None = None
    document: Words | None = None
    instead_of: str | None = None
    remark: Words | None = None


class CaseBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The content of a case.

    - `unit`: the department at the time of the misconduct. `unit_now`: the department now, if it is another.
    - `acted_on`: the day of the misconduct.
    - `elements`: the elements that already lost their points because of this case (F9).
    """

    unit: Opaque
    unit_now: Opaque | None = None
    acted_on: date | None = None
    elements: tuple[str, ...] = ()
    sanctions: tuple[Sanction, ...]


class Case(RecordState, frozen=True, kw_only=True):
    """The present state of a case. Its lines are sanctions."""

    body: CaseBody | None = None
