"""Reviews of a circulated result: who asks until when, who decides, what the decision does, and its replay."""

from __future__ import annotations

from copy import deepcopy
from datetime import date, timedelta
from functools import cache
from typing import Any

import pytest

from notifications.notices.assessments import assessment_notices, still_applies
from states.chart import Chart
from states.deadlines.lights import stage_lights
from states.deadlines.reasons import LAST_DAY_COUNTED, recorded_reason
from states.deadlines.reminders import MoveDeadline, duties, next_due, open_items
from states.deadlines.review import AskReview, DecideReview, ReviewAsked, ReviewDecided
from states.deadlines.windows import Windows
from states.explanation import explain
from states.offers import next_acts, offers, request_to_make
from states.rulebook.types import Rulebook
from states.stages.reopening import ReopenResult
from states.vocabulary import CLOCK, Actor, Words
from states.year.year import progress_of

from .law import (
    COMMITTEE,
    DAYS,
    GROUP,
    OFFICE,
    RAW,
    REASON,
    UNIT,
    World,
    agree,
    approve,
    circulate,
    marks,
    person,
    refused,
    replayed,
    task,
    weekday,
)

NOTICE = DAYS["circulation"]
FAIL = [{"of": "grade", "is": ["fail"]}]
OURS = person("unit", "unit-1", UNIT)
LEADER = person("leading_group", "leader-1")
RUNGS = {"before": [1], "on_the_day": True, "overdue": [1], "escalate": [{"after": 1, "to": "committee"}]}


def _window(key: str, zh: str, en: str, **changes: Any) -> dict[str, Any]:
    days = {"days": 10, "roll": "stay"}
    parts = {"by": ["unit", "organization"], "within": days, "decided_by": ["leading_group"], "decided_within": days}
    return {"key": key, "title": {"zh": zh, "en": en}, "clause": "第十条", **parts, **changes}


def _act(command: str, *by: str) -> dict[str, Any]:
    return {"command": command, "by": by, "clause": "第十条", "source": "ours", "title": {"zh": command, "en": command}}


@cache
def measure() -> Rulebook:
    """The shipped measure with a review, an appeal against a fail, and one of each member by the calendar."""
    raw = deepcopy(RAW)
    raw["subject"].append(
        {"key": "member", "title": {"zh": "班子成员", "en": "Member"}, "is": "each_member", "clause": "第二条"}
    )
    raw["act"] += [
        _act("ask_review", "unit", "organization"),
        _act("decide_review", "leading_group", "committee", "organization"),
    ]
    appeal = {"from": "review", "when": FAIL, "by": ["unit"], "decided_by": ["committee"]}
    by_calendar = {"within": {"working_days": 7}, "decided_within": {"working_days": 15}, "reminders": RUNGS}
    raw["window"] = [
        _window("review", "复核", "Review", **by_calendar),
        _window("appeal", "申诉", "Appeal", **appeal),
        _window(
            "own",
            "本人复核",
            "Own review",
            when=[{"of": "unit.grade", "is": ["fail"]}],
            decided_by=["organization"],
            **{"for": ["member"]},
        ),
    ]
    return Rulebook.model_validate(raw)


@cache
def circulated(score: str = "50") -> World:
    world = World(chart=Chart(measure()))
    world = world.walk("approval", marks=marks(score, world)).on(NOTICE)
    return counted(world.do(circulate(world), OFFICE))


def counted(world: World) -> World:
    """The world after everything that the clock has to do now."""
    for command in duties(world.state, world.context(CLOCK)):
        world = world.do(command, CLOCK)
    return world


def request(window: str = "review", day: date = NOTICE, **changes: Any) -> AskReview:
    return AskReview(window=window, asked_on=day, reason=REASON, **changes)


def decision(window: str = "review", decided: Any = "stands", day: date = NOTICE, **changes: Any) -> DecideReview:
    return DecideReview(window=window, decision=decided, decided_on=day, reason=REASON, **changes)


def asked(score: str = "50") -> World:
    return counted(circulated(score).do(request(), OURS))


def decided(what: str, score: str = "50") -> World:
    return counted(asked(score).do(decision(decided=what), LEADER))


def status(world: World, id_: str, on: date | None = None) -> str:
    return Windows(world.state, world.rulebook).status(id_, on or world.context(CLOCK).today)


def left_open(world: World) -> tuple[str, ...]:
    progress = progress_of(world.state)
    assert progress is not None
    return progress.tasks


def told(world: World) -> set[tuple[str, str]]:
    fact = world.done[-1][0]
    return {(one.kind, one.to) for one in assessment_notices(fact, world.state, world.rulebook)}


