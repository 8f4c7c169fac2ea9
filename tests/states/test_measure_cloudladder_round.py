"""Cloudladder College: the quota of excellent in a group (article 14), what follows from a result, and by which day (17 to 19)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from states.deadlines.task_dates import last_day_to_ask, last_day_to_decide, task_dates
from states.rulebook.calculation.cuts import cuts_of
from states.rulebook.calculation.lines import Inputs
from states.rulebook.calculation.settling import Settlement, settle
from states.rulebook.tasks import Follow, FollowUpRules

from .cloudladder import FIRST, HEAD, OFFICE, RAW, SCHOOL, SECOND, case, finding, own_votes, rules, seat, unit, votes

D = Decimal
FOLLOW_UPS = FollowUpRules.model_validate({"task": RAW["task"], "window": RAW["window"]})
FAILED: dict[str, Any] = {"judgements": finding("major_incident")}
NOTICE = date(2032, 11, 30)


def school(name: str, survey: int, **changes: Any) -> Inputs:
    """A school with 81.80 points and 15% of its survey; its place is not known yet."""
    return replace(
        SCHOOL, unit=name, standings={}, numbers={**SCHOOL.numbers, "survey": D(survey)},
        **{"records": tuple(replace(line, unit=name, unit_now=name) for line in changes.pop("records", ())), **changes},
    )  # fmt: skip


SIX = [school(f"s-{number}", survey) for number, survey in enumerate((96, 94, 92, 90, 88, 86), 1)]


def settlement_of(departments: list[Inputs], order: tuple[str, ...] = (), **settings: str) -> Settlement:
    of = rules(**settings)
    candidates = [one for inputs in departments for one in of.candidates(of.standings["order"], inputs)]
    return settle(of.standings["order"], candidates, cuts_of(of.standings["order"], of, FOLLOW_UPS.rows()), order)


def holders(settlement: Settlement) -> list[str]:
    return [id_ for id_, place in settlement.places.items() if place is not None and place.seats]


# The quota (article 14).


@pytest.mark.parametrize(("reading", "expected"), [("down", ["s-1"]), ("half_up", ["s-1", "s-2"])])
def test_thirty_per_cent_of_six_schools_is_one_place_or_by_the_other_reading_two(
    reading: str, expected: list[str]
) -> None:
    """14(1): 1.8 places; 一般不超过 leaves the rounding open."""
    assert holders(settlement_of(SIX, quota_rounding=reading)) == expected


def test_offices_and_centres_are_one_group_and_schools_another() -> None:
    """14(1): four offices and centres have a place of their own (1.2), which no school can take."""
    kinds = ("office", "office", "centre", "centre")
    services = [
        replace(OFFICE, unit=f"o-{n}", unit_kind=kind, standings={}, numbers={**SCHOOL.numbers, "survey": D(80 + n)})
        for n, kind in enumerate(kinds)
    ]
    settlement = settlement_of([*SIX, *services])
    assert holders(settlement) == ["o-3", "s-1"]
    place = settlement.places["o-3"]
    assert place is not None
    assert (place.place, place.size) == (1, 4)


def test_the_school_with_the_place_is_excellent_and_the_next_one_good() -> None:
    """14(1), 12(5): each is reckoned again with the place that was settled."""
    places = settlement_of(SIX).places
    graded = [unit(replace(one, standings={"order": places[one.unit]})).decision for one in SIX[:2]]
    assert [decision.grade for decision in graded if decision] == ["excellent", "good"]


def test_a_tie_at_the_edge_of_the_quota_is_ordered_by_people() -> None:
    """14(2): 得分相同的，由考核委员会说明理由后排定先后; until then nobody has the place."""
    tied = [school("s-0", 96), *SIX[:4]]
    settlement = settlement_of(tied)
    assert [(tie.candidates, holders(settlement)) for tie in settlement.ties] == [(("s-0", "s-1"), [])]
    assert holders(settlement_of(tied, order=("s-1", "s-0"))) == ["s-1"]


def test_a_tie_in_the_middle_of_a_group_needs_nobody() -> None:
    """14(2), 17(2): neither the place of excellent nor the last two hang on it."""
    assert settlement_of([*SIX[:3], school("s-9", 92), *SIX[3:]]).is_settled


def test_a_tie_before_the_last_two_is_ordered_by_people_too() -> None:
    """17(2): the second from the last gets a reminder talk, so which of two it is must be decided."""
    (tie,) = settlement_of([*SIX[:4], school("s-9", 88), *SIX[4:]]).ties
    assert (tie.candidates, tie.by) == (("s-5", "s-9"), ("task.reminder",))


WARNED = school("s-1", 96, records=(case("c-1", "warning", rank="member"),))


@pytest.mark.parametrize(("reading", "expected"), [("empty", ["s-1"]), ("next", ["s-2"])])
def test_a_place_that_article_13_makes_useless_stays_empty_or_goes_to_the_next(
    reading: str, expected: list[str]
) -> None:
    """13(1)1, 14(1): s-1 has 90.20 after its deduction and may not be excellent; s-2 is next, with 89.90."""
    half = {"half": D(60)}
    rest = [school(f"s-{number}", survey, earlier=half) for number, survey in enumerate((74, 73, 72, 71, 70), 2)]
    settlement = settlement_of([WARNED, *rest], vacant_place=reading)
    assert holders(settlement) == expected
    place = settlement.places["s-1"]
    assert place is not None
    assert place.place == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"numbers": {"survey": D("69.99")}},
        {"earlier": {"half": D("59.99")}},
        {"numbers": {"found": D(8), "rectified": D(5)}},
        {"judgements": finding("falsified")},
        {"judgements": finding("major_incident")},
        {"records": (case("c-1", "warning", rank="member"),)},
        {"records": (case("c-1", "removal", rank="member"),)},
    ],
)
def test_by_the_other_reading_no_department_that_article_13_bars_takes_a_place(changes: dict[str, Any]) -> None:
    """14(1), 13(1) to (3): every reason for which the grade cannot be excellent; without one of them it may have a place."""
    merged = {key: {**getattr(SCHOOL, key), **of} if isinstance(of, dict) else of for key, of in changes.items()}
    of = rules(vacant_place="next")
    among = [of.candidates(of.standings["order"], one)[0].among for one in (replace(SCHOOL, **merged), SCHOOL)]
    assert among == [(), ("excellent",)]


# What follows from a result (articles 13(4), 17 and 18).


def follows(**changes: Any) -> list[str]:
    inputs = replace(SCHOOL, **changes)
    certain = FOLLOW_UPS.tasks_of(rules().plans[inputs.unit_kind].scopes(inputs), "unit").certain
    return [f"{one.key}@{one.person}" if one.person else one.key for one in certain]


def test_a_department_that_fails_is_called_in_explains_itself_and_rectifies() -> None:
    """17(1), (4), 18: everything that hangs on the grade, and the inspection that comes after the rectification."""
    assert follows(**FAILED) == ["called_in", "statement", "no_awards", "rectify", "inspect"]


def test_nothing_follows_from_a_good_result() -> None:
    assert follows() == []


@pytest.mark.parametrize(("before", "expected"), [("pass", ["rectify", "inspect"]), ("good", []), ("fail", [])])
def test_two_passes_running_are_rectified(before: str, expected: list[str]) -> None:
    """18(1): 连续两年合格的. After a fail, one pass is no second pass."""
    falsified = finding("falsified")
    assert follows(judgements=falsified, earlier_grades={"last_grade": before}) == expected


@pytest.mark.parametrize(("from_last", "expected"), [(1, ["reminder"]), (2, ["reminder"]), (3, [])])
def test_the_last_two_of_a_group_have_a_reminder_talk_whatever_their_grade(from_last: int, expected: list[str]) -> None:
    """17(2): 年度得分在本组最后两名的."""
    assert follows(standings=seat(has_seat=False, from_last=from_last)) == expected


def test_public_criticism_bars_the_selection_of_model_departments() -> None:
    """13(4): 等次不变，部门一年内不参加先进集体评选: the fourth meaning of 一票否决, a task without a limit."""
    assert follows(records=(case("c-1", "criticism"),)) == ["no_selection"]


def test_who_has_a_poor_ballot_is_talked_with_a_head_by_the_committee() -> None:
    """17(3): 本人民主测评不满60分的; 3 × 100 and 4 × 30 of seven votes are exactly 60."""
    assert follows(ballots=own_votes(SECOND, votes(0, 0, 10))) == [f"member_talk@{SECOND}"]
    assert follows(ballots=own_votes(HEAD, votes(0, 0, 10))) == [f"head_talk@{HEAD}"]
    assert FOLLOW_UPS.tasks["head_talk"].by == ("committee",)
    assert follows(ballots=own_votes(FIRST, votes(3, 0, 4))) == []


def test_what_follows_is_due_by_its_own_day_after_the_notice_or_after_the_task_before() -> None:
    """17(1), 18, 13(4): a notice on Tuesday 30 November 2032 gives 10 working days, 2 months (Sunday 30 January moves
    to Monday), and a year; the inspection has 15 working days from the report."""
    tasks = [Follow(key) for key in ("statement", "no_awards", "no_selection", "rectify", "inspect")]
    dates = task_dates(FOLLOW_UPS.tasks, tasks, NOTICE, {Follow("rectify"): date(2033, 1, 20)}, weekday)
    assert {follow.key: day.due or day.until for follow, day in dates.items()} == {
        "statement": date(2032, 12, 14), "no_awards": date(2033, 11, 30), "no_selection": date(2033, 11, 30), "rectify": date(2033, 1, 31),
        "inspect": date(2033, 2, 10),
    }  # fmt: skip


def weekday(day: date) -> bool:
    return day.weekday() < 5


# Review and appeal (article 19).


@pytest.mark.parametrize(("changes", "expected"), [({}, ["review"]), (FAILED, ["review", "appeal"])])
def test_every_department_may_ask_for_a_review_and_one_that_fails_may_appeal(
    changes: dict[str, Any], expected: list[str]
) -> None:
    """19(1), (2): the appeal to the Council is open for the worst grade only."""
    inputs = replace(SCHOOL, **changes)
    windows = FOLLOW_UPS.windows_of(rules().plans["school"].scopes(inputs), "unit")
    assert [window.key for window in windows.certain] == expected


def test_review_and_appeal_have_days_of_their_own() -> None:
    """19(1): ten days after Tuesday 30 November are Friday 10 December; asked on that day, the answer is due on the 31st.

    19(2): fifteen days after that are Saturday 15 January, which moves to Monday; then thirty working days.
    """
    review, appeal = FOLLOW_UPS.windows["review"], FOLLOW_UPS.windows["appeal"]
    assert last_day_to_ask(review, NOTICE, weekday) == date(2032, 12, 10)
    assert last_day_to_decide(review, date(2032, 12, 10), weekday) == date(2032, 12, 31)
    assert last_day_to_ask(appeal, date(2032, 12, 31), weekday) == date(2033, 1, 17)
    assert last_day_to_decide(appeal, date(2033, 1, 17), weekday) == date(2033, 2, 28)
