"""Deadlines and the clock's ladder."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from states.assessment import Assessment
from states.deadlines.dates import default_deadlines, move_to_working_day
from states.deadlines.reminders import (
    Escalate,
    LapseReminders,
    MoveDeadline,
    Remind,
    duties,
    next_due,
    next_stage,
    open_items,
)
from states.deadlines.schedule import reminder_schedule, step_key
from states.records.year import Year
from states.stages.opening import UndoStep, Withdraw
from states.stages.reopening import ReopenResult
from states.stages.scoring import NoteStaleScore
from states.stages.self_report import ReturnSelfReport
from states.vocabulary import CLOCK, Command

from .law import (
    BOUNDED,
    DAYS,
    DUE,
    GROUP,
    LEADERS,
    OFFICE,
    ORGANIZATION,
    OURS,
    REASON,
    RULEBOOK,
    STAGES,
    ZONE,
    World,
    at,
    case,
    meeting,
    opening,
    reached,
    refused,
    replayed,
    sanction,
    self_report,
    task,
)

NINE = time(9)


def working(day: date) -> bool:
    return day.weekday() < 5


def never(day: date) -> bool:
    return False


# -- dates -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "how", "rolled"),
    [
        (date(2026, 11, 20), "back", date(2026, 11, 20)), (date(2026, 11, 21), "back", date(2026, 11, 20)),
        (date(2026, 11, 21), "stay", date(2026, 11, 21)), (date(2026, 11, 21), "forward", date(2026, 11, 23)),
        (date(2026, 11, 22), "forward", date(2026, 11, 23)), (date(2028, 2, 29), "back", date(2028, 2, 29)),
        (date(2032, 2, 29), "back", date(2032, 2, 27)), (date(2032, 2, 29), "forward", date(2032, 3, 1)),
        (date(2022, 12, 31), "back", date(2022, 12, 30)), (date(2022, 12, 31), "forward", date(2023, 1, 2)),
        (date(2023, 1, 1), "back", date(2022, 12, 30)), (date(2022, 12, 31), "stay", date(2022, 12, 31)),
    ],
)  # fmt: skip
def test_a_deadline_on_a_day_off_goes_back_stays_or_goes_forward(day: date, how: str, rolled: date) -> None:
    assert move_to_working_day(day, how, working) == rolled


def test_a_deadline_that_stays_asks_no_calendar() -> None:
    assert move_to_working_day(date(2026, 11, 21), "stay", never) == date(2026, 11, 21)


def test_the_rulebooks_dates_of_2026_are_all_working_days() -> None:
    assert default_deadlines(RULEBOOK, 2026, working) == DUE


def test_each_deadline_rolls_its_own_way_and_may_lie_in_the_next_year() -> None:
    stages = []
    for stage in RULEBOOK.stage:
        if stage.kind == "approval":
            stage = stage.model_copy(update={"due": "01-02", "due_year": 1, "roll": "forward"})  # noqa: PLW2901
        if stage.kind == "circulation":
            stage = stage.model_copy(update={"due": "02-28", "due_year": 1, "roll": "stay"})  # noqa: PLW2901
        stages.append(stage)
    under = RULEBOOK.model_copy(update={"stage": tuple(stages)})
    dates = default_deadlines(under, 2026, working)
    assert dates["approval"] == date(2027, 1, 4)
    assert dates["circulation"] == date(2027, 2, 28)


# -- the ladder ------------------------------------------------------------------------------------


def step_names(stage: str) -> list[tuple[str, date, str]]:
    made = reminder_schedule(RULEBOOK.stages[stage], DUE[stage], RULEBOOK, working)  # type: ignore[index]
    assert {d.at.astimezone(ZONE).time() for d in made} == {NINE}
    assert [d.key for d in made] == [step_key(stage, DUE[stage], d.name) for d in made]
    return [(d.name, d.at.astimezone(ZONE).date(), d.to) for d in made]


def test_the_ladder_of_the_self_report_written_out() -> None:
    assert step_names("self_report") == [
        ("-10", date(2026, 11, 6), "unit"), ("-5", date(2026, 11, 13), "unit"), ("-3", date(2026, 11, 17), "unit"),
        ("-1", date(2026, 11, 19), "unit"), ("0", date(2026, 11, 20), "unit"), ("+1", date(2026, 11, 23), "unit"),
        ("up+1", date(2026, 11, 24), "office"), ("+3", date(2026, 11, 25), "unit"),
        ("up+3", date(2026, 11, 26), "leading_group"), ("+5", date(2026, 11, 27), "unit"),
    ]  # fmt: skip


def test_a_deadline_on_friday_is_escalated_when_the_monday_after_it_is_over() -> None:
    """Those who are late have a whole working day before the next one up hears of it."""
    up = {step_name: day for step_name, day, _ in step_names("self_report")}
    assert (DUE["self_report"].strftime("%A"), up["up+1"].strftime("%A")) == ("Friday", "Tuesday")


def test_a_ladder_goes_over_the_turn_of_the_year() -> None:
    assert step_names("circulation") == [
        ("-5", date(2026, 12, 24), "office"), ("-3", date(2026, 12, 28), "office"),
        ("-1", date(2026, 12, 30), "office"), ("0", date(2026, 12, 31), "office"),
        ("+1", date(2027, 1, 1), "office"), ("up+1", date(2027, 1, 4), "committee"),
        ("+3", date(2027, 1, 5), "office"), ("+5", date(2027, 1, 7), "office"),
    ]  # fmt: skip


def test_a_ladder_counts_leap_days() -> None:
    stage: Any = RULEBOOK.stages["meeting"]
    leap = {d.name: d.at.astimezone(ZONE).date() for d in reminder_schedule(stage, date(2028, 3, 1), RULEBOOK, working)}
    plain = {
        d.name: d.at.astimezone(ZONE).date() for d in reminder_schedule(stage, date(2027, 3, 1), RULEBOOK, working)
    }
    assert (leap["-1"], leap["-3"]) == (date(2028, 2, 29), date(2028, 2, 25))
    assert (plain["-1"], plain["-3"]) == (date(2027, 2, 26), date(2027, 2, 24))


def test_a_stage_without_reminders_has_no_ladder() -> None:
    assert reminder_schedule(RULEBOOK.stages["opening"], date(2026, 11, 2), RULEBOOK, working) == ()


@pytest.mark.parametrize(("stage", "kind"), list(zip(STAGES, [*DUE, None], strict=True)))
def test_what_is_waited_for_is_the_next_stage(stage: str, kind: str | None) -> None:
    found = next_stage(reached(stage).state, RULEBOOK)
    assert (found.kind if found else None) == kind


def test_nothing_is_waited_for_before_opening_or_after_withdrawal() -> None:
    withdrawn = reached("opening").do(Withdraw(reason=REASON), OFFICE)
    assert next_stage(World().state, RULEBOOK) is None
    assert next_stage(withdrawn.state, RULEBOOK) is None


# -- duties ----------------------------------------------------------------------------------------


def owed(world: World, moment: datetime) -> list[Command]:
    return list(duties(world.state, replace(world.context(CLOCK), now=moment)))


def opened() -> World:
    return World().do(opening(), OFFICE)


def test_nothing_is_owed_before_the_first_rung_and_it_is_at_its_minute() -> None:
    first = at(date(2026, 11, 6), NINE)
    assert owed(opened(), first - timedelta(seconds=1)) == []
    assert owed(opened(), first) == [Remind(stage="self_report", due=DUE["self_report"], step_name="-10", to="unit")]
    assert next_due(opened().state, RULEBOOK, working) == first


def test_after_a_pause_only_the_rung_that_applies_now_is_called_and_the_earlier_are_superseded() -> None:
    (only,) = owed(opened(), at(date(2026, 11, 18)))
    assert only == Remind(
        stage="self_report", due=DUE["self_report"], step_name="-3", to="unit", superseded=("-10", "-5")
    )


def test_after_a_pause_no_rung_is_left_out_on_the_way_up_and_each_role_has_a_day_before_the_next() -> None:
    """Who must act hears first; the next role up on the working day after, and the one above it a working day later."""
    world = opened().on(date(2026, 12, 24))
    said = {"stage": "self_report", "due": DUE["self_report"]}
    everything = ("-10", "-5", "-3", "-1", "0", "+1", "+3", "+5")
    assert owed(world, world.now) == [Remind(**said, step_name="+w3", to="unit", superseded=everything)]
    world = call(world, date(2026, 12, 24))
    assert owed(world, at(date(2026, 12, 25), time(8))) == []
    up = [c for c in owed(world, at(date(2026, 12, 25), time(9))) if isinstance(c, Escalate)]
    assert up == [Escalate(**said, step_name="up+w4", to="office", superseded=("up+1",))]
    world = call(world, date(2026, 12, 25))
    up = [c for c in owed(world, at(date(2026, 12, 28), time(9))) if isinstance(c, Escalate)]
    assert up == [Escalate(**said, step_name="up+w4", to="leading_group", superseded=("up+3",))]


def call(world: World, day: date, clock: time = time(10)) -> World:
    """The clock does all it owes."""
    world = world.on(day, clock)
    for command in owed(world, world.now):
        world = world.do(command, CLOCK)
    return world


def test_a_called_rung_is_called_once() -> None:
    world = call(opened(), date(2026, 11, 18))
    assert owed(world, world.now) == []
    assert world.state.recorded_reminders.keys() == {
        step_key("self_report", DUE["self_report"], r) for r in ("-10", "-5", "-3")
    }
    refused(
        world, Remind(stage="self_report", due=DUE["self_report"], step_name="-3", to="unit", superseded=("-10", "-5")),
        CLOCK, "NothingToDo",
    )  # fmt: skip


def test_a_year_of_a_clock_that_never_sleeps_calls_every_rung_by_itself() -> None:
    world = opened()
    for n in range(28):
        world = call(world, date(2026, 11, 2) + timedelta(days=n))
    called = [f for f, _, _ in world.done[1:]]
    assert [getattr(f, "step_name", "") for f in called] == [r for r, _, _ in step_names("self_report")]
    assert all(f.superseded == () for f in called)  # type: ignore[attr-defined]


def test_reminders_missed_before_the_step_was_done_lapse() -> None:
    late = opened().on(date(2026, 11, 24))
    done = late.do(self_report(late), OURS)
    (lapse,) = owed(done, done.now)
    assert lapse == LapseReminders(
        stage="self_report", due=DUE["self_report"], step_names=("-10", "-5", "-3", "-1", "0", "+1", "up+1")
    )
    after = done.do(lapse, CLOCK)
    assert owed(after, done.now) == []
    refused(after, lapse, CLOCK, "NothingToDo")


def test_a_lapse_names_the_deadline_whose_reminders_were_missed() -> None:
    late = opened().on(date(2026, 11, 22))
    done = late.do(self_report(late), OURS)
    (lapse,) = owed(done, done.now)
    assert isinstance(lapse, LapseReminders)
    refused(done, replace(lapse, due=lapse.due + timedelta(days=1)), CLOCK, "NothingToDo")
    refused(done, replace(lapse, stage="meeting"), CLOCK, "NothingToDo")
    refused(done, replace(lapse, step_names=lapse.step_names[1:]), CLOCK, "NothingToDo")


def test_reminders_after_the_step_are_never_spoken_of() -> None:
    early = opened().on(date(2026, 11, 3))
    done = early.do(self_report(early), OURS)
    assert not [c for c in owed(done, at(date(2027, 6, 1))) if getattr(c, "stage", "") == "self_report"]


def test_lapses_and_the_next_stages_reminder_are_owed_together() -> None:
    world = opened().on(date(2026, 11, 26))
    done = world.do(self_report(world), OURS)
    assert [type(c).__name__ for c in owed(done, done.now)] == ["LapseReminders", "Remind"]
    moved = call(done, date(2026, 11, 26))
    assert owed(moved, moved.now) == []


def test_a_withdrawn_assessment_owes_nothing_ever() -> None:
    """Else it would stand at the head of every round's list for good."""
    world = opened().on(date(2026, 11, 22))
    gone = world.do(self_report(world), OURS).do(Withdraw(reason=REASON), OFFICE)
    assert owed(gone, at(date(2030, 1, 1))) == []
    assert next_due(gone.state, RULEBOOK, working) is None


