"""What others report before a score, by the role that reports it: the values of the story, and the best of the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from states.assessment import Assessment
from states.context import Context
from states.result.sheet_items import MOST_COUNTED
from states.result.value_entries import entries_of
from states.rulebook.calculation.entered_values import GivenValue
from states.rulebook.trial.value_fields import best_number
from states.rulebook.types import Rulebook
from states.stages.scoring import Scored
from states.stages.value_report import ReportItem, missing_items, report_items
from states.vocabulary import Words

from .scene import Fields, Scene


def report_fields(scene: Scene, fields: Fields) -> Fields:
    """The values of the story, with a reason for each that is a judgement."""
    items = report_items(scene.assessment, scene.context.rulebook)
    judged = [item.key for item in items.values() if item.needs_reason and item.key in fields.get(item.field, {})]
    return {"reasons": dict.fromkeys(judged, Words("按有关记录认定")), **fields}


_EARLIER = Decimal(100)
"""An earlier score, where the value has no full mark."""


def missing_reports(state: Assessment, context: Context, fields: Mapping[str, Any]) -> dict[str, Fields]:
    """What is reported before a score, by role: the values in `fields`, and the best of everything else that is missing."""
    rulebook = context.rulebook
    names = {item.name for item in missing_items(state, context)}
    items = report_items(state, rulebook).values()
    due = [item for item in items if item.name in names or item.key in fields.get(item.field, {})]

    def value(item: ReportItem) -> Decimal | str:
        written = fields.get(item.field, {})
        return written[item.key] if item.key in written else best_report(item, state, rulebook)

    return reports_of(due, value)


def missing_grades(state: Assessment, rulebook: Rulebook) -> list[ReportItem]:
    """The grades that some role must name, because no row of the scale holds."""
    scored = state.fact(Scored)
    results = scored.results if scored is not None else ()
    missing = {f"{one.subject}@{one.person}" if one.person else one.subject for one in results if one.grade is None}
    items = report_items(state, rulebook).values()
    return [item for item in items if item.field == "grades" and item.key in missing]


def reports_of(items: Iterable[ReportItem], value: Callable[[ReportItem], Decimal | str]) -> dict[str, Fields]:
    """The fields of a report of each of these items, by the role that reports it. `value` gives what is reported."""
    reports: dict[str, Fields] = {}
    for item in items:
        fields = reports.setdefault(item.by[0] if item.by else "", {})
        fields.setdefault(item.field, {})[item.key] = value(item)
    return reports


def best_report(item: ReportItem, state: Assessment, rulebook: Rulebook) -> Decimal | str:
    """The best that can be reported: the first level or grade, the full mark, or the number that loses nothing."""
    if item.words:
        return next(iter(item.words))
    entry = entries_of(state, rulebook)[item.key]
    if isinstance(entry.value, GivenValue):
        return best_number(entry.value, entry.plan)
    return item.high if item.high < MOST_COUNTED else _EARLIER
