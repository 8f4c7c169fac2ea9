"""What a limit did to a grade, as papers say it: by its clause, and not by what people call its consequence."""

from __future__ import annotations

from collections.abc import Iterable

from states.result.result import Result
from states.rulebook.calculation.scales import Limit
from states.rulebook.types import Rulebook


def deciding_limits(result: Result, rulebook: Rulebook) -> list[Limit]:
    """Of the limits that hold, those on which the grade rests: the ones that go furthest.

    A limit that lowers nothing, because the score gives no better grade, does not count. One that sets the worst grade
    always counts.
    """
    scale = rulebook.first_scale
    in_force = [limit for limit in scale.limit if limit.key in result.limits] if scale is not None else []
    if scale is None or not in_force:
        return []
    lowest = max(scale.ranks[limit.not_above] for limit in in_force)
    by_row = scale.ranks[result.by_row] if result.by_row is not None else 0
    if lowest < scale.ranks[scale.worst] and by_row >= lowest:
        return []
    return [limit for limit in in_force if scale.ranks[limit.not_above] == lowest]


def limit_words(result: Result | None, rulebook: Rulebook) -> dict[str, str]:
    """The clause that set or limited the grade, what it does, and both for a column of remarks. Empty without one.

    第八条（三）2 · 直接评定为不合格 · 直接评定（第八条（三）2）
    """
    limits, scale = deciding_limits(result, rulebook) if result is not None else [], rulebook.first_scale
    if scale is None or not limits:
        return {"limit_clause": "", "limit_effect": "", "grade_remark": ""}
    grade, clause = scale.grades[limits[0].not_above], _clauses(limits)
    is_set = limits[0].not_above == scale.worst
    return {
        "limit_clause": clause,
        "limit_effect": f"直接评定为{grade.title.zh}" if is_set else f"等次不高于“{grade.title.zh}”",
        "grade_remark": f"{'直接评定' if is_set else '等次受限'}（{clause}）",
    }


def _clauses(limits: Iterable[Limit]) -> str:
    return "、".join(dict.fromkeys(limit.clause for limit in limits))
