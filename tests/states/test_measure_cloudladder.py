"""The measure of Cloudladder College: how a department's score comes about (articles 5 to 11)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from states.rulebook.calculation.lines import Inputs

from .cloudladder import FIRST, HEAD, OFFICE, SCHOOL, case, honour, other, rules, team_votes, unit, votes

D = Decimal


def points(key: str, inputs: Inputs = SCHOOL, settings: dict[str, str] | None = None, **changes: Any) -> object:
    return unit(inputs, settings, **changes).line(key).amount


# The weighted parts (article 6).


def test_a_school_has_the_weighted_sum_of_its_five_parts() -> None:
    """6(1): 40% of 100 + 10% of 90 + 25% of 96 + 15% of 90 + 10% of 88 = 40 + 9 + 24 + 13.5 + 8.8."""
    result = unit()
    of_part = {line.at: line.amount for line in result.total.parts[:5]}
    assert of_part == {"duty": 100, "half": 90, "voice": 96, "survey": 90, "reports": 88}
    assert result.total.amount == D("95.30")


def test_an_office_has_an_annex_and_weights_of_its_own() -> None:
    """6(1): 35% of 94 + 10% of 90 + 20% of 96 + 25% of 90 + 10% of 88 = 32.9 + 9 + 19.2 + 22.5 + 8.8."""
    result = unit(OFFICE)
    assert (result.line("duty").amount, result.total.amount) == (D(94), D("92.40"))


def test_an_item_that_does_not_apply_is_scaled_up_within_the_part() -> None:
    """6(2): with the plan at 3.5 of 8, 85.5 of the 90 points that apply are 95 of 100."""
    assert points("duty", absent=("internship",), marks={"plan": D("3.5")}) == D("95.00")


def test_the_other_reading_scales_an_item_up_within_its_section() -> None:
    """Annex 1 section 3 alone is scaled up, to its full 35: 25.5 + 35 + 35 = 95.5."""
    section = {"scaled_within": "section"}
    assert points("duty", settings=section, absent=("internship",), marks={"plan": D("3.5")}) == D("95.50")


def test_a_department_set_up_after_march_has_no_half_year_check_and_loses_nothing_by_it() -> None:
    """8(3), 6(2): 40 + 24 + 13.5 + 8.8 = 86.3 of the 90 points that apply, of 100: 95.888…."""
    assert points("total", absent=("half",)) == D("95.89")


def test_a_half_year_check_that_is_not_known_yet_is_not_zero() -> None:
    """6(2) scales up what was found not applicable; what nobody has entered yet leaves the score open."""
    result = unit(earlier={"half": None})
    assert result.total.state == "pending"
    assert result.decision is not None
    assert result.decision.grade is None


def test_the_score_is_at_most_100_whatever_is_added() -> None:
    """6(3): 95.30 + 5 for awards (4 + 4, at most 5) is 100.30, and counts as 100."""
    result = unit(records=(honour("h-1", "nation"), honour("h-2", "nation")))
    assert (result.total.amount, result.total.raw) == (D(100), D("100.30"))


# Daily duties (annexes 1 and 2).


@pytest.mark.parametrize(
    ("reading", "expected"), [("whole", D("14.4")), ("begun", D("13.8")), ("in_proportion", D("14.04"))]
)
def test_budget_use_costs_points_for_each_percentage_point_below_95(reading: str, expected: Decimal) -> None:
    """Annex 1 2.1: 93.4% is 1.6 short. One whole point costs 0.6; two begun ones 1.2; in proportion 0.96."""
    assert points("budget", settings={"part_of_a_point": reading}, numbers={"budget_rate": D("93.4")}) == expected


def test_budget_use_never_costs_more_than_the_item() -> None:
    """Annex 1 2.1: 扣完为止. At 60%, 35 points short would cost 21 of the 15."""
    assert points("budget", numbers={"budget_rate": D(60)}) == 0


def test_talks_give_points_each_up_to_the_full_mark() -> None:
    """Annex 1 1.3: 2 points for each talk, at most 12."""
    assert [points("talks", marks={"talks": D(n)}) for n in (0, 3, 6, 9)] == [0, 6, 12, 12]


def test_one_teaching_accident_empties_the_item() -> None:
    """Annex 1 3.1: 出现一例，本项不得分; a second one cannot cost more."""
    assert [points("accidents", marks={"accidents": D(n)}) for n in (0, 1, 2)] == [10, 0, 0]


def test_every_full_five_overdue_matters_cost_a_point() -> None:
    """Annex 2 3.1: 每满5件."""
    assert [points("overdue", OFFICE, marks={"overdue": D(n)}) for n in (4, 5, 9, 60)] == [10, 9, 9, 0]


def test_training_attendance_is_in_one_of_three_bands() -> None:
    """Annex 1 3.4: 以上 includes the number named (article 20)."""
    rates = (D(95), D("94.99"), D(80), D("79.99"))
    assert [points("training", numbers={"training_rate": rate}) for rate in rates] == [5, 3, 3, 0]


def test_the_share_of_satisfied_votes_of_those_served_is_converted_by_bands() -> None:
    """Annex 2 3.2: 9 of 10 valid votes are 90%; cannot say is no valid vote, so 6 of 8 are 75%; 5 of 10 give nothing."""
    cast = (votes(9, 1), votes(6, 2, 0, 5), votes(6, 4), votes(5, 5))
    assert [points("promise", OFFICE, ballots=team_votes(served=one)) for one in cast] == [20, 14, 8, 0]


def test_complaints_closed_in_time_count_as_a_ratio() -> None:
    """Annex 1 3.3: 2 of 3 in time, times 10, to two decimals (7(2))."""
    assert points("appeals", numbers={"received": D(3), "closed_in_time": D(2)}) == D("6.67")


def test_a_school_without_complaints_is_not_scored_zero_for_them() -> None:
    """Annex 1 3.3: 没有受理申诉的不适用, and 6(2) scales up the rest, which is full."""
    result = unit(numbers={"received": D(0), "closed_in_time": D(0)})
    assert (result.line("appeals").state, result.line("duty").amount) == ("absent", D(100))


# Ballots and work reports (article 9).


def test_three_voter_groups_weigh_five_three_and_two() -> None:
    """9(2): (5 × 100 + 3 × 95 + 2 × 87.5) / 10 = 96."""
    assert points("voice") == D(96)


def test_a_group_without_a_valid_vote_is_left_out() -> None:
    """9(2): without the other departments' heads (5 × 100 + 3 × 95) / 8 = 98.125, half up 98.13."""
    assert points("voice", ballots=team_votes(peers=votes(0, 0, 0, 8))) == D("98.13")


