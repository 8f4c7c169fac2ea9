"""The sentences of a result and of its rules: what a department head reads about every number, and why it is so."""

from __future__ import annotations

import random
import re
import tomllib
from copy import deepcopy
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from states.rulebook.calculation.lines import Inputs, Judgement, Place, RecordLine
from states.rulebook.calculation.result_rules import ResultRules
from states.rulebook.readings import PutIn, Reading, meanings, put_in
from states.rulebook.sentences.comparison import compare
from states.rulebook.sentences.explanation import ExplainedLine, explain
from states.rulebook.sentences.names import OutsideTitles, RuleNames
from states.rulebook.sentences.rules_in_words import rules_in_words
from states.vocabulary import Text

from .law import RAW, agree
from .law import rulebook as rulebook_under
from .test_yardstick import CHOICES, Drawn

D = Decimal
EXAMPLE = tomllib.loads(Path(__file__).with_name("example_measure.toml").read_text("utf-8"), parse_float=Decimal)
OUTSIDE = OutsideTitles(
    roles={
        "office": Text("考核办公室", "the assessment office"),
        "committee": Text("党委", "the committee"),
        "leading_group": Text("领导小组", "the leading group"),
    },
    occasions={"midyear": Text("年中检查", "Mid-year check")},
)
KEY = re.compile(r"[a-z0-9]+_[a-z_]+|[a-z]_[a-z]| = [a-z]")


def votes(*counts: tuple[int, int, int]) -> dict[str, dict[str, int]]:
    groups = ("staff", "served", "peers")
    return {
        group: {"good": good, "fair": fair, "poor": poor, "abstain": 1}
        for group, (good, fair, poor) in zip(groups, counts, strict=True)
    }


def ballots(**rows: dict[str, dict[str, int]]) -> dict[str, dict[str, dict[str, int]]]:
    return {group: {row.replace("_", "-"): rows[row][group] for row in rows} for group in ("staff", "served", "peers")}


def line(record: str, kind: str, person: str = "", **fields: str) -> RecordLine:
    return RecordLine(
        record=record, kind=kind, person=person, unit="u-1", unit_now="u-1", fields=fields,
        effective_on=date(2031, 3, 1),
    )  # fmt: skip


FACULTY = Inputs(
    unit="u-1", unit_kind="faculty", year=2031, heads=("p-1",), members=("p-2",),
    marks={"plan": D("14.5"), "talks": D(11), "budget": D(87)}, numbers={"survey": D("91.35")},
    ballots={
        "meeting": ballots(
            team=votes((32, 8, 3), (13, 8, 2), (7, 4, 2)),
            p_1=votes((30, 8, 3), (13, 8, 2), (7, 4, 2)),
            p_2=votes((10, 8, 13), (3, 8, 2), (7, 4, 2)),
        )
    },
    earlier={"half": D(82)}, earlier_grades={"last_year": "pass"},
    records=(
        line("c-1", "case", "p-9", outcome="talk", rank="staff"),
        line("c-1", "case", "p-8", outcome="warning", rank="cadre"),
        line("e-1", "honour", level="nation", share="joint"),
        line("e-1", "honour", level="city", share="joint"),
    ),
    standings={"order": Place(place=5, from_last=2, size=6, best=D("91.2"))},
)  # fmt: skip


class Edition:
    """The rules of a measure with its readings, and the explanations of what they make."""

    def __init__(self, raw: dict[str, Any], **choices: Any) -> None:
        written = [reading | {"value": choices.get(reading["key"], reading["value"])} for reading in raw["reading"]]
        self.readings = {reading["key"]: Reading.model_validate(reading) for reading in written}
        self.data: PutIn = put_in(raw, meanings(self.readings))
        parts = {key: part for key, part in self.data.data.items() if key in ResultRules.model_fields}
        self.rules = ResultRules.model_validate(parts)

    def explain(self, inputs: Inputs, subject: str = "unit", person: str = "", **reasons: str) -> list[ExplainedLine]:
        scopes = self.rules.plans[inputs.unit_kind].scopes(inputs)
        scope = next(one for one in scopes if (one.plan.subject.key, one.person) == (subject, person))
        names = RuleNames(self.rules, subject, OUTSIDE)
        return explain(scope, names, reasons=reasons, readings=self.readings, uses=self.data.uses)


def by_place(lines: list[ExplainedLine]) -> dict[str, ExplainedLine]:
    found = {one.location: one for one in lines}
    assert len(found) == len(lines), "two lines have the same location"
    return found


# ---- the example ----


