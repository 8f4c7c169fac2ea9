"""The points that items of a form lost, with the working group's reasons (扣分理由)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from msgspec import Struct

from states.assessment import ScoreSheet
from states.rulebook.calculation.entered_values import MarkValue
from states.rulebook.calculation.forms import ScoreForm
from states.vocabulary import Text


class LostPoints(Struct, frozen=True):
    """The points that an element lost, and the reason."""

    label: Text
    points: Decimal
    reason: str
    clause: str


def lost_elements(sheet: ScoreSheet, form: ScoreForm, among: Iterable[MarkValue] | None = None) -> list[LostPoints]:
    """Every element that lost points, with the reason, in the order of the form. `among` limits it to some elements."""
    return [
        LostPoints(form.labels[e.key], e.points - sheet.marks[e.key], sheet.reasons.get(e.key, ""), e.clause)
        for e in (form.judged.values() if among is None else among)
        if sheet.marks.get(e.key, e.points) < e.points
    ]
