"""The state of a record (台账): a case, or what else the rulebook lets be put on record (an honour, an occurrence).

A record has lines, each with the fields that the rulebook lists. It names persons by opaque id only and has no
narrative. Not here: what a case has besides (`case.py`), and the acts (`states/cases/record.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

from msgspec import Struct

from states.streams import id_of
from states.vocabulary import Opaque, Words


class RecordedLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of a record: what happened to one person, or one event.

    - `person`: whom it is about. None if the kind of record is not about persons.
    - `fields`: by field of the kind of record, the option.
    - `effective_on`: the day from which it counts. None: the record's day counts.
    - `number`: how many, or the points within the row's range, where the rulebook has a row that takes one.
    - `remark`: the reason why an unusual line is right. It names nobody.
    """

    person: Opaque | None = None
    fields: dict[str, str]
    effective_on: date | None = None
    number: Decimal | None = None
    document: Words | None = None
    remark: Words | None = None


class RecordBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The content of a record.

    - `record`: the kind of record in the rulebook.
    - `unit`: the department at the time. `unit_now`: the department now, if it is another.
    - `acted_on`: the day on which it happened.
    """

    record: str
    unit: Opaque
    unit_now: Opaque | None = None
    acted_on: date | None = None
    lines: tuple[RecordedLine, ...]


class OfUnit(Protocol):
    """What the body of a record and of a case have in common."""

    @property
    def unit(self) -> Opaque: ...
    @property
    def unit_now(self) -> Opaque | None: ...
    @property
    def acted_on(self) -> date | None: ...


class RecordState(Struct, frozen=True, kw_only=True):
    """What the states of a record and of a case have in common.

    - `recorders`: all accounts that recorded or revised it (`accounts_of`).
    - `changed_at`: the time of the last revision or rescission.
    - `versions`: for each line, the version of the record that first had it.
    - `is_unassigned`: the department was split, and nothing says which successor answers for the record. It is set only
      for the decision about an assessment (`cases/attribution.py`).
    """

    stream: str = ""
    version: int = 0
    number: int = 0
    recorders: frozenset[str] = frozenset()
    rescinded: bool = False
    changed_at: datetime | None = None
    body: Any = None
    versions: tuple[int, ...] = ()
    is_unassigned: bool = False

    @property
    def id(self) -> str:
        return id_of(self.stream)

    @property
    def units(self) -> tuple[str, ...]:
        """The department at the time, and the department now; empty before it is recorded."""
        return (self.body.unit, self.body.unit_now or self.body.unit) if self.body else ()


class Record(RecordState, frozen=True, kw_only=True):
    """The present state of a record that is no case."""

    body: RecordBody | None = None


def versions_of_lines(
    before: Sequence[tuple[Any, int]], lines: Sequence[Any], version: int, *same: Callable[[Any, Any], bool]
) -> tuple[int, ...]:
    """For each line of a changed record, the version that first had it.

    `before`: the lines before the change, each with its version. `same`: when two lines are the same, the strictest
    first.
    """
    unmatched = list(before)
    versions: dict[int, int] = {}
    for is_same in same:
        for index, line in enumerate(lines):
            previous = next((pair for pair in unmatched if is_same(pair[0], line)), None)
            if index not in versions and previous is not None:
                unmatched.remove(previous)
                versions[index] = previous[1]
    return tuple(versions.get(index, version) for index in range(len(lines)))


def is_same_line(one: Any, other: Any) -> bool:
    """Whether two lines are about the same person and have the same options, whatever else was corrected."""
    return (one.person, one.fields) == (other.person, other.fields)


def is_same_person(one: Any, other: Any) -> bool:
    return bool(one.person == other.person)