def test_the_example_comes_out_with_all_its_parts() -> None:
    lines = by_place(Edition(EXAMPLE).explain(FACULTY))
    amounts = {
        "duty": D(35), "plan": D("14.5"), "talks": D(11), "budget": D("9.5"), "half": D(82), "voice": D("84.89"),
        "survey": D("91.35"), "honours": D("2.5"), "cases": D(-4), "subtotal": D("79.9588"), "total": D("78.46"),
    }  # fmt: skip
    assert {location: lines[location].amount for location in amounts} == amounts


def test_the_example_is_explained_as_its_plan_has_it_in_both_languages() -> None:
    lines = by_place(Edition(EXAMPLE).explain(FACULTY, plan="两项措施未落实"))
    assert {location: lines[location].sentence.zh for location in lines} == {
        "duty": "满分 48 分：14.5 + 11 + 9.5 = 35",
        "plan": "满分 16 分，得 14.5 分，失 1.5 分：两项措施未落实",
        "talks": "“覆盖过半”，满分 18 分，得 11 分",
        "budget": "87，低 6 个百分点，扣 4.5 分，得 9.5 分",
        "half": "本轮“年中检查”的总分为 82，折合 9.84 分",
        "voice": "教职工 ≈ 88.8372，服务对象 ≈ 82.6087，同级部门 ≈ 78.4615，按 5:3:2 加权得 ≈ 84.8935，"
        "四舍五入到 2 位小数为 84.89，折合 18.6758 分",
        "survey": "考核办公室报送 91.35，折合 16.443 分",
        "subtotal": "加分、扣分以前的得分",
        "honours": "1 条记录计分，合计加 2.5 分",
        "honours/e-1": "国家级、联合：加 2.5 分（同一记录 2 项中只计最高的一项）",
        "cases": "1 条记录计分，合计扣 4 分",
        "cases/c-1/p-8": "警告、其他干部：扣 4 分（同一记录 2 项中只计最重的一项）",
        "total": "满分 100 分：35 + 9.84 + 18.6758 + 16.443 + 2.5 − 4 = 78.4588，四舍五入到 2 位小数为 78.46",
        "empty": "没有≤0的项",
        "seat": "未取得名额",
        "grade.row": "符合“良好”的条件：总分 78.46（要求≥71）",
        "grade.better": "未达到“优秀”：总分 78.46（要求≥87）；未取得“优秀名额”",
        "grade": "“良好”",
        "reading.several_people": "一起案件处分多人时，扣一次还是按人扣？一起案件涉及多人的，只按最重的一人扣分",
    }
    english = {location: lines[location].sentence.en for location in lines}
    assert english["budget"] == "87, 6 percentage points below 93: 4.5 points off, 9.5 points in all"
    assert english["cases/c-1/p-8"] == "Warning, Other cadre: 4 points off (the heaviest of 2 of one record)"
    assert english["total"].endswith("35 + 9.84 + 18.6758 + 16.443 + 2.5 − 4 = 78.4588, rounded to 2 decimals: 78.46")
    assert english["grade.better"] == (
        "Not “Excellent”: the total 78.46 (needed: ≥ 87); “A seat for an excellent grade” is not granted"
    )
    assert lines["budget"].rule == Text(
        "从 14 分起，低于 93 的每低 1 个百分点扣 0.75 分（不足 1 的不计），扣完为止",
        "From 14 points, 0.75 points off for each percentage point below 93 (only whole ones count); "
        "until nothing is left",
    )


def test_each_line_has_the_depth_of_its_part_and_the_clause_of_its_rule() -> None:
    lines = Edition(EXAMPLE).explain(FACULTY)
    assert [(one.location, one.depth) for one in lines[:5]] == [
        ("duty", 0), ("plan", 1), ("talks", 1), ("budget", 1), ("half", 0),
    ]  # fmt: skip
    assert all(after.depth <= before.depth + 1 for before, after in pairwise(lines))
    found = by_place(lines)
    assert found["cases/c-1/p-8"].clause == "第八条（二）"
    assert found["grade.row"].clause == "第六条（二）"
    assert all(one.clause for one in lines)


def test_a_limit_says_what_it_rests_on_and_the_grade_says_that_it_was_limited() -> None:
    removed = replace(
        FACULTY,
        records=(line("c-2", "case", "p-7", outcome="removal", rank="head"),),
        judgements=(Judgement(id="judged/3", finding="heavy"),),
    )
    lines = by_place(Edition(EXAMPLE).explain(removed))
    assert lines["limit.heavy"].sentence.zh == "“干部受撤职以上处分”成立，等次不高于“不合格”"
    assert lines["heavy"].sentence == Text("成立 2 次，其中党委认定 1 次", "Established 2 times, 1 by the committee")
    assert lines["heavy/c-2/p-7"].sentence.zh == "撤职、正职：属于“干部受撤职以上处分”"
    assert lines["heavy/c-2/p-7"].clause == "第九条"
    assert lines["heavy/judged/3"].sentence.zh == "由党委说明理由后认定"
    assert (lines["grade"].sentence.zh, lines["grade"].clause) == ("“不合格”（因“一票否决”）", "第九条")
    assert lines["grade.row"].sentence.zh.startswith("符合“良好”的条件")


