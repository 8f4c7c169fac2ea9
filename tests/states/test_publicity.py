"""Publicity, where a rulebook has it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from states.stages.opening import UndoStep
from states.stages.publicity import ResultPosted

from .law import (
    COMMITTEE,
    DAYS,
    GROUP,
    OFFICE,
    REASON,
    World,
    agree,
    approve,
    case,
    full,
    posting,
    reached,
    refused,
    sanction,
)

CLAUSE = "公示规定"


@pytest.fixture
def world() -> World:
    return reached("scoring", publicity=True).on(DAYS["publicity"])


def test_a_posting_is_recorded_when_it_is_over(world: World) -> None:
    state = world.do(posting(world, objections=2), OFFICE).state
    assert state.stage == "publicity"
    fact = state.fact(ResultPosted)
    assert fact is not None
    assert fact.objections == 2


def test_a_posting_that_still_hangs_is_not_recorded(world: World) -> None:
    tomorrow = DAYS["publicity"] + timedelta(days=1)
    refusal = refused(world, posting(world, until=tomorrow), OFFICE, "InTheFuture", tomorrow)
    assert refusal.details["clause"] == CLAUSE


@pytest.mark.parametrize("count", [-1, 100_001])
def test_objections_are_counted(world: World, count: int) -> None:
    refused(world, posting(world, objections=count), OFFICE, "OutOfRange", count)


def test_a_posting_begins_before_it_ends(world: World) -> None:
    late = posting(world, posted_on=DAYS["publicity"], until=DAYS["publicity"] - timedelta(days=1))
    refused(world, late, OFFICE, "OutOfOrder", late.posted_on, late.until)


def test_a_stale_score_that_was_posted_is_scored_again_after_undoing_the_posting() -> None:
    world = reached("publicity", publicity=True).with_cases(case(sanction("admonition")))
    refused(world, approve(world), COMMITTEE, "ScoreIsStale", "c-1")
    back = world.do(UndoStep(reason=REASON), OFFICE)
    again = back.do(agree(full(back)), GROUP)
    assert again.state.stage == "scoring"
