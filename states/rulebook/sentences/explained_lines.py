"""One line of an explanation, and how lines are written down in order."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from msgspec import Struct

from states.rulebook.calculation.lines import ValueLine
from states.rulebook.calculation.numbers import Amount
from states.rulebook.calculation.read_values import FindingValue, LadderValue, VoteValue
from states.rulebook.calculation.values import NamedValue
from states.rulebook.file_locations import value_locations
from states.rulebook.readings import Reading
from states.vocabulary import Text

from .names import NOTHING
from .result_context import ResultContext


class ExplainedLine(Struct, frozen=True, kw_only=True):
    """One line of an explanation.

    - `location`: what the line is about, alike in every explanation: `duty`, `cases/c-1/p-1`, `limit.heavy`, `grade`.
    - `label`, `title`: as the form prints them. `rule`: the rule in words. `sentence`: what it made.
    - `amount`: None if there is none, or if it is not known. It is exact, and may be a fraction (`names.figure`).
      `full`: the full mark of an item.
    - `source`: the stream of the assessment that an earlier value was read from; empty for every other line.
    """

    location: str
    depth: int = 0
    label: str = ""
    title: Text
    rule: Text = NOTHING
    sentence: Text
    amount: Amount | None = None
    full: Decimal | None = None
    source: str = ""
    clause: str

    @property
    def content(self) -> tuple[object, ...]:
        """What it says, without where it stands (`comparison.py`)."""
        return (self.title, self.sentence, self.amount, self.clause)

    @property
    def text(self) -> Text:
        """Its label, title and sentence, as one line of a list without columns."""
        head = Text(f"{self.label} {self.title.zh}".lstrip(), f"{self.label} {self.title.en}".lstrip())
        return Text(f"{head.zh}：{self.sentence.zh}", f"{head.en}: {self.sentence.en}")


class LineWriter:
    """The lines as they are written: which values have one already, and which parts of the rulebook had a say."""

    def __init__(self, context: ResultContext, readings: Mapping[str, Reading], uses: Mapping[str, str]) -> None:
        self.context, self.names, self.scope = context, context.names, context.scope
        self.readings, self.uses = readings, uses
        self.lines: list[ExplainedLine] = []
        self.locations = {id(value): location for location, value in value_locations(self.names.rules)}
        self.with_a_say = {"period", f"subject.{self.scope.plan.subject.key}"}
        self.has_line: set[str] = set()
        self.on_form = set(self.scope.plan.form.items) if self.scope.plan.form is not None else set()

    def write(
        self, location: str, depth: int, title: Text, sentence: Text, clause: str, *,
        label: str = "", rule: Text = NOTHING, amount: Amount | None = None, full: Decimal | None = None,
        source: str = "",
    ) -> None:  # fmt: skip
        self.lines.append(
            ExplainedLine(
                location=location, depth=depth, label=label, title=title, rule=rule, sentence=sentence, amount=amount,
                full=full, source=source, clause=clause,
            )
        )  # fmt: skip

    def unused(self, location: str) -> str:
        """The location, or with a number if one person has several lines of one record."""
        same = sum(line.location == location or line.location.startswith(f"{location}#") for line in self.lines)
        return f"{location}#{same + 1}" if same else location

    def note(self, value: NamedValue, line: ValueLine) -> None:
        """A value has a say; what reads records only if there were some."""
        is_counted = any(one.effect != "none" for one in line.counted)
        if isinstance(value, LadderValue | FindingValue) and not (is_counted or line.how):
            return
        self.with_a_say.add(self.locations[id(value)])
        if isinstance(value, VoteValue):
            self.with_a_say.add(f"ballot.{value.ballot}")

    def clause_of(self, location: str, clause: str) -> str:
        """The clause of the reading that stands at this location, if one does."""
        return self.readings[self.uses[location]].clause if location in self.uses else clause
