"""The second invented measure: what follows from its grades (第十四条), and the two windows to object (第十五条)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from states.deadlines.task_dates import last_day_to_ask, last_day_to_decide, task_dates
from states.rulebook.tasks import Follow

from .heronisle import FIRST, FOLLOW_UPS, HEAD, SECOND, follow_ups, judged, not_done, unknown, views

NOTICE = date(2033, 3, 31)
"""A Thursday, three months after the round."""
POOR = {"levels": not_done(4)}


def working(day: date) -> bool:
    return day.weekday() < 5


def tasks(**changes: Any) -> list[tuple[str, str]]:
    return [(follow.key, follow.person) for follow in follow_ups(**changes)[0].certain]


@pytest.mark.parametrize(
    ("changes", "keys"),
    [
        ({}, ["commendation"]),
        ({"levels": not_done(1)}, []),
        ({"levels": not_done(1), "earlier_grades": {"last-round": "poor"}}, []),
        ({"levels": not_done(2)}, ["statement", "reminder-talk"]),
        (POOR, ["statement", "called-in", "rectification", "re-examination", "no-awards"]),
        (
            {**POOR, "earlier_grades": {"last-round": "poor"}},
            ["statement", "called-in", "rectification", "re-examination", "no-awards", "new-team"],
        ),
    ],
    ids=["good", "fairly-good", "after-poor", "fair", "poor", "poor-again"],
)
def test_what_follows_for_the_department_goes_by_its_grade_and_by_the_one_before(changes: Any, keys: list[str]) -> None:
    # 第十四条（一）至（四）
    assert [key for key, person in tasks(**changes) if not person] == keys


def test_who_thought_too_well_of_itself_by_two_grades_submits_a_statement() -> None:
    # 第十四条（二）: fairly good against poor are two grades, poor against poor none, good against fairly good one.
    def statement(self_view: str, **levels: str) -> bool:
        return ("statement", "") in tasks(levels={"self-view": self_view, **levels})

    assert statement("fairly-good", **not_done(4))
    assert not statement("fair", **not_done(4))
    assert not statement("good", **not_done(1))
    assert not statement("fairly-good", **not_done(1))
    assert statement("fair", **not_done(2))


def test_three_upheld_complaints_bar_a_good_department_from_awards_and_two_do_not() -> None:
    # 第十四条（六）: 不影响等次，但 … 不得参加集体评优
    assert tasks(numbers={"upheld": Decimal(3)}) == [("commendation", ""), ("no-awards-complaints", "")]
    assert tasks(numbers={"upheld": Decimal(2)}) == [("commendation", "")]


def test_what_follows_for_a_person_names_the_person() -> None:
    # 第十四条（五）: an unable head is admonished and not promoted; a member who is not competent is only not promoted.
    judgements = judged(f"dereliction@{HEAD}", f"dereliction@{SECOND}")
    personal = [task for task in tasks(judgements=judgements) if task[1]]
    assert personal == [("admonition", HEAD), ("no-promotion-head", HEAD), ("no-promotion-other", SECOND)]
    assert FIRST not in {person for _, person in personal}


def test_a_task_whose_grade_is_not_known_is_pending() -> None:
    # 第十四条（一）: the second review is not in, so nobody knows yet whether the department is commended.
    waiting = follow_ups(unknown("second-view"))[0]
    assert waiting.certain == ()
    assert Follow("commendation") in waiting.pending


def test_each_deadline_counts_from_the_notice_and_the_reexamination_from_the_day_of_the_rectification() -> None:
    # 第十四条（三）: ten working days, three months, and twenty working days after that; the bar lasts two years.
    poor = follow_ups(**POOR)[0].certain
    dates = task_dates(FOLLOW_UPS.tasks, poor, NOTICE, {}, working)
    assert dates[Follow("called-in")].due == date(2033, 4, 14)
    assert dates[Follow("rectification")].due == date(2033, 6, 30)
    assert dates[Follow("re-examination")].due is None
    assert dates[Follow("no-awards")].until == date(2035, 3, 31)
    done = {Follow("rectification"): date(2033, 6, 20)}
    dates = task_dates(FOLLOW_UPS.tasks, poor, NOTICE, done, working)
    assert dates[Follow("re-examination")].due == date(2033, 7, 18)


def test_everybody_may_ask_for_a_reexamination_and_only_a_poor_department_may_appeal() -> None:
    # 第十五条: 复核 for any grade; 申诉 only 等次为差, after the answer.
    assert follow_ups()[1].certain == (Follow("review"),)
    assert follow_ups(levels=views("fair"))[1].certain == (Follow("review"),)
    assert follow_ups(**POOR)[1].certain == (Follow("review"), Follow("appeal"))


def test_an_appeal_is_open_for_ten_days_after_the_answer_to_the_reexamination() -> None:
    # 第十五条: seven working days to ask, fifteen to answer; ten days to appeal, thirty to decide.
    review, appeal = FOLLOW_UPS.windows["review"], FOLLOW_UPS.windows["appeal"]
    assert last_day_to_ask(review, NOTICE, working) == date(2033, 4, 11)
    assert last_day_to_decide(review, date(2033, 4, 11), working) == date(2033, 5, 2)
    assert (appeal.predecessor, review.predecessor) == ("review", "circulation")
    assert last_day_to_ask(appeal, date(2033, 5, 2), working) == date(2033, 5, 12)
    assert last_day_to_decide(appeal, date(2033, 5, 12), working) == date(2033, 6, 13)
