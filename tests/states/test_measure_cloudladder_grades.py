"""The grades of Cloudladder College: of departments, by score, conditions and limits (articles 12 and 13)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from states.rulebook.calculation.scales import GradeDecision

from .cloudladder import (
    FIRST,
    HEAD,
    SECOND,
    KnownValues,
    case,
    decision,
    finding,
    rules,
    seat,
    team_votes,
    unit,
    value,
    votes,
)

D = Decimal


def grade(settings: dict[str, str] | None = None, **changes: Any) -> str | None:
    return decision(unit(settings=settings, **changes)).grade


# Departments: the score and the conditions beside it (article 12), the quota (article 14).


def test_a_school_that_meets_every_condition_within_the_quota_is_excellent() -> None:
    """12(1), 14(1): 95.30, nothing at zero, 96 in the ballot, its head 96, and a place."""
    assert decision(unit()) == GradeDecision("excellent", "excellent")


def test_a_school_without_a_place_is_good_however_high_its_score() -> None:
    """14(1): 优秀一般不超过本组部门数的30%; 12(5): the best grade whose conditions are met."""
    assert decision(unit(standings=seat(has_seat=False))) == GradeDecision("good", "good")


def test_the_grade_is_open_until_the_places_are_settled() -> None:
    """14(1): whether 95.30 is excellent hangs on the others' scores."""
    assert grade(standings={}) is None


def test_a_limit_that_leaves_one_grade_waits_for_no_places() -> None:
    """13(3)1 makes a fail of excellent and of good alike, 13(1)1 a good; without a limit the grade is open."""
    removed = decision(unit(standings={}, records=(case("c-1", "removal", "head"),)))
    assert (removed.grade, removed.by_row) == ("fail", None)
    warned = decision(unit(standings={}, records=(case("c-1", "warning", "member"),)))
    assert (warned.grade, warned.by_row) == ("good", None)
    assert grade(standings={}, records=(case("c-1", "warning", "staff"),)) is None


def test_below_88_the_places_do_not_matter() -> None:
    """12(1): with the survey at 40, 95.30 − 7.5 = 87.80: good, before anybody has been put in order."""
    result = unit(standings={}, numbers={"survey": D(40)})
    assert (result.total.amount, decision(result).by_row) == (D("87.80"), "good")


def test_one_item_at_zero_bars_excellent() -> None:
    """12(1): an accident empties annex 1 3.1, 4 points of the total; 91.30 would be enough."""
    result = unit(marks={"accidents": D(1)})
    assert (result.total.amount, result.line("empty_items").amount, decision(result).grade) == (D("91.30"), 1, "good")


def test_an_item_that_does_not_apply_is_not_at_zero() -> None:
    """12(1), 6(2): 不计零分."""
    assert grade(absent=("internship",)) == "excellent"


def test_three_items_at_zero_bar_good() -> None:
    """12(2): decisions, accidents and assets at zero cost 28 of 100 × 40%; 84.10 is a pass only."""
    two = {"decisions": D(0), "accidents": D(1)}
    result = unit(marks={**two, "assets": D(0)})
    assert (result.total.amount, decision(result).grade) == (D("84.10"), "pass")
    assert grade(marks=two) == "good"


@pytest.mark.parametrize(("dissatisfied", "expected"), [(2, "good"), (1, "excellent")])
def test_one_group_of_voters_alone_can_bar_excellent(dissatisfied: int, expected: str) -> None:
    """12(1): 任何一类人员的不满意率均低于20%: of ten heads of other departments two are 20%, which is not below."""
    cast = votes(10 - dissatisfied, 0, dissatisfied)
    result = unit(ballots=team_votes(peers=cast))
    assert result.line("voice").amount == D("98.5") - D("1.4") * dissatisfied
    assert decision(result).grade == expected


@pytest.mark.parametrize(("reading", "expected"), [("lowest", "good"), ("mean", "excellent")])
def test_with_two_heads_the_lower_ballot_counts_or_their_mean(reading: str, expected: str) -> None:
    """12(1): 正职本人民主测评80分以上; of 96 and 75 the lower is below, the mean is 85.5."""
    assert grade({"two_heads": reading}, heads=(HEAD, SECOND), members=(FIRST,)) == expected


@pytest.mark.parametrize(("survey", "total", "expected"), [("8", "60.00", "pass"), ("7.96", "59.99", "fail")])
def test_sixty_points_are_a_pass(survey: str, total: str, expected: str) -> None:
    """12(3), (4), 20: 以上 includes the number. 40% of 50 + 10% of 60 + 24 + 8.8 = 58.8, and 15% of 8 are 1.2."""
    marks = {key: D(0) for key in ("decisions", "talks", "assets", "internship")} | {"accidents": D(1)}
    result = unit(marks=marks, earlier={"half": D(60)}, numbers={"survey": D(survey)})
    assert result.line("duty").amount == 50
    assert (result.total.amount, decision(result).by_row) == (D(total), expected)