FILED = DAYS["circulation"] + timedelta(days=15)
"""Until when a result is filed."""


def circulated(score: str = "100") -> World:
    """A year of a clock that never slept, up to the day of the notice."""
    world = reached("circulation", score)
    return call(world, world.now.date())


def test_a_circulated_result_owes_its_tasks_a_ladder_from_the_day_of_the_notice() -> None:
    world = circulated()
    first = at(date(2027, 1, 7), NINE)
    assert owed(world, first - timedelta(seconds=1)) == []
    assert owed(world, first) == [Remind(stage="filed", due=FILED, step_name="-5", to="organization")]
    assert next_due(world.state, RULEBOOK, working) == first
    (remind,) = owed(world, at(date(2027, 6, 1)))
    assert (remind.stage, remind.step_name) == ("filed", "+w18")  # type: ignore[attr-defined]


def test_each_task_of_a_fail_has_its_own_deadline_and_is_reminded_of_by_itself() -> None:
    world = circulated("50")
    dated = {task.key: due for task, due in open_items(world.state, RULEBOOK)}
    talk = DAYS["circulation"] + timedelta(days=30)
    held = DAYS["circulation"] + timedelta(days=60)
    assert dated == {"filed": FILED, "awards_cancelled": FILED, "talk": talk, "responsibility": held}
    told = [(c.stage, type(c), c.to) for c in owed(world, at(talk + timedelta(days=7)))]  # type: ignore[attr-defined]
    acting = [("filed", "organization"), ("awards_cancelled", "organization"), ("talk", "discipline")]
    assert told == [(stage, Remind, to) for stage, to in acting]
    world = call(world, talk + timedelta(days=7))
    told = [(c.stage, type(c), c.to) for c in owed(world, at(talk + timedelta(days=10)))]  # type: ignore[attr-defined]
    up = [("filed", "office"), ("awards_cancelled", "office"), ("talk", "leading_group")]
    assert told == [(stage, Escalate, to) for stage, to in up]


