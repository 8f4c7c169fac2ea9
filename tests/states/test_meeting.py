"""The unit's meeting."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from states.stages.meeting import MeetingHeld, PersonalReport
from states.vocabulary import Words

from .law import DAYS, GROUP, HEADS, MEMBERS, OFFICE, TEAM, World, document, meeting, reached, refused

CLAUSE = "第七条（二）1"


@pytest.fixture
def world() -> World:
    return reached("self_report").on(DAYS["meeting"])


@pytest.mark.parametrize("actor", [GROUP, OFFICE], ids=lambda a: a.role)
def test_a_meeting_is_recorded_as_it_was_held(world: World, actor: Any) -> None:
    state = world.do(meeting(world, held_on=DAYS["meeting"] - timedelta(days=3)), actor).state
    assert state.stage == "meeting"
    fact = state.fact(MeetingHeld)
    assert fact is not None
    assert fact.held_on == DAYS["meeting"] - timedelta(days=3)


def test_a_meeting_today_has_happened_and_one_tomorrow_has_not(world: World) -> None:
    tomorrow = DAYS["meeting"] + timedelta(days=1)
    world.decide(meeting(world), GROUP)
    refusal = refused(world, meeting(world, held_on=tomorrow), GROUP, "InTheFuture", tomorrow, DAYS["meeting"])
    assert refusal.details["clause"] == CLAUSE


@pytest.mark.parametrize("field", ["entitled", "present"])
@pytest.mark.parametrize("count", [0, -1, 100_001])
def test_counts_are_counts(world: World, field: str, count: int) -> None:
    refused(world, meeting(world, **{field: count}), GROUP, "OutOfRange", count)


def test_no_more_come_than_are_entitled(world: World) -> None:
    refused(world, meeting(world, entitled=40, present=41), GROUP, "DoesNotAddUp", "41", "40")
    world.decide(meeting(world, entitled=40, present=40), GROUP)


@pytest.mark.parametrize("who", [MEMBERS[0].person, "p-x"])
def test_a_head_reports_for_the_team(world: World, who: str) -> None:
    refused(world, meeting(world, team_report_by=who), GROUP, "NotKnown", who, "p-h1, p-h2")
    world.decide(meeting(world, team_report_by=HEADS[1].person), GROUP)


def reports(*people: str) -> tuple[PersonalReport, ...]:
    return tuple(PersonalReport(person=p) for p in people)


def test_every_member_reports_or_says_why_not(world: World) -> None:
    refused(world, meeting(world, personal_reports=reports(*TEAM[:-1])), GROUP, "Incomplete", TEAM[-1])
    excused = (*reports(*TEAM[:-1]), PersonalReport(person=TEAM[-1], missing=Words("因公出差")))
    assert world.do(meeting(world, personal_reports=excused), GROUP).state.stage == "meeting"


def test_only_members_report(world: World) -> None:
    refused(world, meeting(world, personal_reports=reports(*TEAM, "p-x")), GROUP, "NotKnown", "p-x")


def test_nobody_reports_twice(world: World) -> None:
    refused(world, meeting(world, personal_reports=reports(*TEAM, TEAM[0])), GROUP, "Incomplete")


@pytest.mark.parametrize("size", [0, 20 * 2**20 + 1])
def test_there_are_minutes(world: World, size: int) -> None:
    refused(world, meeting(world, minutes=document(size)), GROUP, "OutOfRange", size)
