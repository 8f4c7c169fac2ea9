"""The form in which a role reports values: one row for each value that the role reports, with a reason where it judges.

A row that is left empty reports nothing. Not here: what may be reported (`states/stages/value_report.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from decimal import Decimal
from functools import partial
from typing import Any

from msgspec import Struct

from states.assessment import Assessment
from states.context import Context
from states.rulebook.calculation.numbers import plain
from states.stages.value_report import ReportItem, asked_items
from states.vocabulary import Text

from .fields import Fields, read_all


class ReportRow(Struct, frozen=True):
    """One value of the form, and what was last reported of it."""

    item: ReportItem
    last: Text | None

    @property
    def field(self) -> str:
        return self.item.name

    @property
    def reason_field(self) -> str:
        return f"reasons.{self.item.key}"


def report_rows(state: Assessment, context: Context, roles: Collection[str]) -> list[ReportRow]:
    """The values that these roles report, in the order of the rulebook."""
    items = asked_items(state, context).values()
    return [ReportRow(item, last_text(item, state)) for item in items if not set(roles).isdisjoint(item.by)]


def last_text(item: ReportItem, state: Assessment) -> Text | None:
    """What was last reported of a value, for people."""
    value = getattr(state.reported, item.field).get(item.key)
    if value is None:
        return None
    if isinstance(value, Decimal):
        return Text(zh=plain(value), en=plain(value))
    return item.words.get(value, Text(zh=value, en=value))


def read_part(field: str, rows: list[ReportRow], fields: Fields, text_of: Callable[[str], str]) -> dict[str, Any]:
    """One field of the report: the values, or the reasons, of the rows that are filled in."""
    readers: dict[str, Callable[[], Any]] = {}
    for row in rows:
        name = row.reason_field if field == "reasons" else row.field
        if name.partition(".")[0] != field or not text_of(name):
            continue
        if field == "reasons":
            readers[name] = partial(fields.words, name)
        elif row.item.words:
            readers[name] = partial(text_of, name)
        else:
            readers[name] = partial(fields.number, name, row.item.title)
    return {name.partition(".")[2]: value for name, value in read_all(readers).items()}
