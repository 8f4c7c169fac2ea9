"""What follows from a result by rows of the rulebook, and by which days: tasks, bars, windows."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from config.calendars import WorkingDays
from states.deadlines.task_dates import TaskDates, last_day, last_day_to_ask, last_day_to_decide, task_dates
from states.rulebook.calculation.cuts import cuts_of
from states.rulebook.calculation.lines import Inputs, Place
from states.rulebook.calculation.result_rules import ResultRules
from states.rulebook.tasks import Follow, FollowUpRules, FollowUps, TimeLimit, TimeSpan

from .law import BOUNDED, weekday

TITLE = {"zh": "事项", "en": "Item"}
HEAD = {"title": TITLE, "clause": "第十二条"}
NOTICE = date(2032, 1, 30)


def grade(key: str, *tests: dict[str, Any]) -> dict[str, Any]:
    return {"key": key, **HEAD, "when": list(tests)}


MEASURE = ResultRules.model_validate(
    {
        "form": [{"key": "main", **HEAD, "points": 100, "item": [{"key": "duty", **HEAD, "points": 100}]}],
        "subject": [
            {"key": "unit", "title": TITLE, "is": "unit", "form": {"college": "main", "office": "main"}, "scale": "unit", "clause": "第二条"},
            {"key": "member", "title": TITLE, "is": "each_member", "clause": "第二条"},
        ],
        "scale": [{"key": "unit", "match": "first", "grade": [grade("good", {"of": "total", "at_least": 80}), grade("fair", {"of": "total", "at_least": 60}), grade("poor")]}],
        "value": [
            {"key": "voice", "kind": "given", "points": 100, "by": ["office"], "for": "member", **HEAD},
            {"key": "last_grade", "kind": "earlier", "back": 1, "of": "grade", **HEAD},
            {"key": "from_last", "kind": "standing", "standing": "order", "give": "from_last", **HEAD},
        ],
        "standing": [{"key": "order", **HEAD, "of": "total"}],
    }
)  # fmt: skip


def inputs(mark: int | None = 90, **changes: Any) -> Inputs:
    whole: dict[str, Any] = {"unit": "a", "unit_kind": "college", "year": 2031, "heads": ("p-1",), "members": ("p-2",)}
    entered = {} if mark is None else {"duty": Decimal(mark)}
    return Inputs(**{**whole, "marks": entered, **changes})


def task(key: str, *when: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"key": key, **HEAD, "by": "office", "when": list(when), **changes}


def window(key: str, *when: dict[str, Any], **changes: Any) -> dict[str, Any]:
    head = {"key": key, **HEAD, "by": "unit", "within": {"days": 12}, "decided_by": "committee"}
    return {**head, "when": list(when), **changes}


def rules(*tasks: dict[str, Any], **changes: Any) -> FollowUpRules:
    return FollowUpRules.model_validate({"task": tasks, **changes})


def follow(book: FollowUpRules, facts: Inputs, **changes: Any) -> FollowUps:
    return book.tasks_of(MEASURE.plans[facts.unit_kind].scopes(facts), "unit", **changes)


def names(follows: tuple[Follow, ...]) -> list[str]:
    return [f"{one.key}@{one.person}" if one.person else one.key for one in follows]


FAIL = {"of": "grade", "is": ["poor"]}


# --- which tasks ----------------------------------------------------------------------------------


def test_a_task_follows_from_the_grades_its_row_names() -> None:
    book = rules(task("talk", {"of": "grade", "is": ["fair", "poor"]}), task("notice"))
    assert [names(follow(book, inputs(mark)).certain) for mark in (90, 70, 50)] == [
        ["notice"],
        ["talk", "notice"],
        ["talk", "notice"],
    ]


def test_a_task_may_need_the_grade_of_the_round_before() -> None:
    two_years = task(
        "rectify", any=[[FAIL], [{"of": "grade", "is": ["fair"]}, {"of": "last_grade", "is": ["fair", "poor"]}]]
    )
    book = rules(two_years)
    assert names(follow(book, inputs(70, earlier_grades={"last_grade": "poor"})).certain) == ["rectify"]
    assert names(follow(book, inputs(70, earlier_grades={"last_grade": "good"})).certain) == []
    assert names(follow(book, inputs(70, absent=("last_grade",))).certain) == []
    assert names(follow(book, inputs(50)).certain) == ["rectify"]


def test_a_task_that_hangs_on_a_value_that_is_not_known_is_pending_by_name() -> None:
    book = rules(
        task("rectify", {"of": "grade", "is": ["fair"]}, {"of": "last_grade", "is": ["fair"]}), task("talk", FAIL)
    )
    assert follow(book, inputs(70)) == FollowUps((), (Follow("rectify"),))
    assert follow(book, inputs(90)) == FollowUps((), ())


def test_a_task_may_need_a_value_a_place_and_the_kind_of_department() -> None:
    last = task(
        "talk", {"of": "from_last", "at_most": 2}, {"of": "duty", "below": 95}, {"of": "unit_kind", "is": ["college"]}
    )
    place = {"order": Place(place=5, from_last=2, size=6, best=Decimal(99))}
    assert names(follow(rules(last), inputs(90, standings=place)).certain) == ["talk"]
    assert names(follow(rules(last), inputs(96, standings=place)).certain) == []
    assert names(follow(rules(last), inputs(90, standings=place, unit_kind="office")).certain) == []
    cuts = cuts_of(MEASURE.standings["order"], MEASURE, rules(last).rows())
    assert [(cut.after, cut.of_last, cut.by) for cut in cuts] == [(2, True, "task.talk")]


def test_a_task_of_members_follows_for_each_of_them_by_the_values_of_each() -> None:
    numbers = {"voice@p-1": Decimal(60), "voice@p-2": Decimal(90)}
    low = task("statement", {"of": "voice", "below": 63}, **{"for": "member"})
    of_poor = task("no_awards", {"of": "unit.grade", "is": ["poor"]}, **{"for": "member"})
    assert names(follow(rules(low, of_poor), inputs(50, numbers=numbers)).certain) == [
        "statement@p-1", "no_awards@p-1", "no_awards@p-2",
    ]  # fmt: skip


def test_a_task_after_another_comes_only_with_it_and_for_the_same_person_or_the_department() -> None:
    numbers = {"voice@p-1": Decimal(60), "voice@p-2": Decimal(90)}
    book = rules(
        task("check", after="statement", **{"for": "member"}),
        task("statement", {"of": "voice", "below": 63}, **{"for": "member"}),
        task("rectify", FAIL),
        task("inspect", after="rectify"),
        task("report", after="rectify", **{"for": "member"}),
    )
    assert names(follow(book, inputs(90, numbers=numbers)).certain) == ["check@p-1", "statement@p-1"]
    assert names(follow(book, inputs(50, numbers=numbers)).certain) == [
        "check@p-1", "statement@p-1", "rectify", "inspect", "report@p-1", "report@p-2",
    ]  # fmt: skip
    assert names(follow(book, inputs(None, numbers=numbers)).pending) == [
        "rectify",
        "inspect",
        "report@p-1",
        "report@p-2",
    ]


def test_a_special_assessment_has_only_the_tasks_that_the_rulebook_marks() -> None:
    book = rules(task("talk", FAIL, special=True), task("no_awards", FAIL), task("note", after="no_awards"))
    assert names(follow(book, inputs(50)).certain) == ["talk", "no_awards", "note"]
    assert names(follow(book, inputs(50), is_special=True).certain) == ["talk"]
    assert follow(book, inputs(None), is_special=True).pending == (Follow("talk"),)


# --- days -----------------------------------------------------------------------------------------


def limit(**changes: Any) -> TimeLimit:
    return TimeLimit.model_validate(changes)


@pytest.mark.parametrize(
    ("event", "months", "end"),
    [
        (date(2032, 1, 15), 2, date(2032, 3, 15)),
        (date(2032, 1, 31), 1, date(2032, 2, 29)),
        (date(2031, 1, 30), 1, date(2031, 2, 28)),
        (date(2031, 2, 28), 1, date(2031, 3, 28)),
        (date(2031, 10, 31), 4, date(2032, 2, 29)),
        (date(2031, 12, 1), 12, date(2032, 12, 1)),
    ],
)
def test_a_month_ends_on_the_corresponding_day_or_on_its_last(event: date, months: int, end: date) -> None:
    assert last_day(limit(months=months, roll="stay"), event, weekday) == end


def test_a_year_is_twelve_months() -> None:
    assert last_day(TimeSpan(years=1), date(2032, 2, 29), weekday) == date(2033, 2, 28)


def test_the_day_of_the_event_does_not_count() -> None:
    thursday = date(2032, 1, 1)
    assert last_day(limit(days=1), thursday, weekday) == date(2032, 1, 2)
    assert last_day(limit(working_days=1), thursday, weekday) == date(2032, 1, 2)
    assert last_day(limit(working_days=2), thursday, weekday) == date(2032, 1, 5)


def test_a_last_day_that_is_no_working_day_moves_as_the_rulebook_says() -> None:
    thursday = date(2032, 1, 1)
    ends = {roll: last_day(limit(days=2, roll=roll), thursday, weekday) for roll in ("forward", "stay", "back")}
    assert ends == {"forward": date(2032, 1, 5), "stay": date(2032, 1, 3), "back": date(2032, 1, 2)}
    assert last_day(limit(days=2), thursday, weekday) == ends["forward"]
    assert last_day(TimeSpan(days=2), thursday, weekday) == date(2032, 1, 3)


@pytest.mark.parametrize(
    ("event", "count", "end"),
    [
        (date(2021, 12, 27), 5, date(2022, 1, 4)),
        (date(2025, 12, 26), 5, date(2026, 1, 5)),
        (date(2022, 1, 28), 3, date(2022, 2, 7)),
        (date(2021, 9, 17), 3, date(2021, 9, 23)),
    ],
)
def test_working_days_are_those_of_the_calendar(event: date, count: int, end: date) -> None:
    assert last_day(limit(working_days=count), event, WorkingDays().is_working) == end


def test_a_limit_that_ends_on_new_year_s_eve_off_ends_on_the_first_working_day() -> None:
    assert last_day(limit(days=1), date(2022, 12, 30), WorkingDays().is_working) == date(2023, 1, 3)


@BOUNDED
@given(st.dates(date(2026, 1, 1), date(2034, 12, 31)), st.integers(1, 40))
def test_months_are_never_longer_or_shorter_than_the_calendar_says(event: date, months: int) -> None:
    end = last_day(limit(months=months, roll="stay"), event, weekday)
    assert (end.year * 12 + end.month) - (event.year * 12 + event.month) == months
    assert end.day == event.day or (end.day < event.day and (end + timedelta(days=1)).day == 1)
    later = last_day(limit(months=months, roll="stay"), event + timedelta(days=1), weekday)
    assert later >= end


@BOUNDED
@given(st.dates(date(2026, 1, 1), date(2034, 12, 31)), st.integers(1, 40))
def test_so_many_working_days_lie_between_the_event_and_the_last_day(event: date, count: int) -> None:
    end = last_day(limit(working_days=count), event, weekday)
    assert sum(weekday(event + timedelta(days=n)) for n in range(1, (end - event).days + 1)) == count
    assert weekday(end)


@pytest.mark.parametrize("span", [{}, {"days": 1, "months": 1}, {"working_days": 0}, {"months": 1, "roll": "up"}])
def test_a_limit_with_no_unit_with_two_or_with_nothing_is_refused(span: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TimeLimit.model_validate(span)


def test_a_task_is_due_after_the_notice_or_after_the_day_another_was_done() -> None:
    book = rules(
        task("rectify", due={"months": 2}), task("inspect", after="rectify", due={"working_days": 15}), task("note")
    )
    follows = [Follow("rectify"), Follow("inspect"), Follow("note")]
    assert task_dates(book.tasks, follows, NOTICE, {}, weekday) == {
        Follow("rectify"): TaskDates(due=date(2032, 3, 30)), Follow("inspect"): TaskDates(), Follow("note"): TaskDates(),
    }  # fmt: skip
    done = {Follow("rectify"): date(2032, 3, 1)}
    assert task_dates(book.tasks, follows, NOTICE, done, weekday)[Follow("inspect")].due == date(2032, 3, 22)


def test_a_task_of_a_person_counts_from_that_person_s_task_or_from_the_department_s() -> None:
    book = rules(
        task("statement", **{"for": "member"}),
        task("check", after="statement", due={"days": 5, "roll": "stay"}, **{"for": "member"}),
    )
    done = {Follow("statement", "p-1"): NOTICE, Follow("statement"): NOTICE + timedelta(days=9)}
    dates = task_dates(book.tasks, [Follow("check", "p-1"), Follow("check", "p-2")], NOTICE, done, weekday)
    assert [one.due for one in dates.values()] == [NOTICE + timedelta(days=5), NOTICE + timedelta(days=14)]


def test_a_bar_ends_on_the_corresponding_day_also_if_that_is_no_working_day() -> None:
    book = rules(task("no_awards", lasts={"years": 1}), task("no_posts", after="no_awards", lasts={"months": 18}))
    follows = [Follow("no_awards"), Follow("no_posts")]
    done = {Follow("no_awards"): date(2032, 2, 10)}
    dates = task_dates(book.tasks, follows, NOTICE, done, weekday)
    assert dates[Follow("no_awards")] == TaskDates(until=date(2033, 1, 30))
    assert not weekday(date(2033, 1, 30))
    assert dates[Follow("no_posts")].until == date(2033, 8, 10)


# --- windows --------------------------------------------------------------------------------------


def test_a_second_window_opens_after_the_first_and_only_for_the_grades_of_its_row() -> None:
    book = rules(window=[window("review"), window("appeal", FAIL, **{"from": "review"})])

    def open_for(mark: int | None) -> tuple[list[str], list[str]]:
        facts = inputs(mark)
        follows = book.windows_of(MEASURE.plans[facts.unit_kind].scopes(facts), "unit")
        return names(follows.certain), names(follows.pending)

    assert open_for(50) == (["review", "appeal"], [])
    assert open_for(90) == (["review"], [])
    assert open_for(None) == (["review"], ["appeal"])


def test_a_window_is_open_for_so_long_and_its_decision_is_due_after_somebody_has_asked() -> None:
    book = rules(
        window=[window("review", decided_within={"working_days": 8}), window("appeal", **{"from": "review"})]
    ).windows
    assert last_day_to_ask(book["review"], date(2032, 1, 1), weekday) == date(2032, 1, 13)
    assert last_day_to_decide(book["review"], date(2032, 1, 13), weekday) == date(2032, 1, 23)
    assert last_day_to_decide(book["appeal"], date(2032, 1, 13), weekday) is None


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"task": [task("a", after="b")]}, "nothing is called b"),
        ({"task": [task("a", after="b"), task("b", after="a")]}, "comes after itself: "),
        ({"window": [window("a", **{"from": "a"})]}, "comes after itself: a → a"),
        ({"task": [task("a"), task("b", after="a", special=True)]}, "a special assessment never has it"),
        ({"task": [task("a"), task("a")]}, "key a occurs 2 times"),
        ({"window": [window("a"), window("a")]}, "key a occurs 2 times"),
        ({"task": [task("a", lasts={"working_days": 9})]}, "a bar does not last for working days"),
        ({"task": [task("a", reminders={"before": [1], "on_the_day": True, "overdue": [], "escalate": []})]}, "due"),
    ],
)
def test_tasks_and_windows_that_cannot_be_put_in_order_are_refused(data: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError) as error:
        FollowUpRules.model_validate(data)
    assert says in str(error.value)
