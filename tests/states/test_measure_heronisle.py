"""The second invented measure: no points at all. Each story says how its result follows from the clauses."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from msgspec.structs import replace

from .heronisle import (
    FIRST,
    GOOD_VOTES,
    HEAD,
    OFFICE,
    RAW,
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
    unknown,
    views,
    votes,
)

D = Decimal


# -- 第十条 the grade of a department ----------------------------------------------------------------


def test_a_department_that_meets_every_condition_exactly_is_good_and_so_are_its_people() -> None:
    # 第十条（一）: 30 of 45 valid votes are two thirds, 45 of 50 requests nine tenths. 第十六条: 达到 includes the number.
    # 第十二条（一）, 第十三条（一）: the department is good, and so are the votes on its people.
    assert grades() == {"unit": "good", HEAD: "outstanding", FIRST: "competent", SECOND: "competent"}
    assert decided() == ("good", "good", ())
    assert results()["unit"].line("good-share").amount == Fraction(2, 3)


def test_abstentions_are_no_votes() -> None:
    # 第七条（一）: a share is one of the valid votes, so a hundred more abstentions change nothing.
    assert decided(ballots=ballots(staff={**GOOD_VOTES, "abstain": 105}))[0] == "good"


def test_one_vote_less_than_two_thirds_is_not_good() -> None:
    # 第十条（一）: 29 of 45 are less than two thirds. 第十条（二）: 40 of 45 are good or fairly good, that is enough.
    # 第十二条（三）: the head of a department that is not good is not outstanding.
    fewer = ballots(served=votes(29, 11, 5))
    assert grades(ballots=fewer) == {"unit": "fairly-good", HEAD: "able", FIRST: "competent", SECOND: "competent"}


def test_the_share_is_reached_in_each_group_or_on_the_mean_as_the_reading_says() -> None:
    # 第十条（一）: the staff say 4/5, those served 3/5. Each group apart 3/5 is too little; on the mean 7/10 is enough.
    apart = ballots(staff=votes(40, 10), served=votes(30, 20))
    assert decided(ballots=apart)[0] == "fairly-good"
    assert decided(ballots=apart, settings={"two_groups": "mean"})[0] == "good"


@pytest.mark.parametrize(
    ("number", "grade"), [(0, "good"), (1, "fairly-good"), (2, "fair"), (3, "fair"), (4, "poor"), (8, "poor")]
)
def test_items_that_are_not_done_take_the_grade_down_step_by_step(number: int, grade: str) -> None:
    # 第十条: good allows none, fairly good one; four are poor, whatever else is good.
    assert decided(levels=not_done(number))[0] == grade


def test_two_items_may_be_mostly_done_and_three_are_too_many_to_be_good() -> None:
    # 第十条（一）: at most two are mostly done.
    assert decided(levels={"s-plan": "mostly", "s-list": "mostly"})[0] == "good"
    assert decided(levels={"s-plan": "mostly", "s-list": "mostly", "s-funds": "mostly"})[0] == "fairly-good"


@pytest.mark.parametrize("setting", ["each", "mean"])
def test_more_than_half_poor_votes_of_one_group_are_poor_whatever_the_other_group_says(setting: str) -> None:
    # 第十条（三）: 任一类 … 超过二分之一, and paragraphs 1 and 2 do not apply. On the mean 74.5 in a hundred would be enough.
    # 第十二条（二）: so the head is unable. 第十三条（三）: the others, whose own duty is done, are basically competent.
    half = ballots(staff=votes(100), served=votes(50, poor=50))
    more = ballots(staff=votes(100), served=votes(49, poor=51))
    settings = {"two_groups": setting}
    favourable = ballots(staff=votes(0, 100), served=votes(0, 50, poor=50))
    assert decided(ballots=half, settings=settings)[0] == {"each": "fair", "mean": "good"}[setting]
    assert decided(ballots=favourable, settings=settings)[0] == {"each": "fair", "mean": "fairly-good"}[setting]
    assert grades(ballots=more, settings=settings) == {"unit": "poor", HEAD: "unable", FIRST: "basic", SECOND: "basic"}


def test_the_mean_of_the_team_and_the_favourable_votes_may_be_just_enough() -> None:
    # 第十条（一）: everybody in the team has 27 of 45, three fifths. 第十条（二）: 30 of 45 are good or fairly good.
    three_fifths = dict.fromkeys((HEAD, FIRST, SECOND), votes(27, 18))
    opinion = {group: {**rows, **three_fifths} for group, rows in SCHOOL.ballots["opinion"].items()}
    assert decided(ballots={"opinion": opinion})[0] == "good"
    assert decided(ballots=ballots(staff=votes(20, 10, 15)))[0] == "fairly-good"
    assert decided(ballots=ballots(staff=votes(20, 9, 16)))[0] == "fair"


def test_requests_that_are_not_settled_cost_the_best_grade_and_none_received_cost_nothing() -> None:
    # 第十条（一）: 44 of 50 are less than nine tenths; without any request there is no share, and the condition is met.
    assert decided(numbers={"settled": D(44)})[0] == "fairly-good"
    none = {"received": D(0), "settled": D(0)}
    assert decided(numbers=none)[0] == "good"
    assert results(numbers=none)["unit"].line("settled-share").state == "absent"


def test_the_mean_of_the_team_counts_its_heads_or_not_as_the_reading_says() -> None:
    # 第十条（一）: the head has 2/5, the others 2/3 each. With the head the mean is 26/45, without 2/3; 3/5 are needed.
    low = ballots(HEAD, staff=votes(18, 27), served=votes(18, 27))
    assert results(ballots=low)["unit"].line("team-voice").amount == Fraction(26, 45)
    assert decided(ballots=low)[0] == "fairly-good"
    assert decided(ballots=low, settings={"team_mean": "member"})[0] == "good"


def test_an_office_that_procures_nothing_is_not_graded_on_procurement() -> None:
    # 第六条（二）: the item does not apply. As long as nobody says so, it is unknown, and so is the grade.
    nothing = unknown("o-procurement", inputs=OFFICE)
    assert decided(nothing)[0] is None
    assert decided(nothing, absent=("o-procurement",))[0] == "good"
    assert decided(OFFICE, levels={"o-procurement": "not-done"})[0] == "fairly-good"


# -- 第八条 two reviews -----------------------------------------------------------------------------


def test_the_second_review_prevails_over_the_first_and_over_the_self_assessment() -> None:
    # 第八条（四）: 以复评意见为评审意见. 第十条（四）: neither good nor fairly good, and nothing of paragraph 3.
    assert decided(levels=views("good", "fair"))[0] == "fair"
    assert decided(levels=views("poor", "fairly-good"))[0] == "fairly-good"
    assert decided(levels=views("good", "poor"))[0] == "poor"
    assert decided(levels={"self-view": "poor"})[0] == "good"


def test_without_a_second_review_the_first_one_counts_once_the_office_says_that_none_is_needed() -> None:
    # 第八条（四）: 其他情形以初评意见为评审意见. Until then the second review may still come.
    waiting = unknown("second-view", inputs=replace(SCHOOL, levels={**SCHOOL.levels, **views("fairly-good")}))
    assert decided(waiting)[0] is None
    assert decided(waiting, absent=("second-view",))[0] == "fairly-good"


def test_four_items_not_done_are_poor_before_any_review() -> None:
    # 第十条（三）: 未落实的项目达到四项 is enough by itself, so nothing is pending.
    assert decided(unknown("first-view", "second-view"), levels=not_done(4))[0] == "poor"
    assert decided(unknown("first-view", "second-view"), levels=not_done(3))[0] is None


# -- 第十一条 limits --------------------------------------------------------------------------------


def test_a_breach_of_ethics_forces_the_middle_grade_and_lifts_nobody_to_it() -> None:
    # 第十一条（二）: 应当评为好或较好的，定为一般. A poor department stays poor.
    # 第十二条（三）: its head cannot be outstanding; one fair round alone does not make the head unable.
    breach = judged("ethics-breach")
    assert decided(judgements=breach) == ("fair", "good", ("ethics",))
    assert grades(judgements=breach)[HEAD] == "able"
    assert decided(judgements=breach, levels=not_done(4)) == ("poor", "poor", ("ethics",))


def test_lack_of_supervision_forces_the_worst_grade_and_everybody_answers_by_his_own_duty() -> None:
    # 第十一条（一）: poor. 第十二条（二）: the head is unable. 第十三条（二）: not competent only if the own duty is not done.
    assert decided(judgements=judged("oversight")) == ("poor", "good", ("oversight",))
    found = grades(judgements=judged("oversight"), levels={f"m-duty@{SECOND}": "not-done"})
    assert found == {"unit": "poor", HEAD: "unable", FIRST: "basic", SECOND: "incompetent"}


def test_two_bodies_find_two_things_and_the_heavier_limit_decides() -> None:
    # 第九条（一）, （二）: the supervision office and the ethics board each find what is theirs.
    both = judged("ethics-breach", "oversight")
    assert decided(judgements=both) == ("poor", "good", ("oversight", "ethics"))
    by = {value["key"]: value["by"] for value in RAW["value"] if value["key"] in ("ethics-breach", "oversight")}
    assert by == {"oversight": ["supervision"], "ethics-breach": ["ethics"]}


@pytest.mark.parametrize(
    ("records", "grade", "limits"),
    [
        ((case("c-1", "warning"),), "good", ()),
        ((case("c-1", "demotion"),), "fairly-good", ("one-sanction",)),
        ((case("c-1", "warning", "member"),), "fairly-good", ("one-sanction",)),
        ((case("c-1", "demotion"), case("c-2", "removal")), "fair", ("one-sanction", "sanctions")),
        ((case("c-1", "demotion"), case("c-1", "removal", person="p-y")), "fairly-good", ("one-sanction",)),
        ((case("c-1", "removal", "head"),), "fair", ("sanctions",)),
        ((case("c-1", "talk", "head"),), "good", ()),
    ],
)
def test_sanctions_limit_the_grade_by_rank_by_weight_and_by_case(records: Any, grade: str, limits: Any) -> None:
    # 第九条（三）: a warning counts for the team only; one case counts once. 第十一条（三）: one, two, or a heavy one.
    assert decided(records=records) == (grade, "good", limits)


@pytest.mark.parametrize(
    ("day", "counts"),
    [(date(2030, 12, 31), False), (date(2031, 1, 1), True), (date(2032, 12, 31), True), (date(2033, 1, 1), False)],
)
def test_a_round_has_two_years(day: date, counts: bool) -> None:
    # 第三条: from 1 January 2031 to 31 December 2032.
    assert decided(records=(case("c-1", "demotion", effective_on=day),))[0] == ("fairly-good" if counts else "good")


def test_the_day_of_a_case_is_that_of_the_sanction_or_of_the_act_as_the_reading_says() -> None:
    # 第九条（五）: done in 2030, sanctioned in 2031. By the act it belongs to the round before.
    old = (case("c-1", "demotion", acted_on=date(2030, 5, 1)),)
    assert decided(records=old)[0] == "fairly-good"
    assert decided(records=old, settings={"case_day": "act"})[0] == "good"


def test_a_case_that_is_not_closed_is_listed_as_open_and_limits_nothing() -> None:
    # 第九条（三）: only a sanction counts, and there is none yet.
    open_case = (case("c-1", "under-inquiry", "head", effective_on=None),)
    unit = results(records=open_case)["unit"]
    assert [line.effect for line in unit.counted["cases"]] == ["pending"]
    assert decided(records=open_case) == ("good", "good", ())


def test_after_a_poor_round_the_best_grade_needs_nine_tenths_or_is_out_of_reach() -> None:
    # 第十一条（四）: 原则上不得定为好. The reading in force allows an exception; the other one allows none.
    poor = {"last-round": "poor"}
    nine_tenths = ballots(staff=votes(9, 1), served=votes(18, 2))
    assert decided(earlier_grades=poor) == ("fairly-good", "good", ("after-poor",))
    assert decided(earlier_grades=poor, ballots=nine_tenths)[0] == "good"
    assert decided(earlier_grades=poor, ballots=nine_tenths, settings={"after_poor": "always"})[0] == "fairly-good"


def test_a_department_without_an_earlier_round_has_no_limit_from_it_but_an_unknown_one_is_open() -> None:
    # 第十一条（四）: a new department was not poor. As long as nobody has said so, the limit may still hold.
    waiting = unknown("last-round")
    assert decision_on("unit", results(waiting, absent=("last-round",))).open_limits == ()
    assert decision_on("unit", results(waiting)).open_limits == ("after-poor",)