def test_a_group_that_has_not_voted_yet_leaves_the_ballot_open() -> None:
    """9(2) leaves out a group that voted without a valid vote, not one whose votes are not there yet."""
    meeting = {group: rows for group, rows in SCHOOL.ballots["meeting"].items() if group != "peers"}
    assert unit(ballots={**SCHOOL.ballots, "meeting": meeting}).line("voice").state == "pending"


def test_work_reports_leave_out_the_best_and_the_worst_of_three_members() -> None:
    """9(3): of 100, 88 and 70 only 88 is left."""
    assert points("reports") == D(88)


def test_a_team_of_two_leaves_out_nobody() -> None:
    """9(3): 班子有三名以上成员的; of two, (100 + 88) / 2 = 94."""
    assert points("reports", heads=(HEAD,), members=(FIRST,)) == D(94)


# Bonus points (article 10).


def test_of_several_awards_for_one_matter_only_the_best_counts() -> None:
    """10(3): a provincial 1.5 and a national 2.5, both won jointly, for one matter: 2.5, not 4."""
    assert points("honours", records=(honour("h-1", "province", "jointly"), honour("h-1", "nation", "jointly"))) == D(
        "2.5"
    )


def test_a_better_award_of_a_later_year_adds_the_difference_only() -> None:
    """10(3): provincial in the year before (2.5), national now (4): 1.5."""
    before = honour("h-1", "province", effective_on=date(2031, 5, 1))
    assert points("honours", records=(before, honour("h-1", "nation"))) == D("1.5")


AWARDS = {
    "government": {"nation": ("4", "2.5"), "province": ("2.5", "1.5"), "city": ("1", "0.5"), "college": ("0.5", "0.5")},
    "association": {"nation": ("2.5", "1.5"), "province": ("1", "0.5"), "city": ("0.5", "0.5"), "college": ("0", "0")},
}
"""10(1), (2): won alone, and jointly. An association's award counts as that of the level below."""


@pytest.mark.parametrize("issuer", AWARDS)
@pytest.mark.parametrize("level", ["nation", "province", "city", "college"])
def test_an_award_counts_by_level_issuer_and_share(issuer: str, level: str) -> None:
    won = [points("honours", records=(honour("h-1", level, share, issuer),)) for share in ("alone", "jointly")]
    assert won == [D(number) for number in AWARDS[issuer][level]]


