"""What goes into the calculation of a result, and what comes out: `Inputs`, its facts; `ValueLine`, one explained value.

A score records its inputs. So it is explained by what was counted on its day, whatever changes afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Literal, overload

from msgspec import Struct

from .numbers import Amount


class RecordLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of a record (台账): what happened to one person, or one event, as the fields that the rulebook lists.

    - `record`: the id of the record. `kind`: its kind in the rulebook ("case").
    - `unit`: the department at the time. `unit_now`: the department that answers for it now.
    - `fields`: by the key of a field, the key of the option chosen for it.
    - `acted_on`, `effective_on`: the day of the act, and of the decision. None: not known (an open case).
    - `number`: for a row of a ladder that takes a number: how many, or the points within its range.
    - `replaced`: the fields of the heavier line in place of which this one stands; empty if there is none (F6).
    - `items`: the keys of the items of the form that already lost points because of it (F9).
    - `version`: the version of the record that first had this line.
    - `is_unassigned`: the department was split, and nobody has said which of its successors answers for it.
    """

    record: str
    kind: str
    person: str = ""
    unit: str
    unit_now: str
    fields: dict[str, str]
    acted_on: date | None = None
    effective_on: date | None = None
    number: Decimal | None = None
    replaced: dict[str, str] = {}
    items: tuple[str, ...] = ()
    version: int = 0
    is_unassigned: bool = False


class Judgement(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A finding that somebody recorded with reasons (认定): its id (`judged/<version>`), and the key of the finding.

    A finding about a person is `key@person`.
    """

    id: str
    finding: str


class Place(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The place of a subject in its group, as an act of the year settled it.

    `place` counts from the best, `from_last` from the worst, both from 1. `level`: how many others share the place
    (并列), so `place + from_last + level` is `size + 1`. `best`: the best value of the group. `seats`: the quotas of
    which it has a seat.
    """

    place: int
    from_last: int
    level: int = 0
    size: int
    best: Decimal
    seats: tuple[str, ...] = ()


class EarlierSource(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The entry that an earlier value was read from: the score with this version in the stream of its assessment."""

    stream: str
    version: int


Votes = dict[str, int]
"""The number of votes for each option of a ballot."""


class Inputs(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All facts on which the results of one assessment depend.

    A key of an item of a member's form is `item@person`.

    - `heads`, `members`: the ids of the heads of the team, and of its other members.
    - `marks`: the points or the count entered for an item.
    - `levels`: the key of the level entered for an item, or named for a value, where levels have no points.
    - `numbers`: the numbers that other offices gave.
    - `absent`: the items that do not apply.
    - `ballots`: the votes, by ballot, by voter group, by row (a person's id, or "team").
    - `records`: the lines of all records that may count.
    - `judgements`: the findings that were recorded with reasons.
    - `earlier`, `earlier_grades`: results of other rounds, by the key of the value: numbers, and keys of grades.
    - `earlier_sources`: by the same keys, the entries that they were read from. Those of the others were reported.
    - `standings`: by standing, and by `standing@person` for a member. None: it is settled, and the subject has no
      place.
    - `grades`: grades that somebody named where the rulebook leaves it to them, by subject or `subject@person`.
    """

    unit: str
    unit_kind: str
    year: int
    heads: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    marks: dict[str, Decimal] = {}
    levels: dict[str, str] = {}
    numbers: dict[str, Decimal] = {}
    absent: tuple[str, ...] = ()
    ballots: dict[str, dict[str, dict[str, Votes]]] = {}
    records: tuple[RecordLine, ...] = ()
    judgements: tuple[Judgement, ...] = ()
    earlier: dict[str, Decimal] = {}
    earlier_grades: dict[str, str] = {}
    earlier_sources: dict[str, EarlierSource] = {}
    standings: dict[str, Place | None] = {}
    grades: dict[str, str] = {}


class CountedLine(Struct, frozen=True, kw_only=True):
    """What a ladder made of one line of a record.

    - `row`: the number of the ladder's row, None if no row holds (an option of another edition).
    - `effect`: it gives or costs "points" in this round; "raises" a finding; does nothing because an earlier round had
      as much ("repeat"); is a flag: "pending" (the record is open), "committee" (only the committee can say what it
      means), "successor" (nobody has said which successor answers, F12); or changes nothing ("none").
    - `points`: what it gives (below 0: what it costs). `whole`: the same before what an earlier round had is taken off.
    - `raises`: the key of the finding. `repeats`: what a "repeat" would have done.
    - `among`: how many lines count once together; this one is the heaviest of them.
    """

    line: RecordLine
    row: int | None
    effect: Literal["points", "raises", "repeat", "pending", "committee", "successor", "none"]
    points: Decimal = Decimal(0)
    whole: Decimal = Decimal(0)
    raises: str = ""
    repeats: Literal["points", "raises", ""] = ""
    among: int = 1


Status = Literal["known", "pending", "absent"]


class ValueLine(Struct, frozen=True):
    """One explained value: what it is (`at`: its key), how much, and of what.

    - `at`: of another subject, `subject.key`; of one of its persons, `subject.key@person`.
    - `amount`: None unless it is known. `raw`: what it was before rounding and bounds, if that is another number.
    - `word`: a value that is no number: the key of a level, or of a grade.
    - `how`: the figures and words that the sentence of its way needs. `counted`: the record lines that a ladder
      counted.
    - `parts`: the lines of the values of which it was made. Those of a sum of marks are made when they are read.
    """

    at: str
    state: Status
    amount: Amount | None = None
    raw: Amount | None = None
    word: str = ""
    how: tuple[Amount | str, ...] = ()
    parts: Sequence[ValueLine] = ()
    counted: tuple[CountedLine, ...] = ()

    def tree(self) -> Iterator[ValueLine]:
        """The line and everything below it; a line comes before its parts."""
        yield self
        for part in self.parts:
            yield from part.tree()


class PartLines(Sequence[ValueLine]):
    """The lines of the parts of a value, each made when it is first read.

    `line` makes the line of a key. It must be `Scope.line` of the subject of the value, so that its parts are made of
    the same facts as the value itself.
    """

    __slots__ = ("_keys", "_line")

    def __init__(self, line: Callable[[str], ValueLine], keys: tuple[str, ...]) -> None:
        self._line, self._keys = line, keys

    def __len__(self) -> int:
        return len(self._keys)

    @overload
    def __getitem__(self, index: int) -> ValueLine: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[ValueLine]: ...
    def __getitem__(self, index: int | slice) -> ValueLine | Sequence[ValueLine]:
        if isinstance(index, slice):
            return PartLines(self._line, self._keys[index])
        return self._line(self._keys[index])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)