def test_a_value_of_other_persons_is_said_with_the_persons() -> None:
    low = ballots(
        team=votes((32, 8, 3), (13, 8, 2), (7, 4, 2)),
        p_1=votes((1, 8, 30), (3, 8, 12), (1, 4, 8)),
        p_2=votes((30, 8, 3), (13, 8, 2), (7, 4, 2)),
        p_3=votes((9, 8, 3), (13, 8, 2), (7, 4, 2)),
    )
    lines = by_place(Edition(EXAMPLE).explain(replace(FACULTY, ballots={"meeting": low}, heads=("p-1", "p-3"))))
    assert lines["limit.head_voice"].sentence.en.startswith("“Ballot score of the heads” 38.81 (needed: < 63)")
    assert lines["head_voice"].sentence.zh == "p-1 的“本人测评得分” 38.81、p-3 的“本人测评得分” 78.47，最低值 38.81"
    assert lines["member.own_voice@p-1"].amount == D("38.81")
    assert lines["member.own_voice@p-1"].depth == lines["head_voice"].depth + 1


def test_a_member_has_an_explanation_of_their_own() -> None:
    lines = by_place(Edition(EXAMPLE).explain(FACULTY, "member", "p-2"))
    assert lines["own_voice"].amount == lines["total"].amount == D("65.82")
    assert lines["grade"].sentence == Text("“称职”", "“Able”")


def test_what_is_not_known_yet_is_named_and_the_total_says_what_it_waits_for() -> None:
    early = replace(
        FACULTY, marks={"talks": D(11)}, numbers={}, ballots={}, earlier={}, earlier_grades={}, standings={}
    )
    lines = by_place(Edition(EXAMPLE).explain(early))
    assert {location: lines[location].sentence.zh for location in ("plan", "budget", "survey", "voice", "half", "seat")} == {
        "plan": "尚未评分", "budget": "尚未填报", "survey": "尚未报送", "voice": "尚未计票",
        "half": "尚无结果，也未说明没有结果", "seat": "名次尚未排定",
    }  # fmt: skip
    assert lines["duty"].sentence.zh == "待定：“1.1 年度计划”、“1.3 预算执行率”尚未确定"
    assert lines["total"].amount is None
    assert (
        lines["grade.row"].sentence.zh
        == "等次待定：总分 待定（要求≥87）；“得零分的项目数” 待定（要求≤0）；“优秀名额” 待定（要求≥1）"
    )
    assert lines["limit.head_voice"].sentence.zh == "“正职测评得分” 待定（要求＜63）；如成立，等次不高于“良好”"
    assert lines["grade"].sentence == Text("待定", "Not known yet")


def test_what_does_not_apply_is_scaled_up_for_all_to_see() -> None:
    lines = by_place(Edition(EXAMPLE).explain(replace(FACULTY, absent=("survey",), records=())))
    assert lines["survey"].sentence == Text("不适用", "Does not apply")
    assert lines["total"].sentence.zh.startswith("满分 100 分：(35 + 9.84 + 18.6758) × 100 ÷ 82 ≈ 77.4583")


def test_a_cap_has_its_own_line_with_what_it_gives_back() -> None:
    many = tuple(line(f"c-{n}", "case", f"p-{n}", outcome="warning", rank="staff") for n in range(4))
    lines = by_place(Edition(EXAMPLE).explain(replace(FACULTY, records=many)))
    assert (lines["cases"].amount, lines["cases.bound"].amount) == (D(-12), D(4))
    assert lines["cases.bound"].sentence == Text(
        "原为 −16，最多扣 12 分，计 −12", "It was −16 (at most 12 points off), so it is −12"
    )
    assert sum(lines[f"cases/c-{n}/p-{n}"].amount or 0 for n in range(4)) == -16


def test_only_readings_that_had_a_say_are_named() -> None:
    edition = Edition(EXAMPLE)
    assert "reading.several_people" in by_place(edition.explain(FACULTY))
    assert "reading.several_people" not in by_place(edition.explain(replace(FACULTY, records=FACULTY.records[2:])))
    assert "reading.several_people" not in by_place(edition.explain(FACULTY, "member", "p-1"))


