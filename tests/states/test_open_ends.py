"""What a measure leaves to the rulebook: votes counted together, a number below 0, a place among the last, what may be absent."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from states.rulebook.calculation.lines import Inputs, Place, ValueLine
from states.rulebook.calculation.result_rules import ResultRules
from states.rulebook.sentences.names import RuleNames
from states.rulebook.sentences.result_context import ResultContext
from states.rulebook.sentences.rules_in_words import rules_in_words
from states.rulebook.sentences.value_sentences import result_of, rule_of
from states.rulebook.trial.trial_form import trial_form
from states.rulebook.trial.trial_inputs import inputs_of

from .small_measure import SOUND, broken, option, part
from .test_trial import defaults, scope

D = Decimal
OPTIONS = [
    option("good", points=100),
    option("fair", points=60),
    option("poor", points=0),
    option("none", abstention=True),
]
BALLOT = part("staff", option=OPTIONS, group=[option("leaders"), option("others")])


def rules_with(*values: dict[str, Any], **more: Any) -> ResultRules:
    """A measure of one kind of department, with these values beside a form of one mark."""
    return ResultRules.model_validate(
        {
            "form": [part("main", points=10, item=[part("a", points=10)])],
            "subject": [part("unit", **{"is": "unit"}, form={"faculty": "main"})],
            "ballot": [BALLOT],
            "value": list(values),
            **more,
        }
    )


def line_of(rules: ResultRules, key: str, **facts: Any) -> ValueLine:
    marks = {"a": D(10)}
    (one,) = rules.plans["faculty"].scopes(Inputs(unit="u", unit_kind="faculty", year=2031, marks=marks, **facts))
    return one.line(key)


def test_without_weights_the_votes_of_all_groups_are_counted_together() -> None:
    """2 of 2 leaders and 4 of 10 others say poor: 6 of 12 votes are a half. Each group by itself: 100 and 40, so 70."""
    votes = {"leaders": {"team": {"poor": 2}}, "others": {"team": {"good": 6, "poor": 4, "none": 3}}}
    rules = rules_with(
        part("together", kind="vote", ballot="staff", share_of=["poor"]),
        part("points", kind="vote", ballot="staff"),
        part("weighted", kind="vote", ballot="staff", share_of=["poor"], weights={"leaders": 1, "others": 1}),
    )
    assert line_of(rules, "together", ballots={"staff": votes}).amount == 50
    assert line_of(rules, "points", ballots={"staff": votes}).amount == 50
    assert line_of(rules, "weighted", ballots={"staff": votes}).amount == 70
    one_group = {"staff": {"others": votes["others"]}}
    assert line_of(rules, "together", ballots=one_group).state == "pending", "the leaders have not voted yet"
    rule = rule_of(rules.plans["faculty"].subjects["unit"].values["together"], RuleNames(rules, "unit"))
    assert rule.zh.endswith("，各组的票合并计算")
    assert rule.en.endswith(", the votes of all groups counted together")


def test_a_reported_number_is_below_zero_only_where_the_rulebook_says_so() -> None:
    """It may then be as low as it likes, so what is made of it says the least that it can be."""
    growth = part("survey", points=100, weight=40, kind="given", by=["office"], may_be_absent=True, below_zero=True)
    found = broken(form__main__item__survey=growth, form__main__min=None)
    assert [misfit.en for misfit in found if misfit.location == "form.main"] == [
        "the total can go down without end: say the least it can be (min)"
    ]
    assert broken(form__main__item__survey={**growth, "min": -20}) == []
    form = trial_form(scope(rules_with(part("growth", kind="given", by=["office"], below_zero=True)), "faculty"))
    assert form.fields["numbers:growth"].fault(D(-3)) is None
    form = trial_form(scope(rules_with(part("growth", kind="given", by=["office"])), "faculty"))
    assert form.fields["numbers:growth"].fault(D(-3)) is not None


def test_nobody_is_granted_a_place_among_the_last() -> None:
    quotas = [part("top", share=25, rounding="down"), part("tail", count=2, **{"from": "last"})]
    seats = [part(key, kind="standing", standing="order", give="seat", quota=key) for key in ("top", "tail")]
    rules = rules_with(*seats, standing=[part("order", of="total", quota=quotas)])
    names = RuleNames(rules, "unit")
    place = Place(place=1, from_last=6, size=6, best=D(10), seats=("top",))
    said = {}
    for key in ("top", "tail"):
        (one,) = rules.plans["faculty"].scopes(
            Inputs(unit="u", unit_kind="faculty", year=2031, marks={"a": D(10)}, standings={"order": place})
        )
        said[key] = result_of(one.plan.values[key], one.line(key), ResultContext(names, one))
    assert (said["top"].zh, said["top"].en) == ("取得名额", "A seat is granted")
    assert (said["tail"].zh, said["tail"].en) == ("未列入", "It is not among them")


def test_a_trial_begins_with_the_best_department_and_not_with_one_of_the_last() -> None:
    """The best of the group is its own value, whatever that is, until another is entered."""
    quotas = [part("top", share=25, rounding="down"), part("tail", count=2, **{"from": "last"})]
    values = [
        part("top", kind="standing", standing="order", give="seat", quota="top"),
        part("tail", kind="standing", standing="order", give="seat", quota="tail"),
        part("best", kind="standing", standing="order", give="best"),
        part("share", kind="ratio", of="total", by="best", times=100),
    ]
    form = trial_form(scope(rules_with(*values, standing=[part("order", of="total", quota=quotas)]), "faculty"))
    begun = defaults(form)
    assert inputs_of(form, begun).standings == {
        "order": Place(place=1, from_last=6, size=6, best=D(10), seats=("top",))
    }
    assert inputs_of(form, {**begun, "marks:a": D(4)}).standings["order"].best == 4
    assert inputs_of(form, {**begun, "standings:order:best": D(8)}).standings["order"].best == 8


@pytest.mark.parametrize(
    ("item", "why"),
    [
        (part("survey", points=100, weight=40, kind="given", by=["office"], may_be_absent=True), "survey has may_be_absent"),
        (part("survey", points=100, weight=40, kind="earlier", of="total", back=1), "there may be no earlier result"),
        (part("survey", points=100, weight=40, kind="take", take="min", over="head", of=["own_voice"]), "of that kind"),
        (part("survey", points=100, weight=40, kind="ratio", of="plan", by="talks", times=100, decimals=2), "talks may be 0"),
    ],
)  # fmt: skip
def test_an_item_that_may_not_apply_is_reported_with_the_reason(item: dict[str, Any], why: str) -> None:
    found = [
        one for one in broken(form__main__rescale=None, form__main__item__survey=item) if "not applicable" in one.en
    ]
    assert [one.location for one in found] == ["form.main.item.survey"]
    assert f"{why})" in found[0].en
    assert "（" in found[0].zh


def test_a_place_is_read_by_the_subject_that_the_standing_orders() -> None:
    """A head who reads the order of departments would wait for a place that nobody ever settles."""
    (found,) = broken(
        value__seat=part("seat", kind="standing", standing="order", give="seat", **{"for": ["unit", "head"]})
    )
    assert found.location == "value.seat"
    assert found.en == "order orders unit, not head: give seat to unit (for), and name it unit.seat"
    assert found.zh == "order 排的是 unit 的名次：请把 seat 写给 unit（for），再以 unit.seat 引用"


def test_what_orders_equal_ones_is_compared_checked_and_said() -> None:
    rules = rules_with(
        part("late", kind="given", by=["office"]), standing=[part("order", of="total", then=["late", "a"])]
    )
    inputs = Inputs(unit="u", unit_kind="faculty", year=2031, marks={"a": D(7)}, numbers={"late": D(2)})
    (one,) = rules.candidates(rules.standings["order"], inputs)
    assert (one.amount, one.then, one.is_pending) == (7, (2, 7), False)
    assert rules.candidates(rules.standings["order"], replace(inputs, numbers={}))[0].is_pending
    said = next(line.sentence for line in rules_in_words(rules) if line.location == "standing.order")
    assert said.zh.startswith("全部考核对象按总分由高到低排名，相同的依次按“late 的名称”、“a 的名称”")
    assert ", equal ones by “title of late”, then by “title of a”" in said.en
    unknown = broken(standing__order__then=["plam"])
    assert {one.location for one in unknown} == {"standing.order.then"}
    assert all("nothing is called plam" in one.en for one in unknown)
    poor = part("poor", kind="vote", ballot="meeting", share_of=["poor"])
    found = broken(standing__order__then=["poor"], value=[*SOUND["value"], poor])
    assert [one.en for one in found] == ["poor need not come out even: say to how many decimals (decimals)"]
