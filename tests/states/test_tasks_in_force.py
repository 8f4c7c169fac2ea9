"""Tasks of a circulated result: of a department and of persons, one after another, with deadlines that need a calendar."""

from __future__ import annotations

from copy import deepcopy
from datetime import date, timedelta
from functools import cache
from typing import Any

import pytest

from notifications.notices.assessments import assessment_notices
from states.assessment import Assessment, ScoreSheet
from states.chart import Chart
from states.deadlines.lights import stage_lights
from states.deadlines.reasons import DEADLINE_COUNTED, recorded_reason
from states.deadlines.reminders import DeadlineMoved, MoveDeadline, Remind, duties, next_due, open_items
from states.deadlines.task_dates import dates_of_tasks
from states.explanation import explain
from states.refusals import NothingToDo, TooEarly
from states.result.inputs import inputs_of
from states.result.open_tasks import open_task_ids
from states.result.result import results_of
from states.rulebook.types import Rulebook
from states.stages.circulation import TaskMustWait
from states.stages.reopening import ReopenResult
from states.stages.scoring import Scored
from states.vocabulary import CLOCK, Text

from .law import (
    COMMITTEE,
    DAYS,
    GROUP,
    OFFICE,
    RAW,
    REASON,
    World,
    agree,
    approve,
    circulate,
    marks,
    reasons,
    refused,
    replayed,
    task,
    weekday,
)

NOTICE = DAYS["circulation"]
RUNGS = {"before": [1], "on_the_day": True, "overdue": [1], "escalate": [{"after": 3, "to": "leading_group"}]}
FAIL = [{"of": "unit.grade", "is": ["fail"]}]


def _task(key: str, zh: str, **changes: Any) -> dict[str, Any]:
    title = {"zh": zh, "en": key.capitalize()}
    return {"key": key, "title": title, "clause": "第十条", "by": ["office"], **changes}


@cache
def measure(*, earlier: bool = False) -> Rulebook:
    """The shipped measure with other tasks: of each member, after another, by working days, a bar of a year."""
    raw = deepcopy(RAW)
    title = {"zh": "班子成员", "en": "Member"}
    raw["subject"].append({"key": "member", "title": title, "is": "each_member", "clause": "第二条"})
    raw["task"] = [
        _task("filed", "备案", due={"months": 1, "roll": "stay"}),
        _task("statement", "书面检查", due={"working_days": 5}, reminders=RUNGS, when=FAIL, **{"for": ["member"]}),
        _task("inspect", "核查", after="statement", due={"days": 10, "roll": "stay"}, **{"for": ["member"]}),
        _task("no_awards", "取消评优资格", lasts={"years": 1}, when=[{"of": "grade", "is": ["fail"]}]),
    ]
    if earlier:
        raw.setdefault("value", []).append(
            {"key": "last_grade", "kind": "earlier", "back": 1, "of": "grade", "title": title, "clause": "第十条"}
        )
        raw["task"].append(_task("repeat", "连续不合格", when=[{"of": "last_grade", "is": ["fail"]}]))
    return Rulebook.model_validate(raw)


def approved(score: str = "50", **changes: Any) -> World:
    world = World(chart=Chart(measure(**changes)))
    return world.walk("approval", marks=marks(score, world)).on(NOTICE)


@cache
def circulated(score: str = "50") -> World:
    world = approved(score)
    return world.do(circulate(world), OFFICE)


def counted(world: World) -> World:
    """The world after everything that the clock has to do now."""
    for command in duties(world.state, world.context(CLOCK)):
        world = world.do(command, CLOCK)
    return world


def due(world: World) -> dict[str, date | None]:
    return {item.key: day for item, day in open_items(world.state, world.rulebook)}


def test_a_task_of_each_member_is_one_task_for_each_of_them() -> None:
    assert list(circulated("90").state.tasks) == ["filed"]
    assert list(circulated().state.tasks) == [
        "filed",
        *(f"{key}@{person}" for key in ("statement", "inspect") for person in ("p-h1", "p-h2", "p-m1")),
        "no_awards",
    ]


def test_a_result_is_not_circulated_while_a_task_hangs_on_what_nobody_knows() -> None:
    world = World(chart=Chart(measure(earlier=True))).walk("site_inspection").on(NOTICE)
    points = marks("50", world)
    refused(world.sheets(points), agree(points), GROUP, "Incomplete", Text(zh="班子成员", en="Member"))
    # A score without the earlier result cannot be made: here it is recorded without a decision.
    inputs = inputs_of(world.state, ScoreSheet(marks=points), world.context(GROUP))
    scored = Scored(inputs=inputs, reasons=reasons(points), results=results_of(inputs, world.rulebook))
    world = world.sheets(points).record(scored, GROUP)
    world = world.do(approve(world), COMMITTEE)
    refusal = refused(world, circulate(world), OFFICE, "TasksNotKnown", Text(zh="连续不合格", en="Repeat"))
    assert "备案" not in refusal.render("zh")


def test_a_task_of_a_person_is_called_by_the_post_in_every_sentence() -> None:
    world = circulated()
    titles = [item.title.zh for item, _ in open_items(world.state, world.rulebook)]
    assert titles == ["备案", "书面检查（党总支书记）", "书面检查（院长）", "书面检查（副院长）", "取消评优资格"]
    said = [line.text.zh for line in explain(world.state, world.rulebook)]
    assert "结果运用：书面检查（院长）（待办理）" in said