def test_a_task_done_is_not_asked_for_and_what_a_silent_clock_missed_of_it_lapses() -> None:
    world = circulated().on(FILED - timedelta(days=2))
    done = world.do(task("filed", done_on=world.now.date()), ORGANIZATION)
    (lapse,) = owed(done, at(date(2027, 6, 1)))
    assert lapse == LapseReminders(stage="filed", due=FILED, step_names=("-5", "-3"))
    after = done.do(lapse, CLOCK)
    assert next_due(after.state, RULEBOOK, working) is None
    refused(after, Remind(stage="filed", due=FILED, step_name="-1", to="organization"), CLOCK, "NothingToDo")


def test_what_follows_from_a_result_taken_back_is_not_asked_for() -> None:
    world = circulated().with_cases(case(sanction("demotion")))
    assert owed(world, at(FILED, NINE))
    reopened = world.do(ReopenResult(sources=("c-1",), reason=REASON), CLOCK)
    assert {getattr(c, "stage", "") for c in owed(reopened, at(FILED, NINE))} == {"scoring", "approval", "circulation"}


def test_a_step_undone_is_waited_for_again_from_the_rung_that_applies() -> None:
    world = call(call(opened(), date(2026, 11, 6)), date(2026, 11, 13)).on(date(2026, 11, 14))
    world = world.do(self_report(world), OURS).do(UndoStep(reason=REASON), OURS)
    assert owed(world, world.now) == []
    (next_,) = owed(world, at(date(2026, 11, 17)))
    assert next_ == Remind(stage="self_report", due=DUE["self_report"], step_name="-3", to="unit")