@pytest.mark.parametrize(("reading", "expected"), [("nothing", 0), ("as_college", D("0.5"))])
def test_the_lowest_award_of_an_association_is_a_reading(reading: str, expected: Decimal) -> None:
    """10(2) names no level below the college's."""
    lowest = (honour("h-1", "college", issuer="association"),)
    assert points("honours", settings={"lowest_award": reading}, records=lowest) == expected


def test_new_practices_add_what_the_committee_said_up_to_three() -> None:
    """10(4): 1.8 + 1.5 = 3.3, at most 3."""
    records = (other("n-1", "practice", "method", "1.8"), other("n-2", "practice", "platform", "1.5"))
    assert (points("practices", records=records[:1]), points("practices", records=records)) == (D("1.8"), 3)


# Deductions (article 11), and the academic year (article 5).


def test_deductions_depend_on_the_outcome_the_rank_and_the_rule_broken() -> None:
    """11(1) to (4): talk 1; criticism 2, or 3 for national law; warning 4, of a team member 6; removal of staff 8."""
    cases = [
        case("c-1", "talk"), case("c-1", "criticism"), case("c-1", "criticism", rule="law"), case("c-1", "warning"),
        case("c-1", "warning", rank="member"), case("c-1", "removal"),
    ]  # fmt: skip
    assert [points("cases", records=(one,)) for one in cases] == [-1, -2, -3, -4, -6, -8]


@pytest.mark.parametrize(("reading", "expected"), [("once", -4), ("each", -5)])
def test_a_case_of_two_persons_costs_once_or_for_each(reading: str, expected: int) -> None:
    """11 says 每起: by the reading in force the heavier outcome only; otherwise 4 + 1."""
    records = (case("c-1", "warning", person="p-1"), case("c-1", "talk", person="p-2"))
    assert points("cases", settings={"several_people": reading}, records=records) == expected


def test_deductions_for_cases_end_at_fifteen() -> None:
    """11(5): 8 + 8 = 16, at most 15."""
    assert points("cases", records=(case("c-1", "removal"), case("c-2", "dismissal"))) == -15


def test_absences_cost_for_each_person_and_meeting() -> None:
    """11(6): 3 × 0.5 + 2 × 0.2 = 1.9; 9 × 0.5 would be 4.5, and 3 is the most."""
    mixed = (other("a-1", "absence", "absent", "3"), other("a-2", "absence", "late", "2"))
    assert points("absences", records=mixed) == D("-1.9")
    assert points("absences", records=(other("a-1", "absence", "absent", "9"),)) == -3


def test_the_academic_year_runs_from_september_to_august() -> None:
    """5: of the four days, the round of 2031 has the second and the third."""
    days = (date(2031, 8, 31), date(2031, 9, 1), date(2032, 8, 31), date(2032, 9, 1))
    assert [points("cases", records=(case("c-1", "warning", effective_on=day),)) for day in days] == [0, -4, -4, 0]


@pytest.mark.parametrize(("reading", "expected"), [("decision", -4), ("act", 0)])
def test_a_case_counts_in_the_year_of_its_decision_or_of_its_act(reading: str, expected: int) -> None:
    """11(5): done in August 2031, decided in December; the text is silent on which year it means."""
    records = (case("c-1", "warning", acted_on=date(2031, 8, 20)),)
    assert points("cases", settings={"case_day": reading}, records=records) == expected


def test_an_open_case_costs_nothing_and_is_flagged() -> None:
    """11(5): 尚未结案的，结案后……计算."""
    line = unit(records=(case("c-1", "open", effective_on=None),)).line("cases")
    assert (line.amount, [counted.effect for counted in line.counted]) == (0, ["pending"])


# The half-year check (article 8).


def test_the_half_year_check_is_scored_by_itself_and_has_no_grade() -> None:
    """Annex 3: 24 + 20 + (20 − 2 × 4) + 5/6 × 20 = 24 + 20 + 12 + 16.67 = 72.67. 8(1): 只计分，不评等次."""
    checked = Inputs(
        unit="u-1", unit_kind="school", year=2031,
        marks={"progress": D(24), "rules": D(20), "register": D(2)},
        numbers={"to_be_public": D(6), "public_in_time": D(5)},
    )  # fmt: skip
    (result,) = rules().occasion_plans["midyear"]["school"].reckon(checked)
    assert (result.total.amount, result.decision) == (D("72.67"), None)
    assert points("total", earlier={"half": result.total.amount}) == D("93.57")
