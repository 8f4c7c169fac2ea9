"""The democratic evaluation: counted, shown, never scored; void when more come back than went out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from states.assessment import fact_from
from states.chart import check_recorded
from states.refusals import Refusal
from states.stages.democratic_evaluation import BallotHeld, BallotVoided
from states.vocabulary import Text

from .law import (
    DAYS,
    GROUP,
    RULEBOOK,
    TEAM,
    World,
    ballot,
    check_sentence,
    reached,
    refused,
    sheet,
    unstamped,
)

CLAUSE = "第七条（二）2"
SUBJECTS = ("team", *TEAM)


@pytest.fixture
def world() -> World:
    return reached("meeting").on(DAYS["democratic_evaluation"])


def sheets(**changes: Any) -> tuple[Any, ...]:
    """One sheet each; the team's changed."""
    return (sheet("team", **changes), *(sheet(s) for s in TEAM))


def test_the_team_and_every_member_are_voted_on(world: World) -> None:
    state = world.do(ballot(world), GROUP).state
    assert state.stage == "democratic_evaluation"
    fact = state.fact(BallotHeld)
    assert fact is not None
    assert [s.subject for s in fact.sheets] == list(SUBJECTS)


def test_more_returned_than_issued_voids_the_vote_and_the_stage_stays(world: World) -> None:
    command = ballot(world, sheets=sheets(issued=30, returned=38))
    after = world.do(command, GROUP)
    assert isinstance(after.done[-1][0], BallotVoided)
    assert unstamped(after.state) == unstamped(world.state)
    again = after.do(ballot(after), GROUP)
    assert again.state.stage == "democratic_evaluation"


def test_as_many_returned_as_issued_is_a_vote(world: World) -> None:
    assert isinstance(world.decide(ballot(world, sheets=sheets(issued=38, returned=38)), GROUP), BallotHeld)


@pytest.mark.parametrize(("kind", "issued"), [(BallotHeld, 30), (BallotVoided, 38)])
def test_a_recorded_vote_is_what_its_counts_make_it(world: World, kind: Any, issued: int) -> None:
    fact = fact_from(kind, ballot(world, sheets=sheets(issued=issued, returned=38)))
    with pytest.raises(Refusal) as caught:
        check_recorded(world.state, fact, world.context(GROUP), world.chart)
    assert caught.value.code == "DoesNotAddUp"
    check_sentence(caught.value)


def test_a_vote_in_the_future_is_refused(world: World) -> None:
    tomorrow = DAYS["democratic_evaluation"] + timedelta(days=1)
    refusal = refused(world, ballot(world, held_on=tomorrow), GROUP, "InTheFuture", tomorrow)
    assert refusal.details["clause"] == CLAUSE


def test_a_missing_member_is_named(world: World) -> None:
    refused(world, ballot(world, sheets=tuple(sheet(s) for s in SUBJECTS[:-1])), GROUP, "Incomplete", SUBJECTS[-1])


def test_a_stranger_is_not_voted_on(world: World) -> None:
    refused(world, ballot(world, sheets=tuple(sheet(s) for s in (*SUBJECTS, "p-x"))), GROUP, "NotKnown", "p-x")


def test_nobody_has_two_sheets(world: World) -> None:
    refused(world, ballot(world, sheets=tuple(sheet(s) for s in (*SUBJECTS, "team"))), GROUP, "Incomplete")


@pytest.mark.parametrize("field", ["issued", "returned", "valid"])
@pytest.mark.parametrize("count", [-1, 100_001])
def test_ballots_are_counted_from_nought(world: World, field: str, count: int) -> None:
    refused(
        world,
        ballot(world, sheets=sheets(**{field: count})),
        GROUP,
        "OutOfRange",
        Text(zh="领导班子", en="the team"),
        count,
    )


def test_a_negative_count_of_an_option_is_refused_by_the_options_title(world: World) -> None:
    counts = {"satisfied": 38, "mostly_satisfied": -1, "dissatisfied": 0, "abstain": 0}
    title = list(RULEBOOK.ballot_paper.titles.values())[1]
    refused(world, ballot(world, sheets=sheets(counts=counts)), GROUP, "OutOfRange", title, -1)


def test_ballots_were_issued(world: World) -> None:
    none = sheets(issued=0, returned=0, valid=0, counts=dict.fromkeys(RULEBOOK.ballot_paper.titles, 0))
    refused(world, ballot(world, sheets=none), GROUP, "Incomplete", Text(zh="领导班子", en="the team"))


def test_nobody_returning_a_ballot_is_a_vote_nonetheless(world: World) -> None:
    none = sheets(returned=0, valid=0, counts=dict.fromkeys(RULEBOOK.ballot_paper.titles, 0))
    assert isinstance(world.decide(ballot(world, sheets=none), GROUP), BallotHeld)


def test_options_are_the_rulebooks(world: World) -> None:
    refused(world, ballot(world, sheets=sheets(counts={"satisfied": 37})), GROUP, "Incomplete", "dissatisfied")
    extra = {**sheet("team").counts, "wonderful": 1}
    refused(world, ballot(world, sheets=sheets(counts=extra)), GROUP, "NotKnown", "wonderful")


def test_no_more_are_valid_than_returned(world: World) -> None:
    refused(world, ballot(world, sheets=sheets(returned=36)), GROUP, "DoesNotAddUp", "37", "36")


def test_options_add_up_to_the_valid(world: World) -> None:
    refused(world, ballot(world, sheets=sheets(valid=38)), GROUP, "DoesNotAddUp", "37", "38")


def test_the_vote_gives_no_points() -> None:
    """第七条（二）2 names no points: the result is the same whatever the vote."""
    world = reached("meeting").on(DAYS["democratic_evaluation"])
    bad = {"satisfied": 0, "mostly_satisfied": 0, "dissatisfied": 37, "abstain": 0}
    low = world.do(ballot(world, sheets=tuple(sheet(s, counts=bad) for s in SUBJECTS)), GROUP)
    assert low.walk("scoring").state.steps[-1].fact == reached("scoring").state.steps[-1].fact