# --- which windows there are, and until when ------------------------------------------------------


def test_the_windows_follow_from_the_result() -> None:
    members = tuple(f"own@{one.person}" for one in circulated().state.team)
    assert Windows(circulated().state, measure()).ids == ("review", "appeal", *members)
    assert Windows(circulated("90").state, measure()).ids == ("review",)
    assert Windows(circulated().state, World().rulebook).ids == ()
    before = World(chart=Chart(measure())).walk("approval")
    assert Windows(before.state, measure()).ids == ()


def test_the_clock_counts_the_last_day_to_ask_and_a_span_without_the_calendar_follows_from_the_notice() -> None:
    windows = Windows(circulated().state, measure())
    assert windows.last_day("own@p-h1") == NOTICE + timedelta(days=10)
    assert windows.last_day("appeal") is None
    seven = [day for day in (NOTICE + timedelta(days=n) for n in range(1, 30)) if weekday(day)][6]
    assert windows.last_day("review") == circulated().state.window_due["review"] == seven
    assert circulated().state.due["circulation"] is not None
    assert next_due(circulated().state, measure(), weekday) != circulated().state.since


def test_only_the_clock_sets_the_last_day_to_ask_and_only_to_a_day_that_some_calendar_gives() -> None:
    world = World(chart=Chart(measure())).walk("approval", marks=marks("50")).on(NOTICE)
    world = world.do(circulate(world), OFFICE)
    reason = recorded_reason(LAST_DAY_COUNTED)

    def move(day: date) -> MoveDeadline:
        return MoveDeadline(stage="review", due=day, reason=reason)

    refused(world, move(NOTICE + timedelta(days=9)), OFFICE, "NotKnown")
    refused(world, move(NOTICE + timedelta(days=6)), CLOCK, "NothingToDo")
    refused(world, move(NOTICE + timedelta(days=60)), CLOCK, "NothingToDo")
    dated = world.do(move(NOTICE + timedelta(days=9)), CLOCK)
    refused(dated, move(NOTICE + timedelta(days=10)), CLOCK, "NotKnown")
    assert dated.state.due == world.state.due
    assert dated.state.task_due == {}


def test_a_window_is_open_until_its_last_day_and_over_after_it() -> None:
    last = circulated().state.window_due["review"]
    assert [status(circulated(), "review", day) for day in (NOTICE, last, last + timedelta(days=1))] == [
        "open",
        "open",
        "over",
    ]
    assert status(circulated(), "appeal") == "waiting"
    assert status(circulated(), "appeal", last + timedelta(days=1)) == "over"


# --- to ask ---------------------------------------------------------------------------------------


def test_a_department_asks_once_today_for_itself() -> None:
    world = circulated()
    refused(world, request(day=NOTICE - timedelta(days=1)), OURS, "TooEarly")
    refused(world, request(day=NOTICE + timedelta(days=1)), OURS, "InTheFuture")
    refused(world, request(), person("unit", "unit-2", "u-other"), "OtherUnit")
    refused(world, request(), OFFICE, "NotYours")
    refused(world, request("nothing"), OURS, "NotKnown")
    refused(world, request("appeal"), OURS, "WindowNotOpen")
    done = world.do(request(), OURS)
    assert isinstance(done.done[-1][0], ReviewAsked)
    assert (status(done, "review"), done.state.reviews["review"].asked_by) == ("asked", {"unit-1"})
    refused(done, request(), OURS, "NothingToDo")


def test_a_request_after_the_last_day_is_refused_with_that_day_and_the_clause() -> None:
    last = circulated().state.window_due["review"]
    late = circulated().on(last + timedelta(days=1))
    refusal = refused(late, request(day=last + timedelta(days=1)), OURS, "WindowOver")
    assert (refusal.details["last"], refusal.details["clause"]) == (last, "第十条")
    on_the_day = circulated().on(last)
    assert on_the_day.do(request(day=last), OURS).state.reviews


def test_a_department_gives_no_earlier_day_for_itself_but_who_enters_a_paper_does() -> None:
    last = circulated().state.window_due["review"]
    late = circulated().on(last + timedelta(days=2))
    refused(late, request(day=last), OURS, "AskedOnAnotherDay")
    entered = late.do(request(day=last), person("organization", "org-1"))
    assert entered.state.reviews["review"].asked_on == last
    assert entered.state.reviews["review"].role == "organization"


