"""No value ever lies outside its span: random values of every way, made of random facts."""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from states.rulebook.calculation.lines import Inputs, Place, RecordLine
from states.rulebook.calculation.result_rules import ResultRules
from states.rulebook.checks.intervals import Interval
from states.rulebook.checks.rule_checks import spans_of
from states.rulebook.checks.subject_spans import PlanSpans
from states.rulebook.readings import meanings_in, put_in

from .small_measure import SOUND, ask, broken, part, row, small_rules

D = Decimal


def assert_within_spans(rules: ResultRules, plan: PlanSpans, inputs: Inputs) -> None:
    for scope in rules.plans[inputs.unit_kind].scopes(inputs):
        of_subject = plan.subjects[scope.plan.subject.key]
        for key, value in scope.plan.values.items():
            line, span = scope.line(key), of_subject.span(key)
            assert line.state != "absent" or span.may_be_absent, value
            if line.amount is not None:
                amount = Fraction(line.amount)
                assert span.example(Interval(amount, amount)) == line.amount, (value, line.amount, span)
                assert not span.even or isinstance(line.amount, Decimal), (value, line.amount, span)


def some_inputs(draw: random.Random, unit_kind: str) -> Inputs:
    lines = []
    for number in range(draw.randrange(4)):
        fields = (
            {"outcome": draw.choice(("talk", "warning", "removal")), "rank": draw.choice(("chief", "cadre", "staff"))}
            if draw.random() < 0.5
            else {"level": draw.choice(("city", "province"))}
        )
        kind = "case" if "rank" in fields else "honour"
        lines.append(RecordLine(record=f"r-{number}", kind=kind, person="p", unit="u", unit_now="u", fields=fields))
    heads = ("h1", "h2")[: draw.randrange(3)]
    votes = {head: {one: draw.randrange(4) for one in ("good", "fair", "poor", "none")} for head in heads}
    is_absent = draw.random() < 0.3
    seats = ("top",) if draw.random() < 0.5 else ()
    return Inputs(
        unit="u", unit_kind=unit_kind, year=2031, heads=heads,
        marks={"plan": Decimal(draw.randrange(81)) / 2, "talks": Decimal(5 * draw.randrange(5))},
        numbers={} if is_absent else {"survey": Decimal(draw.randrange(10_001)) / 100},
        absent=("survey",) if is_absent else (),
        ballots={"meeting": {"all": votes}}, records=tuple(lines),
        standings={"order": Place(place=1, from_last=1, size=1, best=Decimal(1), seats=seats)},
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(40))
def test_no_value_of_the_small_measure_lies_outside_its_span(seed: int) -> None:
    draw = random.Random(seed)
    rules = small_rules()
    spans = {plan.unit_kind: plan for plan in spans_of(rules)}
    for _ in range(25):
        inputs = some_inputs(draw, draw.choice(("faculty", "bureau")))
        assert_within_spans(rules, spans[inputs.unit_kind], inputs)


def some_number(draw: random.Random, low: int, high: int) -> Decimal:
    return D(draw.randrange(low * 4, high * 4 + 1)) / 4


def some_value(draw: random.Random, key: str, names: list[str]) -> dict[str, Any]:
    """A random value of these names."""
    name, other = draw.choice(names), draw.choice(names)
    bound = draw.choice(({}, {"below": some_number(draw, -2, 12)}, {"above": some_number(draw, -2, 12)}))
    of = draw.sample(names, min(len(names), draw.randint(1, 3)))
    cut = some_number(draw, -2, 12)
    made: dict[str, Any] = draw.choice(
        (
            {
                "kind": "per", "of": name, "each": some_number(draw, -3, 3), "start": some_number(draw, -5, 5),
                "every": draw.choice((1, 3, D("0.5"))), "part": draw.choice(("whole", "begun", "any")), **bound,
            },
            {"kind": "take", "take": draw.choice(("mean", "min", "max", "product")), "of": of, "drop": draw.choice((0, 0, 1))},
            {"kind": "ratio", "of": name, "by": other, "times": draw.choice((1, 100, D("-2.5")))},
            {"kind": "sum", "of": of, "start": some_number(draw, -5, 5)},
            {"kind": "how_many", "of": of, "at_least": cut},
            {
                "kind": "bands", "match": "first",
                "row": [row(when=[ask(name, above=cut)], points=some_number(draw, -5, 5)), row(of=other)],
            },
        )
    )  # fmt: skip
    if draw.random() < 0.3:
        made["decimals"], made["rounding"] = draw.randrange(3), draw.choice(("half_up", "down", "up"))
    for name_of_bound, chance in (("min", 0.3), ("max", 0.3)):
        if draw.random() < chance:
            made[name_of_bound] = some_number(draw, -6, 0) if name_of_bound == "min" else some_number(draw, 0, 9)
    return part(key, **made)


