"""Talks: how many were held; what was said is elsewhere."""

from __future__ import annotations

from datetime import timedelta

import pytest

from states.rulebook.clauses import cite
from states.stages.interviews import InterviewsHeld, MemberTalk
from states.vocabulary import Opaque, Words

from .law import DAYS, GROUP, TEAM, World, interviews, reached, refused

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
    assert [one.missing for one in fact.member_talks] == [None, None, None]


def test_notes_are_not_asked_for(world: World) -> None:
    world.decide(interviews(world, notes=()), GROUP)


def test_talks_in_the_future_are_refused(world: World) -> None:
    tomorrow = DAYS["interviews"] + timedelta(days=1)
    refusal = refused(world, interviews(world, held_on=tomorrow), GROUP, "InTheFuture", tomorrow)
    assert refusal.details["clause"] == CLAUSE


def talks(*persons: str, **missing: str) -> tuple[MemberTalk, ...]:
    """These were talked with; those named with a reason were not."""
    absent = [MemberTalk(person=Opaque(p.replace("_", "-")), missing=Words(why)) for p, why in missing.items()]
    return (*(MemberTalk(person=Opaque(p)) for p in persons), *absent)


def test_every_member_is_talked_with_or_the_reason_why_not_is_asked_for_by_name(world: World) -> None:
    first, second, third = TEAM
    refusal = refused(world, interviews(world, member_talks=talks(first, third)), GROUP, "Incomplete", second)
    assert refusal.render("zh") == f"缺少班子成员的谈话或未谈话的原因 {second}（{CLAUSE}）。请补充后再提交。"
    assert second in refusal.render("en")
    absent = (*talks(first, third), MemberTalk(person=Opaque(second), missing=Words("病假")))
    assert world.do(interviews(world, member_talks=absent), GROUP).state.stage == "interviews"


def test_under_the_other_reading_some_members_are_enough_and_no_reason_is_asked_for() -> None:
    world = reached("democratic_evaluation", interviewed_members="some").on(DAYS["interviews"])
    world.decide(interviews(world, member_talks=talks(TEAM[0])), GROUP)
    refused(world, interviews(world, member_talks=()), GROUP, "OutOfRange", "3")


def test_a_team_that_was_absent_whole_was_not_talked_with(world: World) -> None:
    absent = tuple(MemberTalk(person=Opaque(p), missing=Words("出差")) for p in TEAM)
    refused(world, interviews(world, member_talks=absent), GROUP, "OutOfRange", "0")


def test_a_member_of_another_team_and_a_member_twice_are_refused(world: World) -> None:
    refused(world, interviews(world, member_talks=talks(*TEAM, "p-other")), GROUP, "NotKnown", "p-other")
    refused(world, interviews(world, member_talks=talks(*TEAM, TEAM[0])), GROUP, "Malformed", cite(CLAUSE))


@pytest.mark.parametrize("count", [0, -1])
def test_some_staff_are_talked_with(world: World, count: int) -> None:
    refused(world, interviews(world, with_staff=count), GROUP, "OutOfRange", count)


def test_no_more_staff_are_talked_with_than_there_are(world: World) -> None:
    refused(world, interviews(world, with_staff=41), GROUP, "DoesNotAddUp", "41", "40")
    world.decide(interviews(world, with_staff=40), GROUP)