@pytest.mark.parametrize(
    "wrong",
    [
        {"step_name": "-1"}, {"step_name": "no"}, {"stage": "meeting"}, {"due": date(2026, 11, 21)}, {"to": "office"},
        {"superseded": ()}, {"superseded": ("-14",)}, {"superseded": ("-7", "-14")}, {"superseded": ("-10", "-5", "-3")},
        {"step_name": "-7", "superseded": ("-3",)},
        {"step_name": "-1", "superseded": ("-10", "-5", "-3")},
    ],
    ids=str,
)  # fmt: skip
def test_the_clock_calls_what_is_owed_and_nothing_else(wrong: dict[str, Any]) -> None:
    world = opened().on(date(2026, 11, 18))
    right = Remind(stage="self_report", due=DUE["self_report"], step_name="-3", to="unit", superseded=("-10", "-5"))
    world.decide(right, CLOCK)
    refused(world, replace(right, **wrong), CLOCK, "NothingToDo")


def test_a_reminder_is_no_escalation() -> None:
    world = call(opened(), date(2026, 11, 23)).on(date(2026, 11, 24))
    said = {"stage": "self_report", "due": DUE["self_report"]}
    refused(world, Remind(**said, step_name="up+1", to="office"), CLOCK, "NothingToDo")
    refused(world, Escalate(**said, step_name="+3", to="unit"), CLOCK, "NothingToDo")
    world.decide(Escalate(**said, step_name="up+1", to="office"), CLOCK)