def test_before_the_clock_has_counted_only_a_day_too_late_by_every_calendar_is_refused() -> None:
    world = World(chart=Chart(measure())).walk("approval", marks=marks("50")).on(NOTICE)
    world = world.do(circulate(world), OFFICE)
    possible = NOTICE + timedelta(days=2 * 7 + 14)
    late = world.on(possible + timedelta(days=1))
    refused(late, request(day=possible + timedelta(days=1)), OURS, "WindowOver")
    assert world.on(possible).do(request(day=possible), OURS).state.reviews


def test_the_department_asks_for_a_member_in_the_members_own_window() -> None:
    done = circulated().do(request("own@p-h1"), OURS)
    assert (status(done, "own@p-h1"), status(done, "own@p-h2")) == ("asked", "open")
    (item,) = [item for item, _ in open_items(done.state, measure()) if item.key == "own@p-h1"]
    assert item.title.zh == f"本人复核决定（{done.state.posts['p-h1']}）"


def test_a_reason_with_personal_data_is_refused() -> None:
    command = AskReview(window="review", asked_on=NOTICE, reason=Words("联系 13800138000"))
    refused(circulated(), command, OURS, "Personal")


def test_without_windows_the_act_is_nobodys() -> None:
    plain = World().walk("circulation")
    refused(plain, request(), OURS, "NotNow")


# --- to decide ------------------------------------------------------------------------------------


def test_the_decision_is_a_task_of_those_who_decide_with_a_deadline_and_reminders() -> None:
    world = asked()
    due = {item.key: (item.by, day) for item, day in open_items(world.state, measure())}
    by, last = due["review"]
    assert by == ("leading_group",)
    assert last == world.state.task_due["review"]
    late = counted(world.on(date.fromordinal(last.toordinal() + 7)))
    kinds = [(fact.kind, getattr(fact, "to", "")) for fact, *_ in late.done if getattr(fact, "stage", "") == "review"]
    assert kinds[-1] == ("Reminded", "leading_group")
    assert late.do(decision(day=late.context(CLOCK).today), LEADER).state.reviews["review"].decision == "stands"


def test_who_gave_points_asked_or_belongs_to_the_department_does_not_decide() -> None:
    world = asked()
    scorer = next(iter(world.state.scorers))
    refused(world, decision(), Actor(scorer, "leading_group"), "SamePerson")
    refused(world, decision(), person("leading_group", "leader-2", UNIT), "OwnUnit")
    refused(world, decision(), COMMITTEE, "NotYours")
    own = circulated().do(request("own@p-h1"), person("organization", "org-1"))
    refused(own, decision("own@p-h1"), person("organization", "org-1"), "SamePerson")
    assert own.do(decision("own@p-h1"), person("organization", "org-2")).state.reviews["own@p-h1"].decision


def test_a_decision_is_made_once_on_what_somebody_asked_for_and_not_before_that_day() -> None:
    refused(circulated(), decision(), LEADER, "NothingToDo")
    world = asked()
    refused(world, decision("appeal"), COMMITTEE, "NotKnown")
    refused(world, decision(day=NOTICE - timedelta(days=1)), LEADER, "TooEarly")
    refused(world, decision(day=NOTICE + timedelta(days=1)), LEADER, "InTheFuture")
    done = world.do(decision(), LEADER)
    assert isinstance(done.done[-1][0], ReviewDecided)
    refused(done, decision(), LEADER, "NothingToDo")
    assert done.state.tasks["review"] == done.now


def test_a_review_is_no_task_to_complete_and_its_tasks_go_on() -> None:
    world = asked()
    refused(world, task("review"), person("discipline", "d-1"), "NotKnown")
    assert world.do(task(), person("organization", "o-1")).state.tasks["filed"] is not None


def test_an_appeal_opens_after_a_decision_that_stands_and_not_after_one_to_reopen() -> None:
    stands, reopened = decided("stands"), decided("reopen")
    assert (status(stands, "appeal"), status(reopened, "appeal")) == ("open", "over")
    assert Windows(stands.state, measure()).last_day("appeal") == NOTICE + timedelta(days=10)
    refused(reopened, request("appeal"), OURS, "WindowNotOpen")
    final = stands.do(request("appeal"), OURS)
    refused(final, decision("appeal"), LEADER, "NotYours")
    assert status(final.do(decision("appeal"), COMMITTEE), "appeal") == "decided"


