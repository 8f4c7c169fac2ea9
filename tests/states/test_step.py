"""A step of which the rulebook alone says what it is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from states import policy
from states.chart import Chart
from states.deadlines.reminders import next_stage
from states.offers import next_act, offers
from states.stages.opening import UndoStep
from states.stages.scoring import NoteStaleScore, ReturnScore
from states.stages.step import StepTaken
from states.vocabulary import CLOCK, Opaque, Words

from .law import (
    COMMITTEE,
    OFFICE,
    REASON,
    TEAM,
    World,
    approve,
    case,
    document,
    ordered,
    person,
    refused,
    sanction,
    step,
)  # fmt: skip

KEYS = ("opening", "scoring", "feedback", "approval", "notice_of_result", "circulation")


@pytest.fixture
def world() -> World:
    return World(chart=Chart(ordered(*KEYS))).walk("scoring")


def test_a_step_is_recorded_under_the_key_of_its_stage(world: World) -> None:
    state = world.do(step(world), OFFICE).state
    assert state.stage == "feedback"
    fact = state.step("feedback")
    assert fact is not None
    assert isinstance(fact.fact, StepTaken)
    assert fact.fact.participants == TEAM


def test_two_steps_of_one_rulebook_are_two_stages(world: World) -> None:
    state = world.walk("notice_of_result").state
    taken = [one.fact for one in state.steps if isinstance(one.fact, StepTaken)]
    assert [fact.step for fact in taken] == ["feedback", "notice_of_result"]


def test_a_step_is_not_recorded_in_place_of_another(world: World) -> None:
    refused(world, step(world, step="notice_of_result"), OFFICE, "NotKnown", "notice_of_result", "feedback")
    refused(world, step(world, step="circulation"), OFFICE, "NotKnown", "circulation", "feedback")
    refused(world, step(world, step="nonsense"), OFFICE, "NotKnown", "nonsense", "feedback")


def test_a_step_is_not_recorded_where_another_stage_is_next(world: World) -> None:
    there = world.do(step(world), OFFICE)
    refusal = refused(there, step(world), OFFICE, "NotNow")
    assert "feedback" in str(refusal.details["act"])


def test_a_step_is_not_dated_before_the_last_step_nor_in_the_future(world: World) -> None:
    today = world.now.date()
    refused(world, step(world, done_on=today - timedelta(days=1)), OFFICE, "TooEarly", today)
    refused(world, step(world, done_on=today + timedelta(days=1)), OFFICE, "InTheFuture", today)


def test_a_stage_after_a_step_is_not_dated_before_it(world: World) -> None:
    later = world.on(world.now.date() + timedelta(days=3))
    there = later.do(step(later), OFFICE)
    refused(there, approve(there, met_on=world.now.date()), COMMITTEE, "TooEarly", "feedback")


def test_a_step_needs_its_document(world: World) -> None:
    refused(world, step(world, record=document(size=0)), OFFICE, "OutOfRange")


def test_only_members_of_the_team_take_part_and_each_once(world: World) -> None:
    refused(world, step(world, participants=(Opaque("p-stranger"),)), OFFICE, "NotKnown", "p-stranger")
    refused(world, step(world, participants=(TEAM[0], TEAM[0])), OFFICE, "Incomplete")
    assert world.do(step(world, participants=()), OFFICE).state.stage == "feedback"


def test_all_faults_of_a_step_are_named_at_once(world: World) -> None:
    wrong = step(world, done_on=world.now.date() + timedelta(days=1), record=document(size=0))
    refusal = refused(world, wrong, OFFICE, "SeveralFaults")
    assert {fault.field for fault in refusal.faults} == {"done_on", "record"}


def test_a_step_contains_no_name_of_a_person(world: World) -> None:
    refused(world, step(world, summary=Words("电话 13800138000")), OFFICE, "Personal")


def test_only_the_roles_of_the_stage_record_the_step(world: World) -> None:
    refusal = refused(world, step(world), COMMITTEE, "NotYours", "feedback")
    assert refusal.details["clause"] == world.rulebook.stages["feedback"].clause


def test_nobody_records_a_step_about_their_own_department(world: World) -> None:
    refused(world, step(world), person("office", "office-2", world.state.unit), "OwnUnit", "feedback")


def test_a_step_is_undone_by_its_roles_and_taken_again(world: World) -> None:
    there = world.do(step(world), OFFICE)
    refused(there, UndoStep(reason=REASON), COMMITTEE, "NotYours")
    back = there.do(UndoStep(reason=REASON), OFFICE)
    assert back.state.stage == "scoring"
    assert back.do(step(back, summary=Words("改期后反馈")), OFFICE).state.stage == "feedback"


def test_the_next_act_of_an_assessment_has_the_title_and_the_roles_of_the_step(world: World) -> None:
    rulebook = world.rulebook
    upcoming = next_act(world.state, world.context(OFFICE))
    assert upcoming is not None
    assert (upcoming.act, upcoming.title.en, upcoming.by) == ("take_step", "feedback", ("office",))
    stage = next_stage(world.state, rulebook)
    assert stage is rulebook.stages["feedback"]
    assert "take_step" in offers(world.state, world.context(OFFICE), world.chart)
    assert "take_step" not in offers(world.state, world.context(COMMITTEE), world.chart)


def test_a_step_has_the_title_of_its_stage_in_the_chart_and_in_its_entry(world: World) -> None:
    assert "scoring --> feedback: feedback" in world.chart.mermaid("en")
    assert "approval --> notice_of_result: notice_of_result" in world.chart.mermaid("en")
    fact = world.decide(step(world), OFFICE)
    assert policy.title("take_step", world.rulebook, record=fact).en == "feedback"


def test_the_roles_of_a_step_that_is_not_known_are_those_of_every_step(world: World) -> None:
    assert policy.entitled_roles("take_step", None, None, world.rulebook)[0] == ("office",)


def test_a_score_that_became_stale_at_a_step_is_returned_before_it_is_scored_again(world: World) -> None:
    there = world.do(step(world), OFFICE).with_cases(case(sanction("admonition")))
    noted = there.do(NoteStaleScore(sources=("c-1",)), CLOCK)
    upcoming = next_act(noted.state, noted.context(OFFICE))
    assert upcoming is not None
    assert (upcoming.act, upcoming.by) == ("return_score", ("committee",))
    refused(noted, approve(noted), COMMITTEE, "ScoreIsStale")
    back = noted.do(ReturnScore(reason=REASON), COMMITTEE)
    assert back.state.stage == "opening"
    assert next_act(back.state, back.context(OFFICE)) is not None
    assert back.walk("feedback").state.stage == "feedback"
