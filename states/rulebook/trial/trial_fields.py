"""The fields of a trial: what may be entered in each, in tables, and what is wrong with a value that was entered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from states.rulebook.calculation.numbers import plain
from states.vocabulary import Text

NOTHING = Text("", "")
YES, NO = "yes", "no"
YES_OR_NO = {YES: Text("是", "Yes"), NO: Text("否", "No")}

TrialValue = str | Decimal | date | None
"""What was entered: the key of an option, a number, a day; None if the field is empty, or could not be read."""


class TrialField(Struct, frozen=True, kw_only=True):
    """One field. An empty field means that the fact is not known yet, unless its row asks for it.

    - `name`: the fact, as parts with `:` between them: `marks:plan`, `ballots:meeting:staff:team:good`.
    - `title`: as a fault names it. `default`: what the field has at first. `options`: of a choice, by key.
    - `low`, `high`, `step`: of a number.
    """

    name: str
    title: Text
    kind: Literal["number", "choice", "check", "day"]
    clause: str
    default: str = ""
    options: dict[str, Text] = {}
    low: Decimal | None = None
    high: Decimal | None = None
    step: Decimal | None = None

    @property
    def path(self) -> list[str]:
        """The parts of the name."""
        return self.name.split(":")

    def fault(self, value: TrialValue) -> Text | None:
        """What is wrong with a value, as a part of a sentence; None if nothing is."""
        if isinstance(value, Decimal):
            return self._fault_of_number(value)
        if self.kind == "choice" and isinstance(value, str) and value and value not in self.options:
            return Text("请从所列各项中选择", "choose one of the options listed")
        return None

    def _fault_of_number(self, number: Decimal) -> Text | None:
        if (self.low is not None and number < self.low) or (self.high is not None and number > self.high):
            if self.high is None:
                return Text(
                    f"不能小于 {plain(self.low or Decimal(0))}", f"it cannot be below {plain(self.low or Decimal(0))}"
                )
            if self.low is None:
                return Text(f"不能大于 {plain(self.high)}", f"it cannot be above {plain(self.high)}")
            low = plain(self.low)
            return Text(f"应在 {low} 至 {plain(self.high)} 之间", f"it must lie between {low} and {plain(self.high)}")
        if self.step is not None and number % self.step:
            if self.step == 1:
                return Text("应为整数", "it must be a whole number")
            return Text(f"应以 {plain(self.step)} 为一档", f"it goes by steps of {plain(self.step)}")
        return None


class FieldRow(Struct, frozen=True, kw_only=True):
    """One row of fields, with what it is about. An item of a form that is made of others has a row without fields."""

    title: Text
    label: str = ""
    note: Text = NOTHING
    depth: int = 0
    fields: tuple[TrialField, ...] = ()


class FieldTable(Struct, frozen=True, kw_only=True):
    """Rows of one kind, with the titles of their columns."""

    key: str
    title: Text
    columns: tuple[Text, ...]
    rows: tuple[FieldRow, ...]
    note: Text = NOTHING

    @property
    def fields(self) -> Iterator[TrialField]:
        return (field for row in self.rows for field in row.fields)


TrialValues = Mapping[str, TrialValue]
"""What was entered, by the name of the field."""
