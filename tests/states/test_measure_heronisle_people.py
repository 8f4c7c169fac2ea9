"""The second invented measure: the grades of heads and of other members, each with its reasons from the clauses."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from .heronisle import (
    FIRST,
    HEAD,
    OWN_ITEMS,
    SCHOOL,
    SECOND,
    ballots,
    case,
    decided,
    decision_on,
    grades,
    judged,
    not_done,
    results,
    views,
    votes,
)

D = Decimal


# -- 第十二条 heads --------------------------------------------------------------------------------


def test_two_fair_rounds_running_make_the_head_unable_and_nobody_else() -> None:
    # 第十二条（五）: 单位连续两轮为一般或差. 第十三条 has no such rule for the others.
    fair = views("fair")
    assert grades(levels=fair)[HEAD] == "able"
    again = {"levels": fair, "earlier_grades": {"last-round": "poor"}}
    assert decided(who=HEAD, **again) == ("unable", "able", ("two-rounds",))
    assert grades(**again)[FIRST] == "competent"
    assert decided(who=HEAD, earlier_grades={"last-round": "poor"})[0] == "able"


def test_the_votes_of_the_staff_count_six_tenths_for_a_person() -> None:
    # 第七条（二）: 6/10 × 1 + 4/10 × 1/6 = 2/3, which is enough for 第十二条（一）. With the weights exchanged it is 1/2.
    assert grades(ballots=ballots(HEAD, staff=votes(6), served=votes(1, 5)))[HEAD] == "outstanding"
    assert grades(ballots=ballots(HEAD, staff=votes(1, 5), served=votes(6)))[HEAD] == "able"


def test_a_third_of_poor_votes_makes_a_head_unable_in_a_good_department() -> None:
    # 第十二条（二）: 本人差票比例达到三分之一, and paragraph 1 does not apply even with two thirds of good votes.
    # 第十条（一）: the mean of the team is still two thirds, so the department stays good.
    found = grades(ballots=ballots(HEAD, staff=votes(2, poor=1), served=votes(2, poor=1)))
    assert (found["unit"], found[HEAD]) == ("good", "unable")


@pytest.mark.parametrize(
    ("rating", "grade"), [("satisfactory", "outstanding"), ("basically", "able"), ("unsatisfactory", "unable")]
)
def test_the_committee_rates_the_report_of_the_head(rating: str, grade: str) -> None:
    # 第十二条（一）（二）（三）
    assert grades(levels={f"rating@{HEAD}": rating})[HEAD] == grade


def test_the_committee_names_the_grade_of_a_head_with_less_than_six_months_and_limits_still_hold() -> None:
    # 第十二条（四）: five months are less than six, so no row holds. 第十二条（五） applies to every head.
    new = {"numbers": {f"months@{HEAD}": D(5)}}
    assert grades(**new)[HEAD] is None
    named = {**new, "grades": {f"head@{HEAD}": "outstanding"}}
    decision = decision_on(HEAD, results(**named))
    assert (decision.grade, decision.named) == ("outstanding", True)
    sanction = (case("c-1", "warning", "head", person=HEAD),)
    assert decided(who=HEAD, records=sanction, **named) == ("able", "outstanding", ("sanction",))


def test_six_months_in_post_are_enough_for_the_rules_and_five_are_not_even_for_a_poor_department() -> None:
    # 第十二条（四）: 不满 does not include the number (第十六条), and none of the three paragraphs applies below it.
    def head(months: int, items: int = 0) -> str | None:
        return grades(numbers={f"months@{HEAD}": D(months)}, levels=not_done(items))[HEAD]

    assert [head(6), head(6, 1), head(6, 4)] == ["outstanding", "able", "unable"]
    assert [head(5), head(5, 1), head(5, 4)] == [None, None, None]


def test_two_heads_of_one_department_are_graded_each_by_the_own_votes() -> None:
    # 第二条（二）: each one separately; the conditions on the department are the same for both.
    two = replace(
        SCHOOL, heads=(HEAD, SECOND), members=(FIRST,), levels={**SCHOOL.levels, f"rating@{SECOND}": "basically"}
    )
    assert grades(two, numbers={f"months@{SECOND}": D(12)}) == {
        "unit": "good", HEAD: "outstanding", SECOND: "able", FIRST: "competent",
    }  # fmt: skip


# -- 第十三条 other members -------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "grade"), [(0, "competent"), (1, "basic"), (2, "incompetent"), (3, "incompetent")])
def test_a_member_is_graded_by_the_own_schedule(count: int, grade: str) -> None:
    # 第十三条: none, one, two or more items of schedule 3 that are not done; the items of another member do not count.
    found = grades(levels={f"{item}@{FIRST}": "not-done" for item in OWN_ITEMS[:count]})
    assert (found[FIRST], found[SECOND], found["unit"]) == (grade, "competent", "good")


def test_a_member_needs_three_fifths_of_favourable_votes_and_less_than_half_of_poor_ones() -> None:
    # 第十三条（一）: 3/5 good or fairly good. （二）: half poor are not competent. （三）: between them basically competent.
    def member(cast: dict[str, int]) -> str | None:
        return grades(ballots=ballots(FIRST, staff=cast, served=cast))[FIRST]

    assert member(votes(3, 3, 4)) == "competent"
    assert member(votes(3, 2, 5)) == "basic"
    assert member(votes(3, 2, 1, 4)) == "basic"
    assert member(votes(3, 2, 0, 5)) == "incompetent"


def test_a_case_limits_the_person_whom_it_is_about_and_the_department_only() -> None:
    # 第九条（三）: 个人按本人所受处分认定. 第十一条（三）, 第十三条（四）.
    light = (case("c-1", "demerit", "member", person=FIRST),)
    assert grades(records=light) == {"unit": "fairly-good", HEAD: "able", FIRST: "basic", SECOND: "competent"}
    of_head = (case("c-1", "demotion", "head", person=HEAD),)
    assert grades(records=of_head) == {"unit": "fair", HEAD: "unable", FIRST: "competent", SECOND: "competent"}
    heavy = (case("c-1", "removal", "member", person=FIRST),)
    assert grades(records=heavy) == {"unit": "fair", HEAD: "able", FIRST: "incompetent", SECOND: "competent"}


def test_personal_dereliction_is_found_about_one_person() -> None:
    # 第九条（四）, 第十二条（五）, 第十三条（四）: it changes nothing for the department or for anybody else.
    of_member = grades(judgements=judged(f"dereliction@{SECOND}"))
    assert of_member == {"unit": "good", HEAD: "outstanding", FIRST: "competent", SECOND: "incompetent"}
    assert decided(who=HEAD, judgements=judged(f"dereliction@{HEAD}")) == ("unable", "outstanding", ("heavy",))


def test_upheld_complaints_change_no_grade() -> None:
    # 第十四条（六）: 不影响等次; what follows from them is a task.
    assert grades(numbers={"upheld": D(7)}) == grades()
