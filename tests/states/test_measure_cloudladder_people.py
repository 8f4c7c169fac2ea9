"""The grades of Cloudladder College: of teams and their members, each on a scale of its own (article 15)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from states.rulebook.calculation.scales import GradeDecision

from .cloudladder import (
    FIRST,
    HEAD,
    SCHOOL,
    SECOND,
    KnownValues,
    case,
    decision,
    finding,
    own_votes,
    reckon,
    rules,
    votes,
)

D = Decimal


@pytest.mark.parametrize(
    ("scale", "grades"),
    [
        ("team", {"85.01": "strong", "85": None, "84.99": "sound", "70": "sound", "69.99": "ordinary", "60": "ordinary",
                  "59.99": "poor"}),
        ("member", {"90": "outstanding", "89.99": "competent", "80": "competent", "79.99": "basic", "60": "basic",
                    "59.99": "incompetent"}),
    ],
)  # fmt: skip
def test_each_bound_of_the_grades_of_teams_and_members(scale: str, grades: dict[str, str | None]) -> None:
    """15(1), (3), 20; the department is excellent. Exactly 85 is the gap that 15(5) leaves to the committee."""
    decide = rules().scales[scale].decide
    assert {total: decide(KnownValues({"total": total})).by_row for total in grades} == grades


def test_the_team_has_half_its_own_ballot_and_half_its_members() -> None:
    """15(1): 50% of 96 and 50% of (96 + 86.25 + 75) / 3 = 85.75: 90.875, half up 90.88, 好."""
    team = reckon()["team"]
    assert (team.total.amount, decision(team).grade) == (D("90.88"), "strong")


@pytest.mark.parametrize(
    ("team", "named", "expected"),
    [
        (votes(9, 1), None, "strong"),
        (votes(8, 2), None, None),
        (votes(8, 2), "strong", "strong"),
        (votes(8, 2), "sound", "sound"),
        (votes(7, 3), "strong", "sound"),
    ],
)
def test_the_committee_names_the_grade_where_the_table_of_teams_has_a_gap(
    team: dict[str, int], named: str | None, expected: str | None
) -> None:
    """15(1): 高于85分 and 不满85分 leave out exactly 85; 15(5) gives that to the committee, and nothing else.

    The members' mean is 75, so the team's own ballot of 95 makes exactly 85.
    """
    ballots = {
        **SCHOOL.ballots,
        "meeting": {group: {"team": team, HEAD: votes(0, 10), FIRST: votes(0, 10)} for group in ("staff", "served", "peers")},
    }  # fmt: skip
    result = reckon(ballots=ballots, members=(FIRST,), grades={"team": named} if named else {})["team"]
    assert decision(result).grade == expected


def test_a_team_without_members_votes_has_its_own_ballot_as_its_score() -> None:
    """15(1): 没有成员测评结果的，按班子民主测评得分计算."""
    assert reckon(heads=(), members=())["team"].total.amount == D(96)


def test_head_and_members_mix_their_own_ballot_with_the_departments_score() -> None:
    """15(2), (3): 60% of 96 + 40% of 95.30 = 95.72; 80% of 86.25 + 20% = 88.06; 80% of 75 + 20% = 79.06."""
    results = reckon()
    of_person = {
        person: (results[person].total.amount, decision(results[person]).grade) for person in (HEAD, FIRST, SECOND)
    }
    assert of_person == {
        HEAD: (D("95.72"), "outstanding"), FIRST: (D("88.06"), "competent"), SECOND: (D("79.06"), "basic"),
    }  # fmt: skip


def test_nobody_is_outstanding_in_a_department_that_only_passes() -> None:
    """15(3): 所在部门为优秀或者良好; the head has 95.72 and is competent."""
    assert decision(reckon(judgements=finding("falsified"))[HEAD]).grade == "competent"


def test_whether_a_head_is_outstanding_is_open_while_the_departments_grade_is() -> None:
    """15(3): the grade of the department hangs on its place; a member below 90 does not wait for it."""
    results = reckon(standings={})
    assert decision(results[HEAD]).grade is None
    assert decision(results[FIRST]).grade == "competent"


def test_nobody_is_competent_in_a_department_that_fails() -> None:
    """15(4): 所在部门不合格的，不得评为称职以上等次."""
    results = reckon(judgements=finding("major_incident"))
    assert decision(results[HEAD]) == GradeDecision("basic", "competent", ("unit_fails",))


def test_one_case_counts_for_the_department_and_for_the_person_each_in_its_own_way() -> None:
    """3, 11(3), 13(1)1, 15(4): the department loses 6 points and excellent; the person is not competent; the head is."""
    results = reckon(records=(case("c-1", "warning", rank="member", person=FIRST),))
    assert decision(results["unit"]).grade == "good"
    assert decision(results[FIRST]).limits == ("own_sanction",)
    assert decision(results[FIRST]).grade == "basic"
    assert decision(results[HEAD]).grade == "outstanding"


def test_a_poor_ballot_of_one_member_changes_that_member_and_the_teams_mean() -> None:
    """15(1), (2): 30 in every group: 80% of 30 + 20% of 95.30 = 43.06; the team has 50% of 96 + 50% of 67 = 81.50."""
    results = reckon(ballots=own_votes(FIRST, votes(0, 0, 10)), members=(FIRST, SECOND))
    assert (results[FIRST].total.amount, decision(results[FIRST]).grade) == (D("43.06"), "incompetent")
    assert (results["team"].total.amount, decision(results["team"]).grade) == (D("81.50"), "sound")
    assert decision(results["unit"]).grade == "excellent"