def test_values_of_single_persons_can_be_left_out_of_what_a_department_reads() -> None:
    edition = Edition(EXAMPLE)
    low = {group: {**rows, "p-1": {"poor": 9}} for group, rows in FACULTY.ballots["meeting"].items()}
    for inputs in (replace(FACULTY, ballots={"meeting": low}), replace(FACULTY, ballots={}), FACULTY):
        scope = edition.rules.plans["faculty"].scopes(inputs)[0]
        lines = explain(scope, RuleNames(edition.rules, "unit", OUTSIDE), shows_persons=False)
        assert not any("p-1" in one.location + one.sentence.zh + one.sentence.en for one in lines)
        if inputs.ballots and "limit.head_voice" in by_place(lines):
            assert by_place(lines)["head_voice"].sentence == Text(
                "1 人的“本人测评得分”，最低值 20", "“Own ballot score” of 1 person: the lowest is 20"
            )
    assert "member.own_voice@p-1" in by_place(edition.explain(replace(FACULTY, ballots={"meeting": low})))


def test_a_reading_in_a_bound_of_a_grade_has_a_say_in_every_result() -> None:
    asked = {
        "key": "bound", "value": "high", "clause": "第六条", "why": {"zh": "从严。", "en": "The stricter one."},
        "alternative": [{"key": "high", "means": 71, "text": {"zh": "“良好”从 71 分起", "en": "Good begins at 71"}}],
    }  # fmt: skip
    raw = deepcopy(EXAMPLE)
    raw["scale"][0]["grade"][1]["when"][0]["at_least"] = {"reading": "bound"}
    raw["reading"].append(asked)
    assert "reading.bound" in by_place(Edition(raw).explain(FACULTY))
    assert "reading.bound" not in by_place(Edition(raw).explain(FACULTY, "member", "p-1"))


def test_what_an_earlier_round_had_and_what_was_replaced_stand_in_the_sentence() -> None:
    before = replace(line("c-1", "case", "p-8", outcome="talk", rank="cadre"), effective_on=date(2030, 5, 1))
    now = replace(line("c-1", "case", "p-8", outcome="warning", rank="cadre"), replaced={"outcome": "removal"})
    lines = by_place(Edition(EXAMPLE).explain(replace(FACULTY, records=(before, now))))
    assert lines["cases/c-1/p-8"].amount == D("-2.5")
    assert lines["cases/c-1/p-8"].sentence == Text(
        "警告、其他干部，代替撤职：扣 4 分，其中以前年度已扣 1.5 分，本年扣 2.5 分",
        "Warning, Other cadre, in place of Removal from post: "
        "4 points off, of which 1.5 points off in an earlier round and 2.5 points off in this one",
    )


def test_a_title_that_is_a_whole_paragraph_is_not_repeated_whole() -> None:
    edition = Edition(RAW)
    inputs = Inputs(
        unit="u-1", unit_kind="college", year=2031, judgements=(Judgement(id="judged/1", finding="major_case"),)
    )
    lines = by_place(edition.explain(inputs))
    assert lines["major_case"].title.zh == "本部门发生重大的违法违纪案件，给学校造成重大损失"
    assert lines["limit.major_case"].title.zh == "本部门发生重大的违法违纪案件，给学校造成重大损失"
    assert lines["limit.major_case"].sentence.zh == "成立，等次不高于“不合格”"
    assert lines["limit.major_case"].sentence.en == "Established: the grade is not above “Fail”"


# ---- comparison ----


def test_two_editions_are_laid_side_by_side_by_place() -> None:
    one, each = Edition(EXAMPLE).explain(FACULTY), Edition(EXAMPLE, several_people="each").explain(FACULTY)
    pairs = {pair.location: pair for pair in compare(one, each)}
    assert [location for location, pair in pairs.items() if pair.differs] == [
        "cases", "cases/c-1/p-8", "cases/c-1/p-9", "total", "grade.row", "grade.better", "reading.several_people",
    ]  # fmt: skip
    assert pairs["cases/c-1/p-9"].before is None
    total = pairs["total"]
    assert total.before is not None
    assert total.after is not None
    assert (total.before.amount, total.after.amount) == (D("78.46"), D("76.96"))


