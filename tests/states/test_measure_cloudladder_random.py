"""The scores of random schools of Cloudladder College, beside the same articles reckoned by hand, in fractions."""

from __future__ import annotations

import random
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Any

import pytest

from .cloudladder import case, honour, team_votes, unit, votes

D = Decimal
LEVELS = {"decisions": (0, 10), "assets": (0, 2, 5, 8), "internship": (0, 3, 6, 10)}
AWARDS = {("nation", "alone"): 4, ("nation", "jointly"): Fraction(5, 2), ("province", "jointly"): Fraction(3, 2)}
COSTS = {("talk", "staff"): 1, ("warning", "staff"): 4, ("demerit", "member"): 6, ("removal", "staff"): 8}
POINTS = {"satisfied": 100, "mostly": 75, "dissatisfied": 30}


def two_decimals(number: Fraction) -> Fraction:
    return Fraction(floor(number * 100 + Fraction(1, 2)), 100)


def duties(facts: dict[str, Any]) -> Fraction:
    """Annex 1, and 6(2): what does not apply is left out of the points and of the full mark."""
    marks, numbers = facts["marks"], facts["numbers"]
    short = floor(max(Fraction(95) - Fraction(numbers["budget_rate"]), Fraction(0)))
    rate = numbers["training_rate"]
    items: list[tuple[Fraction, int]] = [
        (Fraction(marks["plan"]), 8), (Fraction(marks["decisions"]), 10), (Fraction(min(12, 2 * marks["talks"])), 12),
        (max(15 - short * Fraction(3, 5), Fraction(0)), 15), (Fraction(max(12 - 2 * marks["expenses"], 0)), 12),
        (Fraction(marks["assets"]), 8), (Fraction(0 if marks["accidents"] else 10), 10),
        (Fraction(5 if rate >= 95 else 3 if rate >= 80 else 0), 5),
    ]  # fmt: skip
    if "internship" not in facts["absent"]:
        items.append((Fraction(marks["internship"]), 10))
    if numbers["received"]:
        items.append((two_decimals(10 * Fraction(numbers["closed_in_time"]) / Fraction(numbers["received"])), 10))
    return two_decimals(100 * sum(points for points, _ in items) / sum(full for _, full in items))


def ballot(groups: dict[str, dict[str, int]]) -> Fraction:
    """9(1), (2)."""
    means: list[tuple[Fraction, int]] = []
    for group, weight in (("staff", 5), ("served", 3), ("peers", 2)):
        valid = sum(groups[group][option] for option in POINTS)
        if valid:
            means.append((Fraction(sum(groups[group][o] * p for o, p in POINTS.items()), valid), weight))
    return two_decimals(sum(mean * weight for mean, weight in means) / sum(weight for _, weight in means))


def score(facts: dict[str, Any], groups: dict[str, dict[str, int]], awards: list[Any], cases: list[Any]) -> Fraction:
    """6(1) to (3), 10(1), (3), (5), 11. The work reports are those of `SCHOOL`: 88."""
    parts = [(duties(facts), 40), (ballot(groups), 25), (Fraction(88), 10)]
    parts += [(Fraction(facts["earlier"]["half"]), 10)] if "half" not in facts["absent"] else []
    parts += [(Fraction(facts["numbers"]["survey"]), 15)] if "survey" not in facts["absent"] else []
    weighted = sum(part * weight for part, weight in parts) / sum(weight for _, weight in parts)
    bonus = min(Fraction(5), sum((max(AWARDS[one] for one in matter) for matter in awards), Fraction(0)))
    cost = min(15, sum(max(COSTS[one] for one in of_case) for of_case in cases))
    return min(max(two_decimals(weighted + bonus - cost), Fraction(0)), Fraction(100))


@pytest.mark.parametrize("seed", range(150))
def test_a_random_school_has_the_score_that_the_articles_give_by_hand(seed: int) -> None:
    draw = random.Random(seed)
    groups = {
        group: votes(*(draw.choice((0, 0, draw.randrange(9))) for _ in range(4))) for group in ("served", "peers")
    }
    groups["staff"] = votes(draw.randrange(1, 9), draw.randrange(9), draw.randrange(9), draw.randrange(3))
    awards = [draw.choices(list(AWARDS), k=draw.randrange(1, 3)) for _ in range(draw.choice((0, 1, 3)))]
    cases = [draw.choices(list(COSTS), k=draw.randrange(1, 3)) for _ in range(draw.choice((0, 0, 1, 3)))]
    received = draw.choice((0, 3, 7, 11))
    facts: dict[str, Any] = {
        "marks": {
            **{key: D(draw.choice(levels)) for key, levels in LEVELS.items()}, "plan": D(draw.randrange(17)) / 2,
            **{key: D(draw.randrange(9)) for key in ("talks", "expenses")}, "accidents": D(draw.choice((0, 0, 1))),
        },
        "numbers": {
            "budget_rate": D(draw.randrange(6000, 10001)) / 100, "training_rate": D(draw.randrange(70, 101)),
            "received": D(received), "closed_in_time": D(draw.randint(0, received)), "survey": D(draw.randrange(10001)) / 100,
        },
        "earlier": {"half": D(draw.randrange(10001)) / 100},
        "absent": tuple(key for key in ("internship", "half", "survey") if draw.random() < 0.25),
    }  # fmt: skip
    records = [honour(f"h-{n}", *one) for n, matter in enumerate(awards) for one in matter]
    lines = [case(f"c-{n}", *one, person=f"p-{m}") for n, of in enumerate(cases) for m, one in enumerate(of)]
    result = unit(ballots=team_votes(**groups), records=(*records, *lines), **facts)
    assert result.total.amount == score(facts, groups, awards, cases)