def test_nothing_is_called_where_nothing_is_waited_for() -> None:
    world = reached("circulation")
    refused(world, LapseReminders(stage="meeting", due=DUE["meeting"], step_names=("-1",)), CLOCK, "NothingToDo")


# -- moved deadlines -------------------------------------------------------------------------------


def move(stage: str = "self_report", due: date = date(2026, 11, 27)) -> MoveDeadline:
    return MoveDeadline(stage=stage, due=due, reason=REASON)


@pytest.mark.parametrize("actor", [OFFICE, LEADERS], ids=lambda a: a.role)
def test_a_moved_deadline_has_reminders_of_its_own(actor: Any) -> None:
    world = call(opened(), date(2026, 11, 18)).do(move(), actor)
    assert world.state.due["self_report"] == date(2026, 11, 27)
    (fresh,) = owed(world, world.now)
    assert fresh == Remind(stage="self_report", due=date(2026, 11, 27), step_name="-10", to="unit")
    back = world.do(move(due=DUE["self_report"]), actor)
    assert owed(back, back.now) == [], "the old deadline's steps are still accounted for"


def test_every_stage_still_ahead_may_be_moved_and_none_behind() -> None:
    world = reached("democratic_evaluation")
    for stage in list(DUE)[:3]:
        refused(world, move(stage, DUE[stage] + timedelta(days=1)), OFFICE, "NotKnown", stage)
    for stage in list(DUE)[3:]:
        after = world.do(move(stage, DUE[stage] + timedelta(days=1)), OFFICE)
        assert after.state.due == {**DUE, stage: DUE[stage] + timedelta(days=1)}


def test_a_deadline_is_moved_to_another_day() -> None:
    refused(opened(), move(due=DUE["self_report"]), OFFICE, "NothingToDo", RULEBOOK.stages["self_report"].title.text)


def test_a_deadline_is_moved_to_today_and_never_into_the_past() -> None:
    today = date(2026, 11, 9)
    world = opened().on(today)
    refused(world, move(due=today - timedelta(days=1)), OFFICE, "TooEarly", today - timedelta(days=1), today)
    assert world.do(move(due=today), OFFICE).state.due["self_report"] == today


def test_a_moved_deadline_keeps_the_order() -> None:
    late = DUE["meeting"] + timedelta(days=1)
    refused(opened(), move(due=late), OFFICE, "OutOfOrder", late, DUE["meeting"])
    world = opened().do(move(due=DUE["meeting"]), OFFICE)
    assert world.state.due["self_report"] == DUE["meeting"]


def test_a_stage_without_a_deadline_has_none_to_move() -> None:
    refused(opened(), move(stage="publicity"), OFFICE, "NotKnown", "publicity")


# -- until it is done ------------------------------------------------------------------------------


def heard(world: World, days: int) -> list[tuple[date, str]]:
    """Whom the clock, which never sleeps, tells of overdue steps in the days to come."""
    told: list[tuple[date, str]] = []
    for day in [world.now.date() + timedelta(days=n) for n in range(days)]:
        told += [(day, getattr(command, "to", "")) for command in owed(world.on(day, NINE), at(day, NINE))]
        world = call(world, day, NINE)
    return told