def test_a_line_that_is_gone_stands_where_it_stood() -> None:
    before, after = Edition(EXAMPLE).explain(FACULTY), Edition(EXAMPLE).explain(replace(FACULTY, records=()))
    locations = [pair.location for pair in compare(before, after)]
    assert locations.index("honours") + 1 == locations.index("honours/e-1")
    assert locations.index("cases") + 1 == locations.index("cases/c-1/p-8")
    assert {pair.location for pair in compare(before, after) if pair.after is None} == {
        "honours/e-1", "cases/c-1/p-8", "reading.several_people",
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_a_comparison_has_every_line_of_both_once_and_in_the_order_of_the_later_one(seed: int) -> None:
    draw = random.Random(seed)
    lines = Edition(EXAMPLE).explain(FACULTY)
    for _ in range(30):
        before = draw.sample(lines, draw.randrange(len(lines)))
        after = draw.sample(lines, draw.randrange(len(lines)))
        pairs = compare(before, after)
        assert [pair.after for pair in pairs if pair.after is not None] == after
        assert sorted(pair.before.location for pair in pairs if pair.before) == sorted(one.location for one in before)
        assert len({pair.location for pair in pairs}) == len(pairs)


# ---- the shipped measure ----


@pytest.mark.parametrize("seed", range(4))
def test_the_explanation_of_the_shipped_measure_says_all_that_was_counted_in_its_order(seed: int) -> None:
    draw = random.Random(f"sentences {seed}")
    for _ in range(4):
        choices = {key: draw.choice(values) for key, values in CHOICES.items()}
        rulebook, edition = rulebook_under(**choices), Edition(RAW, **choices)
        for _ in range(25):
            drawn = Drawn(draw, rulebook)
            lines = edition.explain(drawn.inputs(), **agree(drawn.marks).reasons)
            by_place(lines)
            _, _, _, parts = drawn.second(choices)
            locations = [one.location for one in lines]
            for effect, value in (("deduct", "item-5"), ("veto", "heavy_sanction")):
                records = [location.split("/")[1] for location in locations if location.startswith(f"{value}/c-")]
                expected = [part.case for part in parts if part.kind == effect]
                of_effect = [
                    one for one in lines if one.location.startswith(f"{value}/c-") and (effect == "veto" or one.amount)
                ]
                assert [one.location.split("/")[1] for one in of_effect] == expected, records
            opened = [location.split("/")[2] for location in locations if location.startswith("open/")]
            assert opened == [part.case for part in parts if part.kind in ("pending", "committee", "successor")]


# ---- the rulebook in words ----


def test_the_whole_rulebook_is_said_part_by_part() -> None:
    edition = Edition(EXAMPLE)
    lines = {one.location: one for one in rules_in_words(edition.rules, edition.readings, OUTSIDE)}
    sentences = {location: one.sentence.zh for location, one in lines.items()}
    assert sentences["subject.member"] == "班子成员每人一个结果；教学单位、职能部门用“班子成员测评”"
    assert (
        sentences["form.main.item.duty.item.talks"]
        == "按档评分：全员覆盖 18 分、覆盖过半 11 分、偶有开展 4 分、未开展 0 分"
    )
    row = lines["ladder.cases.row[3]"]
    assert (row.title.zh, row.sentence.zh) == (
        "处理结果为撤职、开除，职级为正职、其他干部", "属于“干部受撤职以上处分”",
    )  # fmt: skip
    assert sentences["scale.unit.grade.excellent"] == "总分≥87，且“得零分的项目数”≤0，且取得“优秀名额”"
    assert sentences["scale.unit.limit.head_voice"] == "“正职测评得分”＜63的，等次不高于“良好”"
    assert sentences["reading.several_people.alternative.each"] == "一起案件涉及多人的，按人分别扣分"
    assert lines["form.main.item.duty.item.talks"].depth == 2


@pytest.mark.parametrize("raw", [EXAMPLE, RAW], ids=["example", "shipped"])
def test_every_part_of_a_rulebook_has_a_line_with_its_clause_and_without_a_key(raw: dict[str, Any]) -> None:
    edition = Edition(raw)
    lines = list(rules_in_words(edition.rules, edition.readings, OUTSIDE))
    locations = [one.location for one in lines]
    assert len(set(locations)) == len(locations)
    rows = [f"ladder.{ladder.key}.row[{n}]" for ladder in edition.rules.ladder for n in range(len(ladder.row))]
    grades = [f"scale.{scale.key}.grade.{grade.key}" for scale in edition.rules.scale for grade in scale.grade]
    values = [f"value.{value.key}" for value in edition.rules.value]
    assert {*rows, *grades, *values} <= set(locations)
    for one in lines:
        assert one.clause
        for text in (one.title, one.sentence):
            assert not KEY.search(text.zh), text.zh
            assert not KEY.search(text.en), text.en
            # An English reason for a reading may quote the Chinese text that it reads.
            assert one.location.startswith("reading.") or not re.search(r"[\u4e00-\u9fff]", text.en), text.en
