"""The same facts under another rulebook: whose result would be another, and which clause makes it so."""

from __future__ import annotations

import re
from collections.abc import Callable

from audit.compare import ResultComparison, compare_results
from audit.rules.rulebooks import compile_rulebooks
from config.rulebooks import parse_edition
from tests.audit.copies import Copy


def under(ledger: Copy, change: Callable[[str], str]) -> list[ResultComparison]:
    """Every result under an edition that differs from the one in force by `change`."""
    ((_, source),) = ledger.stored_rulebooks.values()
    usable, _ = compile_rulebooks(ledger.stored_rulebooks)
    other = parse_edition(change(source).encode(), "other.toml").rulebook
    return list(compare_results(ledger, usable, other, lambda stream: stream.startswith("assessment/")))


def test_the_same_rulebook_makes_no_difference(ledger: Copy) -> None:
    found = under(ledger, str)
    assert found
    assert not any(one.differs or one.lines for one in found)


def test_a_higher_bar_for_the_best_grade_is_named_by_its_clause(ledger: Copy) -> None:
    def stricter(source: str) -> str:
        assert source.count("at_least = 90") == source.count("below = 90") == 1
        return source.replace("at_least = 90", "at_least = 99").replace("below = 90", "below = 99")

    found = under(ledger, stricter)
    lower = [one for one in found if one.differs]
    assert lower
    for one in lower:
        assert one.other is not None
        assert one.result.score == one.other.score
        assert one.result.grade != one.other.grade
        assert any(left and right and left.clause == right.clause for left, right in one.lines)
    assert all(one.result.score is not None and one.result.score >= 90 and not one.result.limits for one in lower)


def test_a_dearer_deduction_costs_those_who_have_one_and_nobody_else(ledger: Copy) -> None:
    def dearer(source: str) -> str:
        return re.sub(r"^costs = (\d+)$", lambda m: f"costs = {int(m[1]) + 1}", source, flags=re.MULTILINE)

    found = under(ledger, dearer)
    for one in found:
        assert one.differs == bool(one.result.adjustment)
    assert any(one.differs for one in found)


def test_an_edition_with_other_elements_cannot_score_the_sheet_and_says_which(ledger: Copy) -> None:
    renamed = under(ledger, lambda source: source.replace('key = "a1-1.1.1"', 'key = "a1-9.9.9"'))
    told = [one for one in renamed if one.why is not None]
    assert told
    for one in told:
        assert one.differs
        assert one.why is not None
        assert "a1-9.9.9" in one.why.zh
        assert "a1-1.1.1" in one.why.en
