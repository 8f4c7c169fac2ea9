"""Talks: how many were held; what was said is elsewhere."""

from __future__ import annotations

from datetime import timedelta

import pytest

from states.interviews import InterviewsHeld

from .law import DAYS, GROUP, World, interviews, reached, refused

CLAUSE = "第七条（二）3"


@pytest.fixture
def world() -> World:
    return reached("democratic_evaluation").on(DAYS["interviews"])


def test_talks_are_recorded_by_number_and_reference(world: World) -> None:
    state = world.do(interviews(world), GROUP).state
    assert state.stage == "interviews"
    fact = state.fact(InterviewsHeld)
    assert fact is not None
    assert (fact.with_members, fact.with_staff, fact.notes[0].id) == (3, 6, "note-1")


def test_notes_are_not_asked_for(world: World) -> None:
    world.decide(interviews(world, notes=()), GROUP)


def test_talks_in_the_future_are_refused(world: World) -> None:
    tomorrow = DAYS["interviews"] + timedelta(days=1)
    refusal = refused(world, interviews(world, held_on=tomorrow), GROUP, "InTheFuture", tomorrow)
    assert refusal.given["clause"] == CLAUSE


@pytest.mark.parametrize("count", [0, 4, -1])
def test_at_least_one_member_and_no_more_than_the_team_are_talked_with(world: World, count: int) -> None:
    refused(world, interviews(world, with_members=count), GROUP, "OutOfRange", count, "3")
    for allowed in (1, 3):
        world.decide(interviews(world, with_members=allowed), GROUP)


@pytest.mark.parametrize("count", [0, -1])
def test_some_staff_are_talked_with(world: World, count: int) -> None:
    refused(world, interviews(world, with_staff=count), GROUP, "OutOfRange", count)


def test_no_more_staff_are_talked_with_than_there_are(world: World) -> None:
    refused(world, interviews(world, with_staff=41), GROUP, "DoesNotAddUp", "41", "40")
    world.decide(interviews(world, with_staff=40), GROUP)
