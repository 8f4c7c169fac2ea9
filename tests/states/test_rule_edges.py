"""What holds just below, on and above each bound, and the questions that a measure leaves open."""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal
from fractions import Fraction
from typing import Any

from states.rulebook.calculation.result_rules import ResultRules
from states.rulebook.checks.edges import Edge, edges
from states.rulebook.questions import questions
from states.rulebook.readings import Reading, meanings, put_in
from states.vocabulary import Text

from .small_measure import SOUND, ask, part, row, small_rules

D = Decimal


def edge(found: list[Edge], location: str, of: str) -> Edge:
    (one,) = [edge for edge in found if (edge.location, edge.of) == (location, of)]
    return one


def outcomes(one: Edge) -> list[tuple[str, Any, str]]:
    return [(point.side, point.amount, point.outcome.en) for point in one.points]


def rules_with(**parts: Any) -> ResultRules:
    data = put_in(deepcopy(SOUND), meanings({r["key"]: Reading.model_validate(r) for r in SOUND["reading"]})).data
    return ResultRules.model_validate({**data, **parts})


def test_an_edge_says_what_holds_just_below_on_and_above_its_bound() -> None:
    found = edge(edges(small_rules()), "scale.unit.grade.good", "total")
    assert outcomes(found) == [
        ("below", D("69.99"), "title of pass"),
        ("on", D(70), "title of good"),
        ("above", D("70.01"), "title of good"),
    ]
    assert [point.rows for point in found.points] == [
        ("grade.pass", "grade.fail"), ("grade.good", "grade.pass"), ("grade.good", "grade.pass"),
    ]  # fmt: skip


def test_an_edge_of_a_row_with_several_tests_stands_where_the_others_hold() -> None:
    found = edge(edges(small_rules()), "scale.unit.grade.excellent", "total")
    assert outcomes(found) == [
        ("below", D("89.99"), "title of good"),
        ("on", D(90), "title of excellent"),
        ("above", D("90.01"), "title of excellent"),
    ]
    assert "title of empty 0, title of seat 1" in found.text.en
    assert "empty 的名称 0，seat 的名称 1" in found.text.zh
    seats = edge(edges(small_rules()), "scale.unit.grade.excellent", "seat")
    assert outcomes(seats) == [("below", D(0), "title of good"), ("on", D(1), "title of excellent")]


def test_an_edge_of_a_limit_says_how_far_it_lowers() -> None:
    found = edge(edges(small_rules()), "scale.unit.limit.voice", "head_voice")
    assert outcomes(found) == [
        ("below", D("59.99"), "at most title of good"), ("on", D(60), "no limit"), ("above", D("60.01"), "no limit"),
    ]  # fmt: skip
    assert "最高评为good 的名称" in found.text.zh


def test_an_edge_of_a_list_of_tests_stands_where_no_other_list_of_the_row_holds() -> None:
    limit = part(
        "voice",
        not_above="good",
        any=[[ask("head_voice", below=60), ask("empty", at_least=1)], [ask("heavy", at_least=1)]],
    )
    unit = rules_with().scale[0].model_copy(update={"limit": ()})
    scale = {**unit.model_dump(by_alias=True, exclude_unset=True), "limit": [limit]}
    found = edges(rules_with(scale=[scale, rules_with().scale[1]]))
    assert outcomes(edge(found, "scale.unit.limit.voice", "head_voice")) == [
        ("below", D("59.99"), "at most title of good"), ("on", D(60), "no limit"), ("above", D("60.01"), "no limit"),
    ]  # fmt: skip
    assert outcomes(edge(found, "scale.unit.limit.voice", "heavy"))[:2] == [
        ("below", D(0), "no limit"), ("on", D(1), "at most title of good"),
    ]  # fmt: skip


def test_an_edge_of_bands_says_what_they_give() -> None:
    bands = part("worth", kind="bands", row=[
        row(when=[ask("heavy", at_least=2)], points=-5), row(when=[ask("heavy", below=2)], of="empty"),
    ])  # fmt: skip
    found = edge(edges(rules_with(value=[*SOUND["value"], bands])), "value.worth.row[0]", "heavy")
    assert outcomes(found) == [
        ("below", D(1), "counts as “title of empty”"), ("on", D(2), "counts -5"), ("above", D(3), "counts -5"),
    ]  # fmt: skip