def test_after_the_last_rung_who_must_act_the_office_and_then_the_leading_group_hear_every_week() -> None:
    """自查自评 is never handed in: 31 December does not pass in silence, nor does the January after it."""
    world = opened()
    for n in range(27):
        world = call(world, date(2026, 11, 2) + timedelta(days=n), NINE)
    told = heard(world.on(date(2026, 11, 29)), 7 * 9)
    for role, first in (
        ("unit", date(2026, 12, 4)),
        ("office", date(2026, 12, 4)),
        ("leading_group", date(2026, 12, 11)),
    ):
        days = [day for day, to in told if to == role]
        assert days == [first + timedelta(weeks=n) for n in range(len(days))]
        assert days[-1] >= date(2027, 1, 22)


def test_the_weekly_reminders_end_when_the_step_is_done_its_deadline_moved_or_the_year_closed() -> None:
    world = call(opened(), date(2026, 12, 4)).on(date(2026, 12, 10))
    done = world.do(self_report(world), OURS)
    assert {c.stage for c in owed(done, at(date(2026, 12, 11))) if isinstance(c, Remind)} <= {"meeting"}
    later = {"due": date(2026, 12, 31), "reason": REASON}
    moved = world
    for stage in reversed(DUE):
        if DUE[stage] < later["due"]:  # type: ignore[operator]
            moved = moved.do(MoveDeadline(stage=stage, **later), OFFICE)  # type: ignore[arg-type]
    assert owed(moved, at(date(2026, 12, 11))) == []
    assert [getattr(c, "step_name", "") for c in owed(moved, at(date(2026, 12, 17)))] == ["-10"]
    left = call(circulated("50"), date(2027, 3, 1))
    week = at(date(2027, 3, 31))
    assert owed(left, week)
    closed = replace(left.context(CLOCK), now=week, year=Year(closed=week))
    weekly = [
        c.step_name for c in duties(left.state, closed) if isinstance(c, Remind | Escalate) and "w" in c.step_name
    ]
    assert weekly == []


def test_years_of_silence_cost_one_entry_a_role_and_name_no_week_one_by_one() -> None:
    (only,) = owed(opened(), at(date(2126, 11, 2)))
    assert isinstance(only, Remind)
    assert only.step_name == "+w5214"
    assert len(only.superseded) == 8


# -- no false alarm --------------------------------------------------------------------------------


def moves(world: World) -> dict[str, date]:
    """The deadlines the clock moves now."""
    return {c.stage: c.due for c in owed(world, world.now) if isinstance(c, MoveDeadline)}


def test_a_step_that_became_possible_after_its_deadline_has_its_working_days_and_so_has_what_follows() -> None:
    """The report came on 8 December; the meeting was due on the 2nd. Nobody is overdue who could not begin."""
    late = call(opened(), date(2026, 12, 7)).on(date(2026, 12, 8))
    world = late.do(self_report(late), OURS)
    given_time = moves(world)
    assert given_time["meeting"] == date(2026, 12, 15)
    assert list(given_time) == [s for s in reversed(DUE) if s in given_time], "the last one first"
    for command in owed(world, world.now):
        world = world.do(command, CLOCK)
    assert [type(c) for c in owed(world, world.now)] == [Remind]
    assert {c.step_name[0] for c in owed(world, world.now)} == {"-"}  # type: ignore[attr-defined]
    assert replayed(world) == world.state


def test_a_step_that_could_begin_in_time_keeps_its_deadline() -> None:
    world = opened().on(DUE["meeting"])
    assert moves(world.do(self_report(world), OURS)) == {}


def test_a_result_sent_back_has_new_deadlines_in_the_same_round_and_nobody_is_called_overdue() -> None:
    world = circulated().with_cases(case(sanction("demotion"))).on(date(2027, 3, 1))
    reopened = world.do(ReopenResult(sources=("c-1",), reason=REASON), CLOCK)
    assert moves(reopened) == {
        "circulation": date(2027, 3, 8), "approval": date(2027, 3, 8), "scoring": date(2027, 3, 8),
    }  # fmt: skip
    for command in owed(reopened, reopened.now):
        reopened = reopened.do(command, CLOCK)
    assert {c.to for c in owed(reopened, reopened.now) if isinstance(c, Remind)} == {"working_group"}
    assert not [c for c in owed(reopened, at(date(2027, 3, 8), time(23))) if isinstance(c, Escalate)]


