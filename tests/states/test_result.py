"""The score, the grade, and the explanation that is printed from the calculation itself."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from states.assessment import Marks
from states.cases.effects import Effects, Vetoed
from states.cases.vetoes import case_ground
from states.result.result import SUBTOTAL, Line, Result, compute, explain, grade_of
from states.rulebook.types import Rulebook
from states.vocabulary import Words

from .law import BOUNDED, RULEBOOK, UNIT, YEAR, World, agree, case, full, marks, pending, rulebook, sanction
from .test_cases import SANCTIONS, done_by

TABLE = RULEBOOK.forms_by_kind["college"]

GRADES = {
    # 第八条（二）：优秀（得分≥90）、合格（70≤得分＜90）、基本合格（60≤得分＜70）和不合格（＜60）
    "100": "excellent", "90.005": "excellent", "90.0": "excellent", "90": "excellent",
    "89.995": "pass", "89.9999999999999999999999999999": "pass", "70.5": "pass", "70": "pass",
    "69.999": "basic", "69.5": "basic", "60": "basic",
    "59.999": "fail", "59.5": "fail", "59.99": "fail", "0.5": "fail", "0": "fail",
}  # fmt: skip


@pytest.mark.parametrize("score", GRADES)
def test_each_score_has_the_grade_of_article_8(score: str) -> None:
    assert grade_of(Decimal(score), RULEBOOK).key == GRADES[score]


@BOUNDED
@given(st.decimals(0, 100, allow_nan=False, allow_infinity=False))
def test_every_score_has_exactly_one_grade(score: Decimal) -> None:
    fits = [g.key for g in RULEBOOK.grade if g.at_least <= score and (g.below is None or score < g.below)]
    assert fits == [grade_of(score, RULEBOOK).key]


@pytest.mark.parametrize(
    ("score", "grade"),
    [("89.5", "excellent"), ("89.49", "pass"), ("69.5", "pass"), ("59.5", "basic"), ("59.4", "fail")],
)
def test_rounded_before_grading_half_goes_up(score: str, grade: str) -> None:
    assert grade_of(Decimal(score), rulebook(rounding="before_grade")).key == grade


@pytest.mark.parametrize("total", ["100", "90", "70", "69.5", "60", "59.5", "0"])
def test_the_score_is_the_sum_of_the_marks(total: str) -> None:
    result = compute(marks(total), Effects(), RULEBOOK)
    assert (result.given, result.deducted, result.score) == (Decimal(total), 0, Decimal(total))
    assert (result.grade, result.cause) == (GRADES[total], "score")


@pytest.mark.parametrize("total", ["100", "69.5", "0"])
def test_a_veto_rates_the_worst_whatever_the_score(total: str) -> None:
    vetoed = Effects(vetoes=(Vetoed("judged/4", "major_case"),))
    result = compute(marks(total), vetoed, RULEBOOK)
    assert (result.grade, result.cause, result.score) == ("fail", "veto", Decimal(total))


# -- the explanation -------------------------------------------------------------------------------

MARKS = st.fixed_dictionaries(
    {key: st.integers(0, int(e.points * 2)).map(lambda n: Decimal(n) / 2) for key, e in TABLE.elements.items()}
)
EFFECTS = st.lists(SANCTIONS, max_size=5).map(
    lambda some: done_by(*(case(s, id_=f"c-{n}") for n, s in enumerate(some)))
)
EDITIONS = st.sampled_from([RULEBOOK, rulebook(deduction_cap=10), rulebook(deduction_unit="person")])


def explained(given_: Marks, effects: Effects, under: Rulebook = RULEBOOK) -> tuple[Result, list[Line]]:
    result = compute(given_, effects, under)
    return result, explain(result, agree(given_), under.forms_by_kind["college"], under)


@BOUNDED
@given(MARKS, EFFECTS, EDITIONS)
def test_the_lines_add_up_to_the_score(given_: Marks, effects: Effects, under: Rulebook) -> None:
    result, lines = explained(given_, effects, under)
    indicators = list(TABLE.branches)
    first = next(n for n, line in enumerate(lines) if line.text == SUBTOTAL)
    shown, subtotal = lines[:first], lines[first]
    lost = [element for element, points in given_.items() if points < TABLE.elements[element].points]
    assert len(shown) == len(indicators) + len(lost), "each indicator has a line, and each element that lost points"
    at_total = next(n for n, line in enumerate(lines) if line.text.zh.startswith("总分"))
    item_5 = lines[first + 1 : at_total]
    assert sum(line.amount or 0 for line in shown) == subtotal.amount == result.given
    raw = result.given + sum(line.amount or 0 for line in item_5)
    assert raw == result.given - result.deducted
    assert lines[at_total].amount == result.score == max(raw, Decimal(0))
    assert [line.amount for line in lines[at_total + 1 :]] == [None] * (len(lines) - at_total - 1)


@BOUNDED
@given(MARKS, EFFECTS, EDITIONS)
def test_every_line_has_a_clause_and_both_languages(given_: Marks, effects: Effects, under: Rulebook) -> None:
    for line in explained(given_, effects, under)[1]:
        assert line.clause.strip()
        assert line.text.zh.strip()
        assert line.text.en.strip()
        assert line.text.zh != line.text.en


@BOUNDED
@given(MARKS, st.sampled_from(sorted(TABLE.elements)))
def test_another_mark_gives_other_lines_and_in_its_indicator_only(given_: Marks, element: str) -> None:
    other = {**given_, element: TABLE.elements[element].points - given_[element]}
    before, after = by_indicator(explained(given_, Effects())[1]), by_indicator(explained(other, Effects())[1])
    differing = [clause for clause in before if before[clause] != after[clause]]
    owner = next(b.part.clause for b in TABLE.branches if element in {e.key for e in b.elements})
    if other[element] == given_[element]:
        assert differing == []
    else:
        assert [clause for clause in differing if clause != "rest"] == [owner]
        assert "rest" in differing, "the subtotal"


def by_indicator(lines: list[Line]) -> dict[str, list[Line]]:
    """The lines of each indicator by its clause, those of its elements with it; the others as the rest."""
    found: dict[str, list[Line]] = {}
    own = {branch.part.clause: branch.part.clause for branch in TABLE.branches}
    own |= {element.clause: branch.part.clause for branch in TABLE.branches for element in branch.elements}
    end = next(n for n, line in enumerate(lines) if line.text == SUBTOTAL)
    for n, line in enumerate(lines):
        found.setdefault(own[line.clause] if n < end else "rest", []).append(line)
    return found


@pytest.mark.parametrize("kind", ["college", "party-admin"])
def test_a_lost_point_is_explained_by_its_reason_under_a_number_that_no_other_element_has(kind: str) -> None:
    table = RULEBOOK.forms_by_kind[kind]
    given_ = {key: element.points - Decimal("0.5") for key, element in table.elements.items()}
    why = {key: Words(f"依据 {key} / 需补签") for key in given_}
    sheet = agree(given_)
    lines = explain(compute(given_, Effects(), RULEBOOK), type(sheet)(marks=given_, reasons=why), table, RULEBOOK)
    for language in ("zh", "en"):
        said = [line.text.render(language) for line in lines]
        for key, reason in why.items():
            named = [text for text in said if text.endswith(reason)]
            assert len(named) == 1
            assert table.labels[key].render(language) in named[0]
        assert len({label.render(language) for label in table.labels.values()}) == len(table.elements)


@BOUNDED
@given(MARKS, EFFECTS)
def test_a_replayed_calculation_gives_the_same_lines(given_: Marks, effects: Effects) -> None:
    assert explained(given_, effects) == explained(dict(given_), effects)


def text_of(lines: list[Line], language: str) -> str:
    return "\n".join(line.text.render(language) for line in lines)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_lost_point_is_shown_at_the_element_as_printed(language: str) -> None:
    """F17: a1-2.1.2 is printed 2.2.2."""
    _, lines = explained({**full(World()), "a1-2.1.2": Decimal("1.5")}, Effects())
    said = {"zh": "2.1 下的 2.2.2 −2.5", "en": "2.2.2 under 2.1 −2.5"}
    assert said[language] in text_of(lines, language)
    assert "a1-2.1.2" not in text_of(lines, language)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_deduction_names_outcome_tier_and_points_and_no_id(language: str) -> None:
    effects = done_by(case(sanction("demerit"), id_="c-77"))
    _, lines = explained(full(World()), effects)
    outcome = RULEBOOK.outcomes["demerit"].title.text.render(language)
    tier = RULEBOOK.deductions["sanction"].title.text.render(language)
    (line,) = [x for x in lines if x.amount == -8]
    for said in (outcome, tier, "8", "每起" if language == "zh" else "per case"):
        assert said in line.text.render(language)
    assert "c-77" not in line.text.render(language)
    assert line.clause == RULEBOOK.deductions["sanction"].clause


@pytest.mark.parametrize("unit", ["case", "person"])
def test_a_veto_hides_no_deduction_of_its_own_case(unit: str) -> None:
    under = rulebook(deduction_unit=unit)
    effects = done_by(case(sanction("demotion", "p-1"), sanction("admonition", "p-2")), under=under)
    result, lines = explained(full(World()), effects, under)
    assert (result.grade, result.score) == ("fail", 94)
    assert [x.amount for x in lines if x.text.zh.startswith("案件：诫勉谈话")] == [-6]


def test_counted_per_person_the_line_says_so() -> None:
    under = rulebook(deduction_unit="person")
    _, lines = explained(full(World()), done_by(case(sanction("demerit")), under=under), under)
    assert "每人减 8 分" in text_of(lines, "zh")
    assert "per person" in text_of(lines, "en")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("value", ["as_given", "committee"])
def test_f6_a_sanction_given_in_place_of_a_heavier_one_is_said_to_be(value: str, language: str) -> None:
    under = rulebook(substituted_sanction=value)
    instead = sanction("party_serious_warning", standing="party_member", instead_of="party_post_removal")
    _, lines = explained(full(World()), done_by(case(instead), under=under), under)
    given_, heavier = (under.outcomes[k].title.text.render(language) for k in (instead.outcome, "party_post_removal"))
    wanted = f"{given_}，代替{heavier}" if language == "zh" else f"{given_}, in place of {heavier}"
    assert sum(wanted in line.text.render(language) for line in lines) == 1
    assert any(under.readings["substituted_sanction"].sentence.zh in line.text.zh for line in lines)


def test_f6_a_veto_given_in_place_of_a_heavier_outcome_is_said_to_be() -> None:
    _, lines = explained(full(World()), done_by(case(sanction("demotion", instead_of="dismissal"))))
    assert any(line.text.zh.startswith("一票否决：案件（降级，代替开除") for line in lines)


def test_a_cap_is_a_line_of_its_own_with_the_raw_value() -> None:
    under = rulebook(deduction_cap=10)
    effects = done_by(case(sanction("demerit")), case(sanction("admonition"), id_="c-2"), under=under)
    _, lines = explained(full(World()), effects, under)
    (line,) = [x for x in lines if x.amount == 4]
    assert "10" in line.text.zh
    assert "14" in line.text.zh
    assert line.clause == under.readings["deduction_cap"].clause


def test_the_floor_leaves_the_deductions_to_be_read() -> None:
    effects = done_by(*(case(sanction("demerit"), id_=f"c-{n}") for n in range(13)))
    result, lines = explained(full(World()), effects)
    assert result.score == 0
    assert sum(1 for x in lines if x.amount == -8) == 13


VETO = Vetoed("case/c-1", "heavy_sanction", "c-1", "demotion", date(2026, 10, 8))


@pytest.mark.parametrize(
    ("veto", "zh", "en", "clause"),
    [
        (VETO, "案件（降级）", "case (Demotion in grade)", "第八条（三）2"),
        (Vetoed("judged/4", "major_case"), "经判定：本部门发生重大", "judged: A major case", "第八条（三）1"),
        (Vetoed("judged/4", "other_serious"), "存在其他严重违反", "another serious breach", "第八条（三）3"),
    ],
)
def test_a_veto_names_its_ground_with_the_clause(veto: Vetoed, zh: str, en: str, clause: str) -> None:
    _, lines = explained(full(World()), Effects(vetoes=(veto,)))
    (line,) = [x for x in lines if x.text.zh.startswith("一票否决")]
    assert zh in line.text.zh
    assert en in line.text.en
    assert line.clause == clause
    assert "直接评定为不合格" in line.text.zh
    grade = next(x for x in lines if x.text.zh.startswith("等次："))
    assert "不合格（因一票否决）" in grade.text.zh
    assert any("按得分为“优秀”" in x.text.zh for x in lines), "the grade by score stays visible"


@pytest.mark.parametrize(
    ("told", "zh", "en"),
    [
        (pending(), "尚未办结", "not closed yet"),
        (sanction("suspension"), "是否构成否决须由党委判定", "whether it vetoes is for the committee"),
    ],
)
def test_a_flag_is_said_to_be_open(told: Any, zh: str, en: str) -> None:
    result, lines = explained(full(World()), done_by(case(told)))
    (line,) = [x for x in lines if x.text.zh.startswith("待定")]
    assert zh in line.text.zh
    assert en in line.text.en
    assert result.grade == "excellent"


@pytest.mark.parametrize(
    ("names", "effects"),
    [
        ({"self_scores", "rounding"}, Effects()),
        ({"deduction_unit", "case_year", "attribution", "deduction_cap"}, done_by(case(sanction("demerit")))),
        ({"revised_result", "judged_grounds"}, done_by(case(sanction("demotion")))),
        ({"open_cases"}, done_by(case(pending()))),
    ],
    ids=["always", "deduction", "veto", "flag"],
)
def test_the_readings_a_result_rests_on_are_said_with_their_clause(names: set[str], effects: Effects) -> None:
    _, lines = explained(full(World()), effects)
    for name in names:
        said = RULEBOOK.readings[name].sentence
        (line,) = [x for x in lines if x.text.zh == f"条文理解：{said.zh}"]
        assert line.clause == RULEBOOK.readings[name].clause
        assert line.text.en.lower() == f"as we read the measure: {said.en}".lower()


def test_the_ground_of_cases_is_the_one_that_follows_from_a_case() -> None:
    assert case_ground(RULEBOOK) == "heavy_sanction"


def test_no_marks_explain_another_table() -> None:
    with pytest.raises(KeyError):
        explain(
            compute(full(World()), Effects(), RULEBOOK),
            agree(full(World())),
            RULEBOOK.forms_by_kind["support"],
            RULEBOOK,
        )


@pytest.mark.parametrize("kind", ["college", "party-admin", "support"])
def test_each_kind_of_unit_has_its_own_lines(kind: str) -> None:
    given_ = full(World(), kind)
    table = RULEBOOK.forms_by_kind[kind]
    lines = explain(compute(given_, Effects(), RULEBOOK), agree(given_), table, RULEBOOK)
    branches = list(table.branches)
    assert [x.clause for x in lines[: len(branches)]] == [branch.part.clause for branch in branches]
    assert sum(x.amount or 0 for x in lines[: len(branches)]) == 100


def test_effects_are_of_one_unit_and_year() -> None:
    assert done_by(case(sanction("demerit")), unit=UNIT, year=YEAR).deductions
    assert not done_by(case(sanction("demerit")), unit="u-other").deductions