def some_rules(draw: random.Random) -> ResultRules:
    """A form of items, some below another, and values made of them and of each other."""
    points = [draw.choice((4, 5, 10)) for _ in range(3)]
    levels = [{"points": p, "title": {"zh": "档", "en": "level"}} for p in (0, 1, points[1])]
    bounded = draw.choice(({}, {}, {"min": 1}, {"decimals": 1}))
    inner = [
        part("b", points=points[1], among=levels, may_be_absent=draw.random() < 0.5),
        part("e", points=points[0], min=draw.choice((0, 2)), max=draw.choice((12, 15))),
    ]
    if draw.random() < 0.2:
        inner.append(part("f", kind="per", of="a", each=1, beside=True))
    items = [
        part("a", points=points[0], may_be_absent=draw.random() < 0.5),
        part("g", points=points[0] + points[1], rescale=draw.random() < 0.3, item=inner, **bounded),
        part("c", points=points[2], weight=draw.choice((None, 3, 7)), may_be_absent=draw.random() < 0.5),
        part("d", kind="per", each=some_number(draw, -2, 2), start=some_number(draw, 0, 4), beside=True),
    ]
    names = ["a", "b", "c", "d", "g", "total"]
    values = []
    for number in range(6):
        values.append(some_value(draw, f"v{number}", names))
        names.append(f"v{number}")
    items = [{key: value for key, value in item.items() if value is not None} for item in items]
    return ResultRules.model_validate(
        {
            "form": [part("main", rescale=draw.random() < 0.7, item=items)],
            "subject": [part("unit", **{"is": "unit"}, form={"faculty": "main"})],
            "value": values,
        }
    )


def some_facts(draw: random.Random, rules: ResultRules) -> Iterator[Inputs]:
    items = rules.form[0].items
    may_be_absent = [key for key, item in items.items() if item.may_be_absent]
    for _ in range(10):
        absent = tuple(key for key in may_be_absent if draw.random() < 0.4)
        marks = {
            "a": D(draw.randrange(2 * int(items["a"].points or 0) + 1)) / 2,
            "b": draw.choice((D(0), D(1), items["b"].points or D(0))),
            "c": D(draw.randrange(2 * int(items["c"].points or 0) + 1)) / 2,
            "d": D(draw.randrange(9)),
            "e": D(draw.randrange(2 * int(items["e"].points or 0) + 1)) / 2,
        }
        present = {key: mark for key, mark in marks.items() if key not in absent}
        yield Inputs(unit="u", unit_kind="faculty", year=2031, marks=present, absent=absent)


@pytest.mark.parametrize("seed", range(150))
def test_no_random_value_lies_outside_its_span(seed: int) -> None:
    draw = random.Random(seed)
    rules = some_rules(draw)
    (plan,) = spans_of(rules)
    for inputs in some_facts(draw, rules):
        assert_within_spans(rules, plan, inputs)


@pytest.mark.parametrize("drop", [0, 1])
@pytest.mark.parametrize("seed", range(10))
def test_a_product_without_some_of_its_factors_lies_in_its_span(seed: int, drop: int) -> None:
    """Of factors that go by threes, a product goes by nines only while no factor is left out."""
    draw = random.Random(seed)
    levels = [{"points": points, "title": {"zh": "档", "en": "level"}} for points in (0, 3, 6)]
    keys = ("a", "b", "c")
    items = [part(key, points=6, among=levels, may_be_absent=not drop) for key in keys]
    product = part("product", kind="take", take="product", of=list(keys), drop=drop)
    rules = ResultRules.model_validate(
        {
            "form": [part("main", rescale=True, item=items)],
            "subject": [part("unit", **{"is": "unit"}, form={"faculty": "main"})],
            "value": [product],
        }
    )
    (plan,) = spans_of(rules)
    for _ in range(20):
        absent = tuple(key for key in keys if not drop and draw.random() < 0.4)
        marks = {key: D(draw.choice((3, 6))) for key in keys if key not in absent}
        assert_within_spans(rules, plan, Inputs(unit="u", unit_kind="faculty", year=2031, marks=marks, absent=absent))


def test_the_score_of_the_round_before_may_be_a_part_of_the_score() -> None:
    last = part("last", points=100, weight=10, kind="earlier", back=1, of="total", may_be_absent=True)
    survey = part("survey", points=100, weight=30, kind="given", by=["office"], may_be_absent=True)
    duty = part("duty", points=60, item=[part("plan", points=40), part("talks", points=20, step=5)])
    items = [duty, survey, last, *SOUND["form"][0]["item"][2:]]
    assert broken(form__main__item=items) == []
    form = [{**SOUND["form"][0], "item": items}, SOUND["form"][1]]
    rules = ResultRules.model_validate(put_in(SOUND | {"form": form}, meanings_in(SOUND)).data)
    of_last = spans_of(rules)[0].subjects["unit"].span("last")
    assert (of_last.low, of_last.high) == (0, 100)