def test_a_report_sent_back_near_its_deadline_leaves_the_unit_its_working_days() -> None:
    world = opened().on(date(2026, 11, 19))
    back = world.do(self_report(world), OURS).do(ReturnSelfReport(reason=REASON), OFFICE)
    assert moves(back)["self_report"] == date(2026, 11, 26)


def test_a_step_that_is_undone_takes_its_deadline_back_with_it() -> None:
    """Else a report handed in late and undone at once would move its own deadline."""
    late = call(opened(), date(2026, 11, 25)).on(date(2026, 11, 25))
    undone = late.do(self_report(late), OURS).do(UndoStep(reason=REASON), OURS)
    assert moves(undone) == {}


def test_the_committee_is_not_asked_to_approve_a_score_that_does_not_hold() -> None:
    world = reached("scoring").with_cases(case(sanction("demotion")))
    stale = world.do(NoteStaleScore(sources=("c-1",)), CLOCK)
    found = next_stage(stale.state, RULEBOOK)
    assert found is not None
    assert found.kind == "scoring"
    for command in owed(stale, stale.now):
        stale = stale.do(command, CLOCK)
    assert {c.to for c in owed(stale, at(DUE["circulation"])) if isinstance(c, Remind)} <= {"working_group"}


# -- next_due and duties agree ---------------------------------------------------------------------


@st.composite
def some_assessments(draw: st.DrawFn) -> tuple[Assessment, datetime]:
    """A plain year broken off somewhere, with a clock that ran on some days only and deadlines that moved."""
    world = opened()
    day = date(2026, 11, 2)
    for _ in range(draw(st.integers(0, 6))):
        day += timedelta(days=draw(st.integers(0, 14)))
        world = world.on(day, time(draw(st.sampled_from([0, 8, 9, 10, 23]))))
        what = draw(st.sampled_from(["clock", "step", "move", "undo", "withdraw"]))
        if what == "clock":
            world = call(world, day)
        elif what == "step" and world.state.stage == "opening":
            world = world.do(self_report(world), OURS)
        elif what == "step" and world.state.stage == "self_report":
            world = world.do(meeting(world), GROUP)
        elif what == "undo" and world.state.stage == "meeting":
            world = world.do(UndoStep(reason=REASON), GROUP)
        elif what == "move" and world.state.stage == "opening":
            to = DUE["self_report"] + timedelta(days=draw(st.integers(-20, 10)))
            if to != world.state.due["self_report"] and to >= day:
                world = world.do(move(due=to), OFFICE)
        elif what == "withdraw" and world.state.stage == "meeting" and draw(st.booleans()):
            world = world.do(Withdraw(reason=REASON), OFFICE)
    now = world.now + draw(st.timedeltas(timedelta(0), timedelta(days=60)))
    return world.state, now


@BOUNDED
@given(some_assessments())
def test_next_due_is_past_exactly_when_something_is_owed(drawn: tuple[Assessment, datetime]) -> None:
    state, now = drawn
    world = World(state, now=now)
    moment = next_due(state, RULEBOOK, working)
    found = owed(world, now)
    assert bool(found) == (moment is not None and moment <= now)
    if moment is not None and moment > now:
        assert owed(world, moment), "and at that moment something is"
        assert not owed(world, moment - timedelta(microseconds=1))


@BOUNDED
@given(some_assessments())
def test_what_is_owed_is_accepted_and_then_nothing_is(drawn: tuple[Assessment, datetime]) -> None:
    state, now = drawn
    world = World(state, now=now)
    found = owed(world, now)
    called = [(c.stage, c.to, type(c)) for c in found if isinstance(c, Remind | Escalate)]
    assert len(set(called)) == len(called), "at most one call to each role"
    for _ in range(3):  # a deadline that is moved may owe a reminder at once
        for command in owed(world, now):
            world = world.do(command, CLOCK)
    assert owed(world, now) == []
    after = next_due(world.state, RULEBOOK, working)
    assert after is None or after > now


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_in_a_plain_year_agrees_at_every_hour_of_its_ladder(stage: str) -> None:
    world = reached(stage)
    for offset in range(-20, 60):
        now = at(DUE["scoring"] + timedelta(days=offset), NINE)
        if now < world.now:
            continue
        moment = next_due(world.state, RULEBOOK, working)
        assert bool(owed(world, now)) == (moment is not None and moment <= now)
