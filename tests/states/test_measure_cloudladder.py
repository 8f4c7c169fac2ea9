"""The measure of Cloudladder College: the weighted parts of a department's score (articles 6 to 9)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from states.result.result import result_of_subject
from states.rulebook.calculation.lines import Inputs
from states.rulebook.calculation.plan import Reckoned

from .cloudladder import FIRST, HEAD, OFFICE, SCHOOL, honour, points, rules, team_votes, unit, votes

D = Decimal


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


def test_what_is_recorded_before_bonus_and_deductions_is_rounded_as_the_score_is() -> None:
    """6(2), 6(3): 86.3 of 90 is 95.888…; with a municipal award of 1 point 96.888…; recorded are 95.89, 1 and 96.89."""
    inputs = replace(SCHOOL, absent=("half",), records=(honour("h-1", "city"),))
    result = result_of_subject(rules().plans["school"].scopes(inputs)[0])
    assert (result.subtotal, result.adjustment, result.score) == (D("95.89"), D(1), D("96.89"))


def test_an_office_without_a_survey_is_scaled_up_too() -> None:
    """6(2): 32.9 + 9 + 19.2 + 8.8 = 69.9 of the 75 points that apply."""
    assert points("total", OFFICE, absent=("survey",)) == D("93.20")


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


def test_an_office_loses_as_much_for_its_budget_from_a_higher_full_mark() -> None:
    """Annex 2 2.1: 18 − 5 × 0.6 = 15; 31 points short would cost 18.6."""
    assert [points("budget", OFFICE, numbers={"budget_rate": D(rate)}) for rate in (90, 64)] == [15, 0]


@pytest.mark.parametrize("inputs", [SCHOOL, OFFICE])
def test_each_payment_against_the_rules_costs_two_points_down_to_zero(inputs: Inputs) -> None:
    """Annexes 1 and 2, 2.2: 12 − 2 × 2 = 8; seven would cost 14."""
    assert [points("expenses", inputs, marks={"expenses": D(n)}) for n in (2, 7)] == [8, 0]


def test_talks_of_an_office_give_three_points_each() -> None:
    """Annex 2 1.3: 3 for each, at most 15."""
    assert [points("talks", OFFICE, marks={"talks": D(n)}) for n in (2, 6)] == [6, 15]


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
    # 12(1): the two counts of complaints are 0, but they are no items.
    assert result.line("empty_items").amount == 0


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


def test_the_panel_rates_a_report_by_four_levels() -> None:
    """9(3): of one head alone: (100 + 85 + 70 + 40) / 4 = 73.75."""
    reports = {"panel": {HEAD: {"good": 1, "fair": 1, "ordinary": 1, "poor": 1}}}
    ballots = {**SCHOOL.ballots, "reports": reports}
    assert points("reports", heads=(HEAD,), members=(), ballots=ballots) == D("73.75")


# The half-year check (article 8).


def test_the_half_year_check_is_scored_by_itself_and_has_no_grade() -> None:
    """Annex 3: 24 + 20 + (20 − 2 × 4) + 5/6 × 20 = 24 + 20 + 12 + 16.67 = 72.67. 8(1): 只计分，不评等次."""
    result = half_year_check(
        marks={"progress": D(24), "rules": D(20), "register": D(2)}, to_be_public=6, public_in_time=5
    )
    assert (result.total.amount, result.decision) == (D("72.67"), None)
    assert points("total", earlier={"half": result.total.amount}) == D("93.57")


def test_a_half_year_check_without_anything_to_publish_is_scaled_up() -> None:
    """Annex 3 3, 4, 6(2): 24 + 20 + 0 (six problems not entered would cost 24 of 20) = 44 of 80: 55."""
    result = half_year_check(
        marks={"progress": D(24), "rules": D(20), "register": D(6)}, to_be_public=0, public_in_time=0
    )
    assert result.total.amount == D(55)


def half_year_check(marks: dict[str, Decimal], **numbers: int) -> Reckoned:
    """The result of the half-year check of a school."""
    given = {key: D(number) for key, number in numbers.items()}
    inputs = Inputs(unit="u-1", unit_kind="school", year=2031, marks=marks, numbers=given)
    (result,) = rules().occasion_plans["midyear"]["school"].reckon(inputs)
    return result
