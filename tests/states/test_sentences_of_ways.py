"""Every way to make a value has a rule in words and a sentence for what it made, also when nothing is known."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from states.rulebook.calculation.forms import WAYS as WAYS_OF_FORMS
from states.rulebook.calculation.lines import Inputs, Place, RecordLine
from states.rulebook.calculation.result_rules import ResultRules
from states.rulebook.readings import meanings, put_in
from states.rulebook.sentences.explanation import explain
from states.rulebook.sentences.follow_ups import explain_follow_ups, follow_up_rules
from states.rulebook.sentences.names import OutsideTitles, RuleNames
from states.rulebook.sentences.rules_in_words import rules_in_words
from states.rulebook.tasks import FollowUpRules
from states.vocabulary import Text

from . import cloudladder, heronisle

D = Decimal
OUTSIDE = OutsideTitles(
    roles={"office": Text("办公室", "the office")}, occasions={"midyear": Text("年中检查", "Mid-year check")}
)
MEASURES = {"cloudladder": cloudladder, "heronisle": heronisle}


def text(zh: str, en: str) -> dict[str, str]:
    return {"zh": zh, "en": en}


def item(key: str, **fields: Any) -> dict[str, Any]:
    return {"key": key, "title": text(f"项{key}", f"Item {key}"), "clause": "第一条", **fields}


BALLOT = {
    "key": "b", "title": text("测评", "Ballot"), "clause": "第二条",
    "group": [{"key": "s", "title": text("职工", "Staff")}, {"key": "p", "title": text("同级", "Peers")}],
    "option": [
        {"key": "good", "title": text("好", "Good"), "points": 100},
        {"key": "poor", "title": text("差", "Poor"), "points": 40},
    ],
}  # fmt: skip
LADDER = {
    "key": "l", "title": text("加分档", "Bonus"), "record": "r", "clause": "第三条",
    "row": [
        {"is": {"level": ["high"]}, "each": 2, "clause": "第三条"},
        {"is": {"level": ["low"]}, "raises": "f", "clause": "第三条"},
    ],
}  # fmt: skip
RECORD = {
    "key": "r", "title": text("事项", "Event"), "clause": "第七条",
    "field": [
        {
            "key": "level", "title": text("级别", "Level"),
            "option": [{"key": key, "title": text(zh, en)} for key, zh, en in (("low", "低", "Low"), ("high", "高", "High"))],
        }
    ],
}  # fmt: skip
LEVELS = {
    "key": "lv", "clause": "第四条",
    "level": [{"key": "done", "title": text("落实", "Done")}, {"key": "not", "title": text("未落实", "Not done")}],
}  # fmt: skip
OTHER_LEVELS = {
    "key": "lv2", "clause": "第四条",
    "level": [{"key": "done", "title": text("完成", "Finished")}, {"key": "not", "title": text("未完成", "Unfinished")}],
}  # fmt: skip
INPUTS = Inputs(
    unit="u", unit_kind="k", year=2031, marks={"a": D(6), "b": D(3), "x": D(0), "n": D(12)},
    levels={"v": "not"}, numbers={"g": D("7.5")},
    ballots={"b": {"s": {"team": {"good": 3, "poor": 1}}, "p": {"team": {"good": 1, "poor": 2}}}},
    earlier={"e": D(80)}, earlier_grades={"w": "done"}, standings={"o": Place(place=2, from_last=4, size=5, best=D(90))},
    records=tuple(
        RecordLine(record=f"r-{n}", kind="r", unit="u", unit_now="u", fields={"level": level}, number=D(3))
        for n, level in enumerate(("high", "low"))
    ),
)  # fmt: skip


def sentences(
    *items: dict[str, Any], beside: tuple[dict[str, Any], ...] = (), inputs: Inputs = INPUTS
) -> tuple[Text, Text]:
    """The rule of the first item, and what it made."""
    rules = ResultRules.model_validate(
        {
            "form": [{**item("form"), "points": sum(one.get("weight", one.get("points", 0)) for one in items), "item": list(items)}],
            "subject": [{**item("unit"), "is": "unit", "form": {"k": "form"}}],
            "ballot": [BALLOT], "record": [RECORD], "ladder": [LADDER], "levels": [LEVELS, OTHER_LEVELS], "value": list(beside),
        }
    )  # fmt: skip
    lines = explain(rules.plans["k"].scopes(inputs)[0], RuleNames(rules, "unit", OUTSIDE))
    first = next(one for one in lines if one.location == items[0]["key"])
    return first.rule, first.sentence


A, B = item("a", points=8), item("b", points=5)
WAYS: dict[str, tuple[dict[str, Any], tuple[Any, ...], tuple[str, str], tuple[str, str]]] = {
    "mark": (
        {"key": "a", "points": 8, "step": D("0.5")}, (),
        ("评分，满分 8 分，以 0.5 分为一档", "Judged, up to 8 points, in steps of 0.5"),
        ("满分 8 分，得 6 分，失 2 分", "6 of 8 points, 2 lost"),
    ),
    "full mark": (
        {"key": "a", "points": 6}, (), ("评分，满分 6 分", "Judged, up to 6 points"), ("得满分 6 分", "Full mark: 6 points"),
    ),
    "level": (
        {"key": "v", "kind": "level", "among": "lv2", "by": ["office"]}, (),
        ("由办公室说明理由后评定：“完成”、“未完成”", "Named by the office with reasons: “Finished”, “Unfinished”"),
        ("“未完成”", "“Unfinished”"),
    ),
    "per": (
        {"key": "b", "kind": "per", "each": 2, "unit": text("次", "time"), "max": 5, "points": 5}, (),
        ("每 1 次加 2 分，最高为 5", "2 points more for each time; at most 5"), ("3 次，得 6 分", "3 times: 6 points"),
    ),
    "per above, by another value, in proportion": (
        {"key": "p", "kind": "per", "of": "n", "start": 9, "above": 10, "every": 4, "each": -2, "part": "any"},
        (item("n", kind="per", each=1),),
        (
            "按“项n”计，从 9 分起，高于 10 的每高 4 扣 2 分（不足 4 的按比例计）",
            "From 9 points, 2 points off for each 4 above 10, by “Item n” (a part counts in proportion)",
        ),
        ("12，高 2，每 4 计一次，计 0.5 次，扣 1 分，得 8 分", "12, 2 above 10, counted 0.5 times by 4: 1 point off, 8 points in all"),
    ),
    "given": (
        {"key": "g", "kind": "given", "by": ["office"], "points": 10}, (),
        ("由办公室报送，0 至 10 分", "Reported by the office, from 0 to 10"), ("办公室报送 7.5", "7.5, as reported by the office"),
    ),
    "vote": (
        {"key": "v", "kind": "vote", "ballot": "b", "weights": {"s": 3, "p": 1}, "decimals": 1}, (),
        (
            "“测评”每票的平均分（好 100 分、差 40 分），职工、同级按 3:1 加权，四舍五入到 1 位小数",
            "The mean of the votes in “Ballot” (Good 100, Poor 40), weighted 3:1 (staff, peers); rounded to 1 decimal",
        ),
        (
            "职工 85，同级 60，按 3:1 加权得 78.75，四舍五入到 1 位小数为 78.8",
            "Staff 85, peers 60; weighted 3:1: 78.75, rounded to 1 decimal: 78.8",
        ),
    ),
    "share of votes": (
        {"key": "v", "kind": "vote", "ballot": "b", "weights": {"p": 1}, "share_of": ["poor"], "times": 1}, (),
        (
            "“测评”中选择“差”的票占有效票的比例，只计同级的票",
            "The share of valid votes for “Poor” in “Ballot”, counting only votes of: Peers",
        ),
        ("测评结果 2/3 ≈ 0.6667", "Result of the ballot: 2/3 ≈ 0.6667"),
    ),
    "ladder": (
        {"key": "l", "kind": "ladder", "ladder": "l", "cap": 5}, (),
        ("按“加分档”各档合计，合计最多 5 分", "The sum of what “Bonus” gives; at most 5 points together"),
        ("1 条记录计分，合计加 6 分", "1 record: 6 points more"),
    ),
    "finding": (
        {"key": "f", "kind": "finding"}, (), ("由“加分档”的相应情形确立", "Established by “Bonus”"), ("成立 1 次", "Established once"),
    ),
    "earlier": (
        {"key": "e", "kind": "earlier", "occasion": "midyear", "of": "total", "points": 100, "weight": 10}, (),
        ("取本轮“年中检查”的总分，满分 100 分折合 10 分", "The total of “Mid-year check” in this round; 100 points are worth 10"),
        ("本轮“年中检查”的总分为 80，折合 8 分", "The total of “Mid-year check” in this round was 80; this counts 8 points"),
    ),
    "earlier word": (
        {"key": "w", "kind": "earlier", "back": 2, "of": "grade"}, (),
        ("取往前第 2 轮考核的等次", "The grade of the round 2 rounds ago"),
        ("往前第 2 轮考核的等次为“落实”", "The grade of the round 2 rounds ago was “Done”"),
    ),
    "standing": (
        {"key": "o", "kind": "standing", "standing": "o", "give": "from_last"}, (),
        ("在本组中的倒数名次", "The place in the group, counted from the last"),
        ("倒数第 4 名（共 5 个）", "Place 4 from the last, of 5"),
    ),
    "sum of items": (
        {"key": "s", "points": 13, "start": 1, "item": [A, B]}, (),
        ("从 1 起，加各项之和，满分 13 分", "From 1. The sum of its parts, of 13 points"),
        ("满分 13 分：1 + 6 + 3 = 10", "Of 13 points: 1 + 6 + 3 = 10"),
    ),
    "sum of values": (
        {"key": "s", "kind": "sum", "of": ["a", "b"]}, (A, B),
        ("“项a”、“项b”之和", "The sum: “Item a” + “Item b”"), ("6 + 3 = 9", "6 + 3 = 9"),
    ),
    "product": (
        {"key": "t", "kind": "take", "take": "product", "of": ["a", "b"]}, (A, B),
        ("取“项a”、“项b”的乘积", "The product of: “Item a”, “Item b”"),
        ("“项a” 6、“项b” 3，乘积 18", "“Item a” 6, “Item b” 3: the product is 18"),
    ),
    "mean without the extremes": (
        {"key": "t", "kind": "take", "take": "mean", "of": ["a", "b", "x"], "drop": 1}, (A, B, item("x", points=2)),
        (
            "去掉最高、最低各 1 个后，取“项a”、“项b”、“项x”的平均值",
            "The mean of: “Item a”, “Item b”, “Item x”, without the 1 highest and 1 lowest",
        ),
        (
            "“项a” 6、“项b” 3、“项x” 0，去掉最高、最低各 1 个后，平均值 3",
            "“Item a” 6, “Item b” 3, “Item x” 0: without the 1 highest and 1 lowest the mean is 3",
        ),
    ),
    "ratio": (
        {"key": "q", "kind": "ratio", "of": "b", "by": "a", "times": 100}, (A, B),
        ("“项b”占“项a”的百分比", "“Item b” in per cent of “Item a”"), ("3 ÷ 6 × 100 = 50", "3 ÷ 6 × 100 = 50"),
    ),
    "bands": (
        {
            "key": "d", "kind": "bands", "match": "first",
            "row": [
                {"when": [{"of": "a", "at_least": 7}], "points": 9, "clause": "第一条"},
                {"when": [{"of": "a", "at_least": 2, "below": 7}], "of": "b", "clause": "第一条"},
                {"points": 0, "clause": "第一条"},
            ],
        }, (A, B),
        (
            "按顺序取最先符合的一档：“项a”≥7的，计 9 分；2≤“项a”＜7的，取“项b”；其他情形，计 0 分",
            ("By the first of these conditions that holds: "
             "9 points if “Item a” ≥ 7; “Item b” if 2 ≤ “Item a” < 7; 0 points in every other case"),
        ),
        ("“项a” 6（要求≥2且＜7），取“项b”", "“Item a” 6 (needed: ≥ 2 and < 7): “Item b”"),
    ),
    "how many": (
        {"key": "h", "kind": "how_many", "of": ["a", "b", "x"], "at_most": 3}, (A, B, item("x", points=2)),
        ("“项a”、“项b”、“项x”中≤3的个数", "How many of “Item a”, “Item b”, “Item x” are ≤ 3"), ("2 项：“项b”、“项x”", "2: “Item b”, “Item x”"),
    ),
}  # fmt: skip


def kind_of(fields: dict[str, Any]) -> str:
    return str(fields.get("kind", "sum" if "item" in fields else "mark"))


@pytest.mark.parametrize("name", WAYS)
def test_a_way_has_its_rule_and_what_it_made_in_both_languages(name: str) -> None:
    fields, others, rule, made = WAYS[name]
    finding = () if fields["key"] == "f" else (item("f", kind="finding"),)
    assert sentences(item(**fields), *others, beside=finding) == (Text(*rule), Text(*made))


def test_no_way_is_left_out() -> None:
    assert {kind_of(fields) for fields, *_ in WAYS.values()} == WAYS_OF_FORMS


EMPTY = Inputs(unit="u", unit_kind="k", year=2031)
ALWAYS_KNOWN = {"ladder", "finding"}


@pytest.mark.parametrize("name", WAYS)
def test_what_is_not_known_yet_is_never_said_as_a_number(name: str) -> None:
    fields, others, _, _ = WAYS[name]
    finding = () if fields["key"] == "f" else (item("f", kind="finding"),)
    _, said = sentences(item(**fields), *others, beside=finding, inputs=EMPTY)
    if kind_of(fields) in ALWAYS_KNOWN:
        assert said in (Text("没有计分的记录", "No record counts"), Text("不成立", "Not established"))
    else:
        assert re.match("尚未|待定|尚无|名次尚未", said.zh), said.zh
        assert re.search("yet|No result is known", said.en), said.en


# ---- whole measures ----

KEY = re.compile("[a-z]+_[a-z_]+")


def outside_of(measure: Any) -> OutsideTitles:
    def titles(name: str) -> dict[str, Text]:
        parts = (one for one in measure.RAW.get(name, []) if "title" in one)
        return {one.get("key") or one["kind"]: Text(**one["title"]) for one in parts}

    return OutsideTitles(roles=titles("role"), occasions=titles("occasion"))


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.parametrize("known", ["everything", "nothing"])
def test_a_measure_of_another_kind_is_explained_in_whole_sentences(name: str, known: str) -> None:
    measure = MEASURES[name]
    data = put_in(measure.RAW, meanings(measure.READINGS))
    rules, inputs = measure.rules(), measure.SCHOOL
    if known == "nothing":
        inputs = Inputs(unit="u-1", unit_kind="school", year=2031, heads=inputs.heads, members=inputs.members)
    outside = outside_of(measure)
    keys = {key for plan in rules.plans["school"].subjects.values() for key in plan.values if "-" in key}
    people = dict.fromkeys((*inputs.heads, *inputs.members), "甲")
    for scope in rules.plans["school"].scopes(inputs):
        names = RuleNames(rules, scope.plan.subject.key, outside, people)
        lines = explain(scope, names, readings=measure.READINGS, uses=data.uses)
        assert len({one.location for one in lines}) == len(lines)
        assert [one.location for one in lines if one.location == "grade"] == ["grade"] * (scope.plan.scale is not None)
        for one in lines:
            for language in (one.sentence.zh, one.sentence.en, one.rule.zh, one.rule.en):
                assert not KEY.search(language), (one.location, language)
                assert not any(key in language for key in keys), (one.location, language)
            assert one.sentence.zh
            assert one.sentence.en


@pytest.mark.parametrize("name", MEASURES)
def test_the_rules_of_another_measure_are_said_without_a_key(name: str) -> None:
    measure, outside = MEASURES[name], outside_of(MEASURES[name])
    follow_ups = FollowUpRules.model_validate({"task": measure.RAW["task"], "window": measure.RAW["window"]})
    lines = [
        *rules_in_words(measure.rules(), measure.READINGS, outside),
        *follow_up_rules(follow_ups, measure.rules(), outside),
    ]
    assert len({one.location for one in lines}) == len(lines)
    assert all(one.clause for one in lines)
    assert [one.location for one in lines if KEY.search(one.sentence.zh + one.sentence.en)] == []


# ---- tasks and windows ----


def test_a_task_is_said_with_its_reason_and_an_open_one_with_what_it_waits_for() -> None:
    poor = replace(
        heronisle.SCHOOL,
        levels={**heronisle.SCHOOL.levels, "first-view": "poor", "second-view": "poor"},
        earlier_grades={},
    )
    rules, outside = heronisle.rules(), outside_of(heronisle)
    scopes = rules.plans["school"].scopes(poor)
    names = {scope.plan.subject.key: RuleNames(rules, scope.plan.subject.key, outside) for scope in scopes}
    follow_ups, first = heronisle.FOLLOW_UPS, rules.subject[0].key
    tasks = explain_follow_ups(follow_ups.tasks_of(scopes, first), follow_ups.tasks, scopes, names)
    windows = explain_follow_ups(follow_ups.windows_of(scopes, first), follow_ups.windows, scopes, names)
    said = {one.location: one.sentence for one in (*tasks, *windows)}
    assert said["follow.called-in"] == Text(
        "因等次为“差”，由考核委员会办理，通报后 10 个工作日内完成",
        "Assessment committee does it, within 10 working days after the notice, because the grade is “poor”",
    )
    assert said["follow.re-examination"].zh == "由监察处办理，“完成整改”完成后 20 个工作日内完成"
    assert said["follow.statement"].zh.startswith("因“自评等次”为“好”且等次为“差”，")
    assert (
        said["follow.new-team"].zh == "待定：“上一轮等次”待定（要求为“差”）；如成立，由人事处办理，通报后 1 个月内完成"
    )
    assert said["follow.no-promotion-head@p-head"].zh == "因等次为“不胜任”，由人事处办理，为期 12 个月"
    assert (
        said["follow.appeal"].zh
        == "因等次为“差”，被考核单位可在“复核”作出决定后 10 日内提出，由考核委员会在提出后 30 日内决定"
    )


def test_a_task_after_another_waits_for_that_one() -> None:
    nothing = Inputs(unit="u-1", unit_kind="school", year=2031)
    rules, outside = heronisle.rules(), outside_of(heronisle)
    scopes = rules.plans["school"].scopes(nothing)
    names = {subject.key: RuleNames(rules, subject.key, outside) for subject in rules.subject}
    tasks = heronisle.FOLLOW_UPS.tasks_of(scopes, rules.subject[0].key)
    said = {one.location: one.sentence for one in explain_follow_ups(tasks, heronisle.FOLLOW_UPS.tasks, scopes, names)}
    assert said["follow.re-examination"] == Text(
        "待定：取决于“完成整改”；如成立，由监察处办理，“完成整改”完成后 20 个工作日内完成",
        "Open: it depends on “Put matters right”. If it holds, Supervision office does it, "
        "within 20 working days after “Put matters right” is done",
    )