def test_after_a_decision_to_reopen_the_committee_reopens_and_the_new_result_has_windows_of_its_own() -> None:
    world = decided("reopen")
    waits = next_acts(world.state, world.context(COMMITTEE))
    assert [one.act for one in waits] == ["reopen_result", "complete_task"]
    assert waits[0].by == ("committee",)
    lights = stage_lights(world.state, measure(), NOTICE, NOTICE)
    assert lights[-1].light != "done"
    back = world.do(ReopenResult(resolution=REASON, met_on=NOTICE, reason=REASON), COMMITTEE)
    assert (back.state.reviews, back.state.window_due, back.state.tasks) == ({}, {}, {})
    sheet = marks("90", back)
    again = back.do(agree(sheet), GROUP)
    again = again.do(approve(again, met_on=NOTICE), COMMITTEE)
    out = counted(
        again.do(circulate(again, document=Words("考通〔2026〕9号"), replaces=world.state.circulated[-1]), OFFICE)
    )
    assert status(out, "review") == "open"
    assert replayed(out) == out.state


def test_every_entry_of_a_review_is_accepted_again_by_a_replay() -> None:
    for world in (decided("stands"), decided("reopen"), asked("90")):
        assert replayed(world) == world.state


# --- who is told, and what is offered -------------------------------------------------------------


def test_who_may_ask_who_decides_and_who_asked_is_told() -> None:
    world = World(chart=Chart(measure())).walk("approval", marks=marks("50")).on(NOTICE)
    world = world.do(circulate(world), OFFICE)
    assert {("circulated", "unit"), ("window_open", "unit"), ("window_open", "organization")} <= told(world)
    titles = [
        one.values["id"]
        for one in assessment_notices(world.done[-1][0], world.state, measure())
        if one.kind == "window_open"
    ]
    assert "review" not in titles, "its last day is not counted yet"
    (dating,) = [one for one in duties(world.state, world.context(CLOCK)) if getattr(one, "stage", "") == "review"]
    assert told(world.do(dating, CLOCK)) == {("window_open", "unit"), ("window_open", "organization")}
    request_made = circulated().do(request(), OURS)
    assert told(request_made) == set(), "the deadline of the decision is not counted yet"
    assert told(counted(request_made)) == {("task", "leading_group")}
    assert told(asked().do(decision(), LEADER)) == {("review_decided", "unit"), ("window_open", "unit")}
    assert told(asked().do(decision(decided="reopen"), LEADER)) == {
        ("review_decided", "unit"),
        ("review_granted", "committee"),
    }


def test_a_notice_of_a_window_applies_until_somebody_asks_and_that_of_a_reopening_until_it_is_done() -> None:
    world = circulated()
    (notice, *_) = assessment_notices(world.done[-1][0], world.state, measure())
    assert notice.kind == "window_open"
    assert still_applies(notice, world.state, measure())
    assert not still_applies(notice, asked().state, measure())
    granted = asked().do(decision(decided="reopen"), LEADER)
    (due,) = [
        one for one in assessment_notices(granted.done[-1][0], granted.state, measure()) if one.kind == "review_granted"
    ]
    assert still_applies(due, granted.state, measure())
    back = granted.do(ReopenResult(resolution=REASON, met_on=NOTICE, reason=REASON), COMMITTEE)
    assert not still_applies(due, back.state, measure())


def test_to_ask_is_offered_while_a_window_is_open_and_to_decide_while_a_review_waits() -> None:
    world, last = circulated("90"), circulated("90").state.window_due["review"]

    def offered(there: World, actor: Actor) -> set[str]:
        return set(offers(there.state, there.context(actor), there.chart)) & {"ask_review", "decide_review"}

    assert offered(world, OURS) == {"ask_review"}
    assert offered(world, LEADER) == set()
    assert offered(world.on(last + timedelta(days=1)), OURS) == set()
    after = asked("90")
    assert (offered(after, OURS), offered(after, LEADER), offered(after, COMMITTEE)) == (
        set(),
        {"decide_review"},
        set(),
    )
    to_make = request_to_make(world.state, world.context(OURS))
    assert to_make is not None
    assert (to_make.by, to_make.due) == (("unit", "organization"), last)
    assert request_to_make(after.state, after.context(OURS)) is None


@pytest.mark.parametrize("what", ["stands", "reopen"])
def test_the_decision_has_one_of_two_outcomes(what: str) -> None:
    assert decided(what).state.awaits_reopening is (what == "reopen")


def test_an_open_review_is_left_open_when_the_year_closes_and_the_explanation_says_what_was_decided() -> None:
    assert "review" in left_open(asked("90"))
    assert "review" not in left_open(decided("stands", "90"))
    lines = {line.location: line.sentence.en for line in explain(decided("stands", "90").state, measure())}
    assert lines["task.review"] == "Review: decision (the result stands)"