BEST = {
    "total": "88", "empty_items": "0", "voice": "85", "worst_share": "19.99", "head_voice": "80", "seat": "1",
    "survey": "70", "half": "60", "rectified_share": "1",
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "excellent"),
        ({"total": "87.99"}, "good"),
        ({"voice": "84.99"}, "good"),
        ({"worst_share": "20"}, "good"),
        ({"head_voice": "79.99"}, "good"),
        ({"empty_items": "1"}, "good"),
        ({"empty_items": "2", "total": "75"}, "good"),
        ({"empty_items": "3", "total": "75"}, "pass"),
        ({"total": "74.99"}, "pass"),
        ({"total": "60"}, "pass"),
        ({"total": "59.99"}, "fail"),
    ],
)
def test_each_bound_of_the_departments_grades_includes_the_number_it_names(
    changes: dict[str, str], expected: str
) -> None:
    """12(1) to (4), 20: at every bound at once a department is excellent; a hundredth below one of them, it is not."""
    assert rules().scales["unit"].decide(KnownValues({**BEST, **changes})).by_row == expected


# Limits (article 13): at the second best grade, at a middle one, at the worst, and none.


def test_a_warned_team_member_costs_points_and_caps_the_grade_at_good() -> None:
    """11(3), 13(1)1: 95.30 − 6 = 89.30 is still enough for excellent by the score; the limit makes it good."""
    result = unit(records=(case("c-1", "warning", rank="member"),))
    assert result.total.amount == D("89.30")
    assert decision(result) == GradeDecision("good", "excellent", ("leader_warned",))


def test_a_warned_teacher_does_not_cap_the_grade() -> None:
    """13(1)1 is about members of the team: 95.30 − 4 = 91.30, excellent."""
    assert grade(records=(case("c-1", "warning"),)) == "excellent"


@pytest.mark.parametrize(
    ("changes", "limits"),
    [
        ({"numbers": {"survey": D("69.99")}}, ("low_service",)),
        ({"numbers": {"survey": D(70)}}, ()),
        ({"earlier": {"half": D("59.5")}}, ("low_service",)),
        ({"earlier": {"half": D(60)}}, ()),
    ],
)
def test_a_low_survey_or_half_year_check_caps_the_grade(changes: dict[str, Any], limits: tuple[str, ...]) -> None:
    """13(1)2: 低于 excludes the number (20). The scores stay above 88."""
    result = decision(unit(**changes))
    assert (result.by_row, result.limits) == ("excellent", limits)
    assert result.grade == ("good" if limits else "excellent")


@pytest.mark.parametrize(
    ("found_", "rectified", "expected"), [(3, 2, "excellent"), (8, 5, "good"), (0, 0, "excellent")]
)
def test_fewer_than_two_thirds_rectified_cap_the_grade(found_: int, rectified: int, expected: str) -> None:
    """13(1)3: two of three are exactly two thirds, which is enough; five of eight are not; without problems no limit."""
    assert grade(numbers={"found": D(found_), "rectified": D(rectified)}) == expected


def test_false_documents_allow_a_pass_at_most() -> None:
    """13(2): 等次最高为合格, whatever the score; the score itself stays."""
    result = unit(judgements=finding("falsified"))
    assert (result.total.amount, decision(result).grade, decision(result).limits) == (
        D("95.30"),
        "pass",
        ("falsified",),
    )


def test_a_limit_never_lifts_a_grade() -> None:
    """13(2) says 最高: a department that fails by its score stays there."""
    low = {key: D(0) for key in ("plan", "decisions", "talks", "assets", "internship")}
    result = unit(marks=low, numbers={"survey": D(10), "budget_rate": D(70)}, judgements=finding("falsified"))
    assert result.total.amount is not None
    assert result.total.amount < 60
    assert decision(result).grade == "fail"


def test_a_removed_team_member_makes_the_department_fail_and_costs_no_points() -> None:
    """11(4) sends the case to 13(3)1 in place of a deduction."""
    result = unit(records=(case("c-1", "removal", rank="head"),))
    assert result.total.amount == D("95.30")
    assert decision(result) == GradeDecision("fail", "excellent", ("leader_warned", "leader_removed"))


def test_a_major_incident_makes_the_department_fail_by_the_committees_finding() -> None:
    """13(3)2: 经考核委员会认定."""
    assert decision(unit(judgements=finding("major_incident"))).grade == "fail"


def test_public_criticism_costs_points_and_leaves_the_grade() -> None:
    """13(4), 11(2): 等次不变; the finding is there for the task that bars the selection of model departments."""
    result = unit(records=(case("c-1", "criticism"),))
    assert (result.total.amount, decision(result).grade, decision(result).limits) == (D("93.30"), "excellent", ())
    assert value("criticised", records=(case("c-1", "criticism"),)) == 1


def test_one_case_can_raise_two_findings() -> None:
    """13(1)1 and 13(4): of one case, a member of the team was warned and a teacher publicly criticised."""
    records = (case("c-1", "warning", rank="member", person="p-1"), case("c-1", "criticism", person="p-2"))
    assert value("leader_warned", records=records) == 1
    assert value("criticised", records=records) == 1
