"""What the values on a form know of those above and below them: the items at its ends, and who makes up for an absent one."""

from __future__ import annotations

from decimal import Decimal

from states.rulebook.calculation.lines import Inputs
from states.rulebook.calculation.result_rules import ResultRules

from .small_measure import broken, part


def test_items_of_a_form_are_counted_without_what_stands_beside_and_without_what_an_item_is_made_of() -> None:
    """Of a, the ratio r of b by c, and bonus points beside them, only r is 0: its counts and the bonus are no items."""
    ratio = part("r", kind="ratio", of="b", by="c", points=1)
    rules = ResultRules.model_validate(
        {
            "form": [part("main", item=[part("a", points=5), ratio, part("bonus", kind="per", each=1, beside=True)])],
            "subject": [part("unit", **{"is": "unit"}, form={"faculty": "main"})],
            "value": [
                part("b", kind="given", by=["office"]),
                part("c", kind="given", by=["office"]),
                part("empty", kind="how_many", under="total", at_most=0),
            ],
        }
    )
    marks, numbers = {"a": Decimal(5), "bonus": Decimal(0)}, {"b": Decimal(0), "c": Decimal(3)}
    (scope,) = rules.plans["faculty"].scopes(
        Inputs(unit="u", unit_kind="faculty", year=2031, marks=marks, numbers=numbers)
    )
    assert scope.line("empty").amount == 1
    assert [line.at for line in scope.line("empty").parts] == ["r"]


def test_a_sum_two_levels_above_may_make_up_for_an_item_that_does_not_apply() -> None:
    """`duty` is below the total, which rescales; without that, nothing would say what happens to an absent `plan`."""
    plan = part("plan", points=40, item=[part("aims", points=30, may_be_absent=True), part("dates", points=10)])
    assert broken(form__main__item__duty__item__plan=plan) == []
    locations = {
        misfit.location for misfit in broken(form__main__item__duty__item__plan=plan, form__main__rescale=None)
    }
    assert "form.main.item.duty.item.plan.item.aims" in locations