def test_an_edge_of_a_quotient_is_described_by_its_bound() -> None:
    """No share is the next one below two thirds: the sentence does not name one."""
    share = {"zh": "优秀率", "en": "Share of good"}
    values = [{**one, "title": share, "times": 1} if one["key"] == "good_share" else one for one in SOUND["value"]]
    grades = [
        part("able", when=[ask("good_share", at_least="2/3")]), part("not_able", when=[ask("good_share", below="2/3")]),
    ]  # fmt: skip
    scales = [rules_with().scale[0], {"key": "person", "grade": grades}]
    found = edge(edges(rules_with(value=values, scale=scales)), "scale.person.grade.able", "good_share")
    assert found.text.en == (
        "Art. 1: Share of good: just below 2/3, title of not_able; 2/3, title of able; just above 2/3, title of able."
    )
    assert "略低于 2/3，not_able 的名称" in found.text.zh


def test_every_bound_of_every_row_has_an_edge() -> None:
    found = {(one.location, one.of) for one in edges(small_rules())}
    assert found == {
        *((f"scale.unit.grade.{grade}", "total") for grade in ("excellent", "good", "pass", "fail")),
        ("scale.unit.grade.excellent", "empty"),
        ("scale.unit.grade.excellent", "seat"),
        ("scale.unit.limit.heavy", "heavy"),
        ("scale.unit.limit.voice", "head_voice"),
        ("scale.person.grade.able", "own_voice"),
        ("scale.person.grade.not_able", "own_voice"),
    }


def test_a_question_has_its_answers_the_one_that_holds_now_and_its_reason() -> None:
    several, mark = questions(Reading.model_validate(one) for one in SOUND["reading"])
    assert several.text.zh == (
        "第三条　一案多人按几次计？\n  □ 只计一次\n  □ 每人各计\n  现按：只计一次。理由：按起计算"
    )
    assert several.text.en == (
        "Art. 3: How often does a case of several people count?\n  [ ] once\n  [ ] for each person\n"
        "  At present: once. Reason: cases are counted"
    )
    assert mark.question.en == "How is this clause to be read?"


def test_a_number_that_may_be_chosen_is_a_gap_to_fill_in() -> None:
    text = {"zh": "最多扣 {value} 分", "en": "at most {value} points"}
    none = {"key": "none", "text": {"zh": "不设上限", "en": "no cap"}}
    reading = {
        "key": "cap", "value": "none", "alternative": [none], "number": text, "clause": "第五条",
        "why": {"zh": "原文未写", "en": "the text has none"},
    }  # fmt: skip
    (question,) = questions([Reading.model_validate(reading)])
    assert [answer.zh for answer in question.answers.values()] == ["不设上限", "最多扣 ＿＿ 分"]


def test_a_note_is_no_question() -> None:
    note = {
        "key": "keys", "value": "own", "alternative": [{"key": "own", "text": {"zh": "自编", "en": "our own"}}],
        "clause": "附件1", "why": {"zh": "编号重复", "en": "numbers repeat"},
    }  # fmt: skip
    assert questions([Reading.model_validate(note)]) == []


def test_the_shares_beside_an_edge_are_those_of_possible_votes() -> None:
    """Where 60 per cent say good, it is not 0 per cent who say good or fair."""
    fine = part("fine_share", kind="vote", ballot="meeting", share_of=["good", "fair"], **{"for": ["head"]})
    grades = [
        part("able", when=[ask("good_share", at_least=60)]),
        part("fair", when=[ask("fine_share", at_least=80)]),
        part("not_able", when=[ask("fine_share", below=80)]),
    ]
    scales = [SOUND["scale"][0], {"key": "person", "match": "first", "grade": grades}]
    data = put_in(
        {**deepcopy(SOUND), "value": [*SOUND["value"], fine], "scale": scales},
        meanings({r["key"]: Reading.model_validate(r) for r in SOUND["reading"]}),
    ).data
    found = edge(edges(ResultRules.model_validate(data)), "scale.person.grade.able", "good_share")
    assert Fraction(found.others["fine_share"].en.removeprefix("title of fine_share ")) >= 60
    assert [one[2] for one in outcomes(found)] == ["title of not_able", "title of able", "title of able"]


def test_where_no_row_holds_the_roles_that_name_the_grade_are_named() -> None:
    scale = {
        "key": "unit", "ask": ["committee", "office"],
        "grade": [part("good", when=[ask("total", at_least=70)]), part("fail", when=[ask("total", below=60)])],
    }  # fmt: skip
    titles = {"committee": Text(zh="党委", en="Committee"), "office": Text(zh="办公室", en="Office")}
    rules = rules_with(scale=[scale, rules_with().scale[1]])
    found = edge(edges(rules, roles=titles), "scale.unit.grade.good", "total")
    assert [point.outcome for point in found.points][:2] == [
        Text(zh="由党委或办公室提出等次", en="the grade is named by Committee or Office"),
        Text(zh="good 的名称", en="title of good"),
    ]
