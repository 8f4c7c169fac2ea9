"""The entries of a score sheet: the points that a story gives, spread over the items, and the best of everything else."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from states.assessment import Levels, Marks
from states.result.sheet_items import SheetItem, self_scored_items, sheet_items
from states.rulebook.calculation.entered_values import PerValue
from states.rulebook.trial.value_fields import best_count
from states.vocabulary import Words

from .scene import Fields, Scene, UnusableHappening, document_of


def self_report_fields(scene: Scene, fields: Fields) -> Fields:
    items = self_scored_items(scene.assessment, scene.context.rulebook)
    marks, levels = spread(items, fields.pop("scores", None), {}), levels_of(items, fields.pop("self_levels", {}))
    return {"report": document_of("self-report", scene), "self_scores": marks, "self_levels": levels, **fields}


def mark_fields(scene: Scene, fields: Fields) -> Fields:
    """The entries of the story; else those of the last sheet; else the best. Lost points get a reason."""
    state, total, fixed = scene.assessment, fields.pop("given", None), fields.pop("marks", {})
    items, words = sheet_items(state, scene.context.rulebook), fields.pop("levels", {})
    if total is None and not fixed and not words and state.sheets:
        last = list(state.sheets.values())[-1].column
        entries = {key: last[key] for key in items if key in last}
        marks = {key: entry for key, entry in entries.items() if isinstance(entry, Decimal)}
        levels = {key: entry for key, entry in entries.items() if isinstance(entry, str)}
    else:
        marks, levels = spread(items, total, fixed), levels_of(items, words)
    column: dict[str, Decimal | str] = {**marks, **levels}
    reduced = [key for key, item in items.items() if key in column and item.loses(column[key])]
    reasons = dict.fromkeys(reduced, Words("扣分理由（情景用）"))
    return {"marks": marks, "levels": levels, "reasons": reasons, **fields}


def spread(items: Mapping[str, SheetItem], total: Decimal | None, fixed: Mapping[str, Decimal]) -> Marks:
    """Marks with the sum `total` (None: full marks). In turn, each element that is not `fixed` loses one step.

    Counts are not in the sum: each is the best, or `fixed`. Raises `UnusableHappening` for an unknown element in
    `fixed`, and if no marks have this sum.
    """
    full = {key: item.full_mark for key, item in items.items() if not item.is_level}
    unknown = set(fixed) - set(full)
    if unknown:
        keys, names = ", ".join(full), ", ".join(sorted(unknown))
        raise UnusableHappening(
            "marks", f"没有要素 {names}，可用：{keys}", f"there is no element {names}; known: {keys}"
        )
    counted = ((key, item.element) for key, item in items.items() if isinstance(item.element, PerValue))
    counts = {key: fixed.get(key, best_count(element)) for key, element in counted}
    marks = {key: fixed.get(key, most) for key, most in full.items() if most is not None}
    surplus = sum(marks.values(), Decimal(0)) - (sum(marks.values(), Decimal(0)) if total is None else total)
    free = [key for key in marks if key not in fixed and not items[key].points]
    if not 0 <= surplus <= sum((marks[key] for key in free), Decimal(0)):
        raise UnusableHappening("given", f"各要素凑不出 {total} 分", f"the elements cannot make {total} points")
    while surplus:
        for key in free:
            loss = min(items[key].step, surplus, marks[key])
            marks[key] -= loss
            surplus -= loss
    return marks | counts


def levels_of(items: Mapping[str, SheetItem], fixed: Mapping[str, str]) -> Levels:
    """The best level of every element that has levels, unless the story writes another."""
    best = {key: next(iter(item.words)) for key, item in items.items() if item.is_level}
    return {**best, **fixed}
