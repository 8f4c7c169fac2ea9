"""How far a result is from the next better grade, and the scores at which the grades begin."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

from states.rulebook.calculation.computed_values import TakeValue
from states.rulebook.calculation.forms import TOTAL
from states.rulebook.calculation.numbers import Amount, add
from states.rulebook.calculation.plan import SubjectScope
from states.rulebook.calculation.read_values import PlaceValue
from states.rulebook.types import Rulebook
from states.vocabulary import Text


class NextGrade(Struct, frozen=True):
    """The next better grade, and the points that are missing for it."""

    title: Text
    missing: Amount


def next_grade(scope: SubjectScope) -> NextGrade | None:
    """The next better grade, if only one number is too low for it. None if a limit decides the grade, or it is open."""
    scale, decision = scope.plan.scale, scope.decision
    if scale is None or decision is None or decision.by_row is None or decision.limits:
        return None
    rank = scale.ranks[decision.by_row]
    if rank == 0:
        return None
    better = scale.grade[rank - 1]
    failing = [test for test in better.tests() if test.holds(scope) is False]
    if better.any or len(failing) != 1 or failing[0].at_least is None:
        return None
    # A seat of a quota is not missing points: nobody gets nearer to it by a better score alone.
    if isinstance(scope.plan.values.get(failing[0].of), PlaceValue):
        return None
    amount = scope.line(failing[0].of).amount
    return None if amount is None else NextGrade(better.title.text, add(failing[0].at_least, -amount))


def grade_bounds(rulebook: Rulebook) -> list[tuple[Decimal, Text]]:
    """The scores of the first subject at which its grades begin, best first."""
    scale = rulebook.first_scale
    scores = {TOTAL} | {value.key for value in rulebook.value if isinstance(value, TakeValue) and value.of == (TOTAL,)}
    return [
        (test.at_least, grade.title.text)
        for grade in (scale.grade if scale is not None else ())
        for test in grade.when
        if test.of in scores and isinstance(test.at_least, Decimal) and test.at_least
    ]