def test_a_task_waits_until_the_one_before_it_is_done_by_the_same_person() -> None:
    world = circulated()
    wait = task("inspect@p-h2", done_on=NOTICE)
    with pytest.raises(TaskMustWait) as caught:
        world.decide(wait, OFFICE)
    assert "“核查（院长）”须在“书面检查（院长）”办结之后办理" in caught.value.render("zh")
    done = world.do(task("statement@p-h2", done_on=NOTICE), OFFICE)
    assert set(open_task_ids(done.state, done.rulebook)) - set(open_task_ids(world.state, world.rulebook)) == {
        "inspect@p-h2"
    }
    assert done.do(wait, OFFICE).state.tasks["inspect@p-h2"]
    later = done.on(NOTICE + timedelta(days=9))
    early = later.do(task("statement@p-h1", done_on=NOTICE + timedelta(days=5)), OFFICE)
    with pytest.raises(TooEarly):
        early.decide(task("inspect@p-h1", done_on=NOTICE + timedelta(days=4)), OFFICE)


def test_a_deadline_counts_from_the_notice_or_from_the_day_the_task_before_was_done() -> None:
    world = circulated()
    assert due(world)["filed"] == date(2027, 1, 30)
    assert "inspect@p-h2" not in due(world)
    done = world.on(date(2027, 1, 8)).do(task("statement@p-h2", done_on=date(2027, 1, 5)), OFFICE)
    assert due(done)["inspect@p-h2"] == date(2027, 1, 15)


def test_the_clock_records_a_deadline_that_depends_on_the_working_days_at_once_and_only_once() -> None:
    world = circulated()
    assert due(world)["statement@p-h2"] is None
    assert next_due(world.state, world.rulebook) <= world.now  # type: ignore[operator]
    after = counted(world)
    assert due(after)["statement@p-h2"] == date(2027, 1, 6)
    set_now = [fact.stage for fact, _, _ in after.done if isinstance(fact, DeadlineMoved)]
    assert set_now == ["statement@p-h1", "statement@p-h2", "statement@p-m1"]
    assert counted(after).state == after.state
    assert replayed(after) == after.state


@pytest.mark.parametrize("day", [NOTICE + timedelta(days=4), NOTICE + timedelta(days=60)])
def test_the_clock_sets_no_deadline_that_no_calendar_gives(day: date) -> None:
    move = MoveDeadline(stage="statement@p-h2", due=day, reason=recorded_reason(DEADLINE_COUNTED))
    with pytest.raises(NothingToDo):
        circulated().decide(move, CLOCK)
    refused(circulated(), MoveDeadline(stage="filed", due=NOTICE, reason=REASON), CLOCK, "NothingToDo")


def test_the_office_moves_the_deadline_of_a_task_with_a_reason_but_not_into_the_past() -> None:
    world, day = circulated(), NOTICE + timedelta(days=50)
    moved = world.do(MoveDeadline(stage="filed", due=day, reason=REASON), OFFICE)
    assert due(moved)["filed"] == day
    refused(moved, MoveDeadline(stage="filed", due=day, reason=REASON), OFFICE, "NothingToDo")
    refused(moved, MoveDeadline(stage="filed", due=NOTICE - timedelta(days=1), reason=REASON), OFFICE, "TooEarly")
    refused(moved, MoveDeadline(stage="no_awards", due=day, reason=REASON), OFFICE, "NotKnown")
    assert replayed(moved) == moved.state


def test_a_task_of_a_person_is_reminded_of_by_its_own_deadline() -> None:
    world = counted(circulated()).on(date(2027, 1, 5))
    steps = [(one.stage, one.step_name, one.to) for one in duties(world.state, world.context(CLOCK))]  # type: ignore[attr-defined]
    assert steps == [(f"statement@{person}", "-1", "office") for person in ("p-h1", "p-h2", "p-m1")]
    one_done = world.do(task("statement@p-h1", done_on=date(2027, 1, 5)), OFFICE)
    reminded = [one.stage for one in duties(one_done.state, one_done.context(CLOCK)) if isinstance(one, Remind)]
    assert reminded == ["statement@p-h2", "statement@p-m1"]
    assert replayed(counted(world)) == counted(world).state


def test_a_role_is_told_of_a_task_when_it_can_be_done_and_its_deadline_is_known() -> None:
    world = circulated()

    def asked(after: World) -> list[tuple[str | None, date | None]]:
        fact, _, _ = after.done[-1]
        assert isinstance(after.state, Assessment)
        return [
            (one.asks, one.due) for one in assessment_notices(fact, after.state, after.rulebook) if one.kind == "task"
        ]

    assert asked(world) == [("filed", date(2027, 1, 30)), ("no_awards", None)]
    assert asked(counted(world)) == [("statement@p-m1", date(2027, 1, 6))]
    done = world.do(task("statement@p-h2", done_on=NOTICE), OFFICE)
    assert asked(done) == [("inspect@p-h2", NOTICE + timedelta(days=10))]


def test_a_bar_lasts_until_the_corresponding_day() -> None:
    world = circulated()
    dates = dates_of_tasks(world.state, NOTICE, world.rulebook, weekday)
    assert (dates["no_awards"].due, dates["no_awards"].until) == (None, date(2027, 12, 30))


def test_a_reopened_result_has_no_deadlines_of_tasks_left() -> None:
    world = counted(circulated()).do(task("statement@p-h2", done_on=NOTICE), OFFICE)
    back = world.do(ReopenResult(resolution=REASON, met_on=NOTICE, reason=REASON), COMMITTEE)
    assert (back.state.tasks, back.state.task_due, back.state.task_days) == ({}, {}, {})


def test_the_light_of_the_tasks_is_late_when_a_counted_deadline_has_passed() -> None:
    world = counted(circulated())
    lights = stage_lights(world.state, world.rulebook, date(2027, 1, 7), date(2027, 1, 9))
    assert (lights[-1].light, lights[-1].due) == ("late", date(2027, 1, 6))
