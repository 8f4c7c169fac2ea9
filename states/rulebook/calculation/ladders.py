"""Ladders (加扣分档): what each line of a record gives or costs.

A ladder reads the lines of one kind of record by their fields. The order of the records, and of the lines in a record,
makes no difference. A line gives points in one round only, or in every round if the ladder says so. The result of a
round never depends on a line that took effect after that round. Not here: which fields a record has
(`record_kinds.py`), and how a case becomes lines (`states/cases`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self

from msgspec import Struct
from pydantic import Field, StrictBool, model_validator

from states.rulebook.parts import Clause, Key, Misfit, Misfits, Number, Part, Wording

from .lines import CountedLine, RecordLine
from .numbers import EXACT
from .record_kinds import Options, RecordKind
from .rows import Certainty, Match

RoundOf = Callable[[date], int]
"""The round in which a day lies, counted from the round that is reckoned (`Period.rounds_from`)."""

Flagging = Literal["pending", "committee"]
"""`pending`: the record is open, it says nothing yet. `committee`: only the committee can say what it means."""

Effect = Literal["points", "raises", "pending", "committee", "none"]
"""What a line does: it gives or costs points, raises a finding, is flagged, or changes nothing."""


class LadderRow(Part):
    """One row: the options it is for (`is`), and one of the following, which a line with these options does.

    - `points`: it gives so many (加分). `costs`: it costs so many, a number above 0 (扣分).
    - `each`: it gives so many, times its own number. `between`: it gives its own number, which lies in this range.
    - `raises`: it raises the finding with this key. `flag`: it says nothing yet.

    With none of them the line is listed and changes nothing.
    """

    is_: Annotated[Options, Field(alias="is")]
    points: Number | None = None
    costs: Annotated[Number, Field(gt=0)] | None = None
    each: Number | None = None
    between: tuple[Number, Number] | None = None
    raises: Key | None = None
    flag: Flagging | None = None
    title: Wording | None = None
    clause: Clause
    certainty: Certainty = "text"

    @model_validator(mode="after")
    def _check_outcome(self) -> Self:
        if (
            sum(part is not None for part in (self.points, self.costs, self.each, self.between, self.raises, self.flag))
            > 1
        ):
            words = (
                "points、costs、each、between、raises、flag 只写一个",
                "write one of points, costs, each, between, raises and flag",
            )
            raise Misfits(Misfit("", *words))
        return self

    @property
    def takes_number(self) -> bool:
        """Whether a line of this row has a number: how many, or the points within the range."""
        return self.each is not None or self.between is not None

    @property
    def may_add(self) -> bool:
        return any(number > 0 for number in self._numbers)

    @property
    def may_take_off(self) -> bool:
        return self.costs is not None or any(number < 0 for number in self._numbers)

    @property
    def _numbers(self) -> tuple[Decimal, ...]:
        return tuple(number for number in (self.points, self.each, *(self.between or ())) if number is not None)

    def points_for(self, line: RecordLine) -> Decimal:
        if self.each is not None:
            return EXACT.multiply(self.each, line.number or Decimal(0))
        if self.between is not None:
            return line.number or Decimal(0)
        return -self.costs if self.costs is not None else self.points or Decimal(0)


class WeighedLine(Struct, frozen=True):
    """One line of a record as its row of the ladder reads it, before the other lines and rounds are looked at.

    - `row`: the number of the row; None if no row is for it. `points`, `raises`: by that row.
    - `weight`: the place of its option in the first field of the record, whose options go from light to heavy.
    - `round`: the round in which it counts: 0 is the one that is reckoned, −1 the one before it. None: in every round,
      because the ladder says so or no day is known.
    """

    line: RecordLine
    row: int | None
    effect: Effect
    points: Decimal
    raises: str
    weight: int
    round: int | None

    @property
    def counts(self) -> bool:
        """Whether it counts in the round that is reckoned. A line that is `pending` counts in every later round too."""
        if self.round is None:
            return True
        return self.round <= 0 if self.effect == "pending" else self.round == 0

    def follows(self, other: WeighedLine) -> bool:
        """Whether `other` is of an earlier round, and was on record when this one was recorded."""
        # Both are needed, so that a new line never improves a result. A line that becomes known late counts in its own
        # round and changes nothing in a later one, whose result was made without it (decision 0020).
        if self.round is None or other.round is None:
            return False
        return other.round < self.round and other.line.version <= self.line.version


class Ladder(Part):
    """加扣分档: a table over the fields of one kind of record.

    - `match`: exactly `one` row is for each combination of options; or several may be, and the `first` of them counts.
    - `one_per_record`: of all lines of one record only the heaviest gives points. `one_per_person`: of the lines of one
      person in one record.
    - `counts_in`: the day by which a line falls into a round: that of the decision (`effective`) or of the `act`, the
      first of the list that is known. `every`: a line counts in every round.
    - `answers`: which department answers for a line: that of the time of the act, or that of now (F12).
    - `later`: what a line gives if an earlier round had a line of the same record: what exceeds that one (`excess`),
      the `whole`, or nothing (`once`) (F4).
    - `replaced`: a line in place of a heavier one counts as it is, or the committee says what it means (F6).
    - `unless_emptied`: a record costs nothing if an item of the form already lost all its points because of it (F9).
    """

    key: Key
    title: Wording
    record: Key
    match: Match = "one"
    one_per_record: StrictBool = False
    one_per_person: StrictBool = False
    counts_in: Annotated[tuple[Literal["effective", "act", "every"], ...], Field(min_length=1)] = ("effective", "act")
    answers: Literal["unit_at_act", "unit_now"] = "unit_at_act"
    later: Literal["excess", "whole", "once"] = "excess"
    replaced: Literal["as_given", "committee"] = "as_given"
    unless_emptied: StrictBool = False
    row: Annotated[tuple[LadderRow, ...], Field(min_length=1)]
    clause: Clause

    def count(
        self, kind: RecordKind, lines: Iterable[RecordLine], unit: str, round_of: RoundOf, emptied: Iterable[str] = ()
    ) -> tuple[CountedLine, ...]:
        """What the lines of this ladder's kind of record do for the department `unit` in the round that is reckoned.

        Record by record in the order of `lines`, and of each record: flags, findings, points, then what changes
        nothing. `emptied`: the keys of the items to which no points were given.
        """
        records: defaultdict[str, list[RecordLine]] = defaultdict(list)
        for line in lines:
            answering = line.unit_now if self.answers == "unit_now" else line.unit
            if line.kind == self.record and answering == unit:
                records[line.record].append(line)
        lost = frozenset(emptied)
        results = (self._of_record(kind, of_record, round_of, lost) for of_record in records.values())
        return tuple(counted for result in results for counted in result)

    def _of_record(
        self, kind: RecordKind, lines: Sequence[RecordLine], round_of: RoundOf, lost: frozenset[str]
    ) -> Iterator[CountedLine]:
        # A record may both raise a finding and cost points. If the heavier line, which raises the finding, put aside
        # the lighter one, which costs points, a heavier sanction would lead to a better score.
        every = sorted((self._read(kind, line, round_of) for line in lines), key=_heaviest_first)
        in_round = [one for one in every if one.counts]
        if self.answers == "unit_now" and any(one.line.is_unassigned for one in every):
            yield from (CountedLine(line=c.line, row=c.row, effect="successor") for c in in_round if c.effect != "none")
            return
        for one in in_round:
            if one.effect == "pending" or one.effect == "committee":
                yield CountedLine(line=one.line, row=one.row, effect=one.effect)
        yield from self._raised([one for one in every if one.effect == "raises"])
        if not (self.unless_emptied and lost & frozenset(every[0].line.items)):
            yield from self._points([one for one in every if one.effect == "points"])
        yield from (CountedLine(line=one.line, row=one.row, effect="none") for one in in_round if one.effect == "none")

    def _raised(self, lines: list[WeighedLine]) -> Iterator[CountedLine]:
        """Each finding of the record once in this round, by the heaviest line; or the repeat of an earlier round's."""
        for finding in dict.fromkeys(one.raises for one in lines):
            every = [one for one in lines if one.raises == finding]
            in_round = [one for one in every if one.counts]
            fresh = [one for one in in_round if self.later != "once" or not _earlier(one, every)]
            if fresh:
                first = fresh[0]
                yield CountedLine(line=first.line, row=first.row, effect="raises", raises=finding)
            elif in_round:
                yield CountedLine(line=in_round[0].line, row=in_round[0].row, effect="repeat", repeats="raises")

    def _points(self, lines: list[WeighedLine]) -> Iterator[CountedLine]:
        """Of the lines that count once together, the one that gives or costs most in this round."""
        groups: defaultdict[str, list[WeighedLine]] = defaultdict(list)
        for number, one in enumerate(lines):
            groups[self._group(number, one)].append(one)
        for _, group in sorted(groups.items()):
            of_round = [(self._points_of(one, group), one) for one in group if one.counts]
            if not of_round:
                continue
            points, heaviest = max(of_round, key=lambda pair: abs(pair[0]))
            if points or not heaviest.points:
                yield CountedLine(
                    line=heaviest.line,
                    row=heaviest.row,
                    effect="points",
                    points=points,
                    whole=heaviest.points,
                    among=len(of_round),
                )
            else:
                yield CountedLine(
                    line=heaviest.line, row=heaviest.row, effect="repeat", repeats="points", among=len(of_round)
                )

    def _group(self, number: int, one: WeighedLine) -> str:
        """A name for the lines that count once together: those of the record, those of one person, or each by itself."""
        if self.one_per_record:
            return ""
        return one.line.person if self.one_per_person else str(number)

    def _points_of(self, one: WeighedLine, group: list[WeighedLine]) -> Decimal:
        """What a line gives in this round, after what its group had in earlier rounds (`later`)."""
        earlier = _earlier(one, group)
        if self.later == "whole" or not earlier:
            return one.points
        if self.later == "once":
            return Decimal(0)
        most = max((other.points for other in earlier), key=abs)
        excess = EXACT.subtract(one.points, most)
        # An excess with the other sign would give back what the earlier round took off, or take off what it gave.
        return excess if excess * one.points > 0 else Decimal(0)

    def _read(self, kind: RecordKind, line: RecordLine, round_of: RoundOf) -> WeighedLine:
        number = self.row_of(kind, line.fields)
        weight = kind.first.weights.get(line.fields.get(kind.first.key, ""), 0)
        day = self._day(line)
        in_round = round_of(day) if day is not None else None
        effect = self.effect_of(number, is_replacement=bool(line.replaced))
        if number is None or effect == "committee":
            return WeighedLine(line, number, effect, Decimal(0), "", weight, in_round)
        row = self.row[number]
        return WeighedLine(line, number, effect, row.points_for(line), row.raises or "", weight, in_round)

    def effect_of(self, number: int | None, *, is_replacement: bool = False) -> Effect:
        """What a line of the row with this number does. `is_replacement`: it stands in place of a heavier one (F6)."""
        # An option that this edition does not list was recorded under another one: the committee says what it means.
        if number is None or (is_replacement and self.replaced == "committee"):
            return "committee"
        row = self.row[number]
        if row.flag is not None:
            return row.flag
        if row.raises is not None:
            return "raises"
        is_scored = (row.points, row.costs, row.each, row.between) != (None, None, None, None)
        return "points" if is_scored else "none"

    def _day(self, line: RecordLine) -> date | None:
        """The day by which a line falls into a round; None if it counts in every round, or if no day is known."""
        if self.counts_in[0] == "every":
            return None
        # If no day of the list is known, the other one counts rather than none: without a day it would count always.
        days = {"effective": line.effective_on, "act": line.acted_on}
        return next((days[name] for name in (*self.counts_in, "effective", "act") if days.get(name) is not None), None)

    def row_of(self, kind: RecordKind, fields: Mapping[str, str]) -> int | None:
        """The number of the row for these options; None if no row is, or if this edition does not list one of them."""
        for field in kind.field:
            if fields.get(field.key) not in field.weights:
                return None
        for number, row in enumerate(self.row):
            if kind.has(fields, row.is_):
                return number
        return None


def _heaviest_first(one: WeighedLine) -> tuple[object, ...]:
    # The fields come last, so that of two lines that weigh the same the order on record decides nothing.
    line = one.line
    return (-abs(one.points), -one.weight, line.person, line.effective_on or date.max, sorted(line.fields.items()))


def _earlier(one: WeighedLine, group: list[WeighedLine]) -> list[WeighedLine]:
    return [other for other in group if one.follows(other)]
