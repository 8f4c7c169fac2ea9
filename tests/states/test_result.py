"""The score, the grade, and the explanation that is printed from the calculation itself."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from states.assessment import Marks
from states.result.next_grade import grade_bounds, next_grade
from states.result.result import results_of, scopes_of
from states.rulebook.calculation.lines import Inputs
from states.rulebook.sentences.explained_lines import ExplainedLine
from states.rulebook.types import Rulebook
from tests import millgarth

from .counted import FULL, Made, made_of
from .law import BOUNDED, RULEBOOK, UNIT, YEAR, World, case, full, marks, pending, rulebook, sanction
from .test_cases import SANCTIONS

TABLE = RULEBOOK.forms_by_kind["college"]

GRADES = {
    # 第八条（二）：优秀（得分≥90）、合格（70≤得分＜90）、基本合格（60≤得分＜70）和不合格（＜60）
    "100": "excellent", "90.0": "excellent", "90": "excellent", "89.5": "pass", "70.5": "pass", "70": "pass",
    "69.5": "basic", "60": "basic", "59.5": "fail", "0.5": "fail", "0": "fail",
}  # fmt: skip
EXACT = {
    "90.005": "excellent", "89.995": "pass", "89.9999999999999999999999999999": "pass", "69.999": "basic",
    "59.999": "fail", "59.99": "fail",
}  # fmt: skip


def with_total(score: str) -> Marks:
    """Marks that add up to any score, also one that no step gives."""
    return {key: Decimal(0) for key in TABLE.elements} | {next(iter(TABLE.elements)): Decimal(score)}


@pytest.mark.parametrize("score", [*GRADES, *EXACT])
def test_each_score_has_the_grade_of_article_8(score: str) -> None:
    assert made_of(marks=with_total(score)).result.grade == {**GRADES, **EXACT}[score]


@BOUNDED
@given(st.decimals(0, 100, places=6, allow_nan=False, allow_infinity=False))
def test_a_better_score_never_has_a_worse_grade(score: Decimal) -> None:
    ranks = RULEBOOK.scales["unit"].ranks
    lower, higher = (made_of(marks=with_total(str(points))).result.grade for points in (score, score + 1))
    assert ranks[str(higher)] <= ranks[str(lower)]


@pytest.mark.parametrize(
    ("score", "grade"),
    [("89.5", "excellent"), ("89.49", "pass"), ("69.5", "pass"), ("59.5", "basic"), ("59.4", "fail")],
)
def test_rounded_before_grading_half_goes_up(score: str, grade: str) -> None:
    assert made_of(marks=with_total(score), under=rulebook(rounding="before_grade")).result.grade == grade


@pytest.mark.parametrize("total", ["100", "90", "70", "69.5", "60", "59.5", "0"])
def test_the_score_is_the_sum_of_the_marks(total: str) -> None:
    result = made_of(marks=marks(total)).result
    assert (result.subtotal, result.adjustment, result.score) == (Decimal(total), 0, Decimal(total))
    assert (result.grade, result.by_row, result.limits) == (GRADES[total], GRADES[total], ())


@pytest.mark.parametrize("total", ["100", "69.5", "0"])
def test_a_veto_rates_the_worst_whatever_the_score(total: str) -> None:
    result = made_of(marks=marks(total), judged=["major_case"]).result
    assert (result.grade, result.limits, result.score) == ("fail", ("major_case",), Decimal(total))
    assert result.by_row == GRADES[total], "the grade by score stays visible"


# -- the explanation -------------------------------------------------------------------------------

MARKS = st.fixed_dictionaries(
    {key: st.integers(0, int(e.points * 2)).map(lambda n: Decimal(n) / 2) for key, e in TABLE.elements.items()}
)
CASES = st.lists(SANCTIONS, max_size=5).map(lambda some: [case(s, id_=f"c-{n}") for n, s in enumerate(some)])
EDITIONS = st.sampled_from([RULEBOOK, rulebook(deduction_cap=10), rulebook(deduction_unit="person")])


@BOUNDED
@given(MARKS, CASES, EDITIONS)
def test_the_lines_add_up_to_the_score(points: Marks, cases: list[Any], under: Rulebook) -> None:
    made = made_of(*cases, marks=points, under=under)
    items = {item.key: made.at(item.key).amount or 0 for item in TABLE.item if not item.beside}
    subtotal, beside = made.at("subtotal").amount, [made.at(key).amount or 0 for key in ("item-5", "routine-checks")]
    assert sum(items.values()) == subtotal == made.result.subtotal
    assert sum(beside) == made.result.adjustment
    assert made.at("total").amount == made.result.score == max(sum(items.values()) + sum(beside), Decimal(0))
    for branch in TABLE.branches:
        assert made.at(branch.part.key).amount == sum(points[element.key] for element in branch.elements)
    raw = sum(line.amount or 0 for line in made.below("item-5"))
    assert made.at("item-5").amount == (max(raw, -10) if under.readings["deduction_cap"].amount else raw)


@BOUNDED
@given(MARKS, CASES, EDITIONS)
def test_every_line_has_a_clause_and_both_languages(points: Marks, cases: list[Any], under: Rulebook) -> None:
    for line in made_of(*cases, marks=points, under=under).lines:
        assert line.clause.strip()
        assert line.text.zh.strip()
        assert line.text.en.strip()
        assert line.text.zh != line.text.en


@BOUNDED
@given(MARKS, st.sampled_from(sorted(TABLE.elements)))
def test_another_mark_gives_other_lines_on_its_way_to_the_total_only(points: Marks, element: str) -> None:
    other = {**points, element: TABLE.elements[element].points - points[element]}
    before, after = ({line.location: line for line in made_of(marks=one).lines} for one in (points, other))
    differing = {place for place in before.keys() & after.keys() if before[place] != after[place]}
    if other[element] == points[element]:
        assert differing == set()
        return
    above = {item.key for item in TABLE.items.values() if element in {part.key for part in item.tree()}}
    assert above <= differing
    assert differing - above <= {"subtotal", "total", "graded_by", "grade.row", "grade.better", "grade"}


@pytest.mark.parametrize("kind", ["college", "party-admin"])
def test_a_lost_point_is_explained_by_its_reason_at_its_element(kind: str) -> None:
    table = RULEBOOK.forms_by_kind[kind]
    points = {key: element.points - Decimal("0.5") for key, element in table.elements.items()}
    why = {key: f"依据 {key} / 需补签" for key in points}
    made = made_of(marks=points, kind=kind, reasons=why)
    for key, reason in why.items():
        line = made.at(key)
        assert line.label == table.elements[key].label
        assert line.sentence.zh.endswith(reason)
        assert line.sentence.en.endswith(reason)


@BOUNDED
@given(MARKS, CASES)
def test_a_replayed_calculation_gives_the_same_lines(points: Marks, cases: list[Any]) -> None:
    first, again = made_of(*cases, marks=points), made_of(*cases, marks=dict(points))
    assert (first.result, first.lines) == (again.result, again.lines)


def text_of(lines: list[ExplainedLine], language: str) -> str:
    return "\n".join(line.text.render(language) for line in lines)


def test_a_deduction_names_its_case_its_outcome_its_tier_and_its_points() -> None:
    (line,) = made_of(case(sanction("demerit"), id_="c-77")).below("item-5")
    assert line.title.zh == "案件 c-77（2026-10-08）"
    assert line.sentence.zh == "记过、党员干部：按“撤销党内职务或降级、撤职以下处分”扣 8 分"
    assert "Demerit" in line.sentence.en
    assert "8 points off" in line.sentence.en
    assert (line.amount, line.clause) == (-8, "附件1 5.1；附件2 5.1")


@pytest.mark.parametrize("unit", ["case", "person"])
def test_a_veto_hides_no_deduction_of_its_own_case(unit: str) -> None:
    made = made_of(
        case(sanction("demotion", "p-1"), sanction("admonition", "p-2")), under=rulebook(deduction_unit=unit)
    )
    assert (made.result.grade, made.result.score) == ("fail", 94)
    assert [line.amount for line in made.below("item-5")] == [-6]


@pytest.mark.parametrize("value", ["as_given", "committee"])
def test_f6_a_sanction_given_in_place_of_a_heavier_one_is_said_to_be(value: str) -> None:
    instead = sanction("party_serious_warning", standing="party_member", instead_of="party_post_removal")
    made = made_of(case(instead), under=rulebook(substituted_sanction=value))
    assert text_of(made.lines, "zh").count("党内严重警告、党员（非干部），代替撤销党内职务：") == 1
    assert text_of(made.lines, "en").count(", in place of Removal from Party posts: ") == 1
    assert made.at("reading.substituted_sanction").sentence == made.rulebook.readings["substituted_sanction"].sentence


def test_a_cap_is_a_line_of_its_own_with_the_raw_value() -> None:
    cases = (case(sanction("demerit")), case(sanction("admonition"), id_="c-2"))
    made = made_of(*cases, under=rulebook(deduction_cap=10))
    line = made.at("item-5.bound")
    assert line.amount == 4
    assert "−14" in line.sentence.zh
    assert "−10" in line.sentence.zh
    assert line.clause == made.rulebook.readings["deduction_cap"].clause


def test_the_floor_leaves_the_deductions_to_be_read() -> None:
    made = made_of(*(case(sanction("demerit"), id_=f"c-{n}") for n in range(13)))
    assert made.result.score == 0
    assert [line.amount for line in made.below("item-5")] == [-8] * 13
    assert made.at("total.bound").amount == 4


@pytest.mark.parametrize(
    ("made", "limit", "zh", "clause"),
    [
        (made_of(case(sanction("demotion"))), "heavy_sanction", "本部门党员干部严重违反", "第八条（三）2"),
        (made_of(judged=["major_case"]), "major_case", "本部门发生重大", "第八条（三）1"),
        (made_of(judged=["other_serious"]), "other_serious", "存在其他严重违反", "第八条（三）3"),
    ],
    ids=["case", "major", "other"],
)
def test_a_veto_names_its_ground_with_the_clause(made: Made, limit: str, zh: str, clause: str) -> None:
    line = made.at(f"limit.{limit}")
    assert line.title.zh.startswith(zh)
    assert "等次不高于“不合格”" in line.sentence.zh
    assert "the grade is not above “Fail”" in line.sentence.en
    assert line.clause == made.at("grade").clause == clause
    assert made.at("grade").sentence.zh.startswith(f"“不合格”（因“{zh}")
    assert "符合“优秀”的条件" in made.at("grade.row").sentence.zh, "the grade by score stays visible"


@pytest.mark.parametrize(
    ("open_sanction", "zh", "en"),
    [
        (pending(), "尚未办结", "not closed yet"),
        (sanction("suspension"), "须由审定机关判定", "the body that approves the result decides"),
    ],
)
def test_a_flag_is_said_to_be_open(open_sanction: Any, zh: str, en: str) -> None:
    made = made_of(case(open_sanction))
    (line,) = [one for one in made.lines if one.location.startswith("open/")]
    assert line.title.zh.startswith("待定：")
    assert zh in line.sentence.zh
    assert en in line.sentence.en
    assert made.result.grade == "excellent"


@pytest.mark.parametrize(
    ("names", "made"),
    [
        ({"rounding"}, made_of()),
        ({"deduction_unit", "case_year", "attribution", "deduction_cap"}, made_of(case(sanction("demerit")))),
        ({"party_cadre"}, made_of(case(sanction("demotion")))),
    ],
    ids=["always", "deduction", "veto"],
)
def test_the_readings_a_result_rests_on_are_said_with_their_clause(names: set[str], made: Made) -> None:
    for name in names:
        line, reading = made.at(f"reading.{name}"), RULEBOOK.readings[name]
        assert (line.sentence, line.clause) == (reading.sentence, reading.clause)


def test_without_cases_no_reading_of_cases_is_named() -> None:
    assert not [line for line in made_of().lines if line.location == "reading.deduction_unit"]


@pytest.mark.parametrize("kind", ["college", "party-admin", "support"])
def test_each_kind_of_department_has_its_own_lines(kind: str) -> None:
    made, table = made_of(kind=kind), RULEBOOK.forms_by_kind[kind]
    top = [line for line in made.lines if line.depth == 0 and line.label and line.full is not None]
    assert [line.location for line in top] == [item.key for item in table.item if not item.beside]
    assert sum(line.amount or 0 for line in top) == 100


def test_a_case_counts_for_one_department_in_one_year() -> None:
    assert made_of(case(sanction("demerit")), unit=UNIT, year=YEAR).deductions
    assert not made_of(case(sanction("demerit")), unit="u-other").deductions


# -- the next better grade -------------------------------------------------------------------------


@pytest.mark.parametrize(("total", "missing"), [("89.5", "0.5"), ("60", "10"), ("100", None), ("0", "60")])
def test_what_is_missing_for_the_next_better_grade_is_said_in_points(total: str, missing: str | None) -> None:
    better = next_grade(scopes_of(made_of(marks=marks(total)).inputs, RULEBOOK)[0])
    assert (None if better is None else str(better.missing)) == missing


def test_under_a_veto_no_better_grade_is_near() -> None:
    assert next_grade(scopes_of(made_of(marks=marks("89.5"), judged=["major_case"]).inputs, RULEBOOK)[0]) is None


def test_the_scores_at_which_grades_begin_are_those_of_article_8() -> None:
    bounds = [(str(bound), title.zh) for bound, title in grade_bounds(RULEBOOK)]
    assert bounds == [("90", "优秀"), ("70", "合格"), ("60", "基本合格")]


def test_the_result_is_one_for_each_subject() -> None:
    (result,) = results_of(made_of().inputs, RULEBOOK)
    assert (result.subject, result.person) == ("unit", "")
    assert full(World()) == FULL["college"]


def test_what_stands_beside_a_form_is_called_taken_off_added_or_both_by_its_ladders() -> None:
    """附件1、2 第5项 only deducts; a ladder of honours only adds."""
    assert RULEBOOK.adjustment_title.zh == "扣分"
    costs = RULEBOOK.ladders["item-5"].row
    gives = tuple(row.model_copy(update={"costs": None, "points": row.costs or row.points}) for row in costs)
    for rows, title in ((gives, "加分"), ((*costs, *gives), "加减分")):
        ladders = tuple(ladder.model_copy(update={"row": rows}) for ladder in RULEBOOK.ladder)
        other = RULEBOOK.model_copy(update={"ladder": ladders})
        for name in ("ladders", "adjustment_title"):
            other.__dict__.pop(name, None)
        assert other.adjustment_title.zh == title


def test_what_stands_beside_a_fraction_is_recorded_as_the_form_rounds_its_total() -> None:
    """100 of 345 points that count 80 are 23.188…; with 20 points that is 43.188…, and 1 of 3 that count 2 is 0.666….

    Together 43.855…, so the total is 43.86.
    """
    marks = {"projects": Decimal(100), "order": Decimal(20), "praise": Decimal(1)}
    town = results_of(Inputs(unit="u", unit_kind="town", year=2031, marks=marks), millgarth.edition().rulebook)[0]
    recorded = (town.subtotal, town.adjustment, town.score, town.grade)
    assert recorded == (Decimal("43.19"), Decimal("0.67"), Decimal("43.86"), None)
