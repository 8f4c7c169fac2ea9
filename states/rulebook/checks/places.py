"""The places of parts in a rulebook file, as a person finds them: `form.annex-1.item.a1.item.a1-1`."""

from __future__ import annotations

from states.rulebook.calculation.forms import TOTAL
from states.rulebook.calculation.plan import SubjectPlan
from states.rulebook.calculation.values import NamedValue


def place_of(plan: SubjectPlan, key: str) -> str:
    """The place of a subject's value: on its form, or beside it."""
    form = plan.form
    if form is None or (key != TOTAL and key not in form.items):
        return f"value.{key}"
    return f"form.{form.key}" if key == TOTAL else f"form.{form.key}{_path(form, key)}"


def _path(item: NamedValue, key: str) -> str:
    """The way down from an item to the one with this key; empty if it is not below it."""
    for part in item.parts():
        if part.key == key:
            return f".item.{key}"
        below = _path(part, key)
        if below:
            return f".item.{part.key}{below}"
    return ""
