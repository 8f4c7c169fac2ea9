"""The committee's approval."""

from __future__ import annotations

from datetime import timedelta

import pytest

from states.records.case import Case
from states.stages.approval import Approved
from states.stages.scoring import ReturnScore

from .law import (
    COMMITTEE,
    DAYS,
    GROUP,
    REASON,
    RULEBOOK,
    World,
    agree,
    approve,
    case,
    full,
    pending,
    reached,
    refused,
    sanction,
)

CLAUSE = "第八条（二）"


@pytest.fixture
def world() -> World:
    return reached("scoring").on(DAYS["approval"])


def test_the_committee_approves_the_grade_on_record(world: World) -> None:
    state = world.do(approve(world), COMMITTEE).state
    assert state.stage == "approval"
    fact = state.fact(Approved)
    assert fact is not None
    assert fact.grades == {"unit": "excellent"}


def test_a_meeting_in_the_future_approves_nothing(world: World) -> None:
    tomorrow = DAYS["approval"] + timedelta(days=1)
    refusal = refused(world, approve(world, met_on=tomorrow), COMMITTEE, "InTheFuture", tomorrow)
    assert refusal.details["clause"] == CLAUSE


@pytest.mark.parametrize("grade", ["pass", "fail", "outstanding", "Excellent"])
def test_another_grade_than_the_rules_make_is_not_approved(world: World, grade: str) -> None:
    titles = [RULEBOOK.grade_title(one) for one in ("excellent", grade)]
    refused(world, approve(world, grades={"unit": grade}), COMMITTEE, "NotKnown", *titles)


@pytest.mark.parametrize(
    "told",
    [case(sanction("admonition")), case(sanction("demotion")), case(pending()), case(sanction("suspension"))],
    ids=["deduction", "veto", "open", "committee"],
)
def test_a_score_older_than_a_case_is_not_approved(world: World, told: Case) -> None:
    stale = world.with_cases(told)
    refusal = refused(stale, approve(stale), COMMITTEE, "ScoreIsStale", "c-1", RULEBOOK.stages["approval"].title.text)
    assert refusal.details["clause"] == RULEBOOK.stages["scoring"].clause
    again = stale.do(agree(full(stale)), GROUP)
    assert again.do(approve(again), COMMITTEE).state.stage == "approval"


def test_a_case_of_another_unit_or_year_hinders_nothing(world: World) -> None:
    others = (
        case(sanction("demotion"), unit="u-other"),
        case(sanction("demotion", effective_on=DAYS["approval"].replace(year=2025)), id_="c-2"),
        case(sanction("demotion"), id_="c-3", rescinded=True),
        case(sanction("criticism_education"), id_="c-4"),
    )
    stale = world.with_cases(*others)
    assert stale.do(approve(stale), COMMITTEE).state.stage == "approval"


def test_a_returned_result_is_scored_and_approved_again(world: World) -> None:
    back = world.do(ReturnScore(reason=REASON), COMMITTEE)
    again = back.do(agree(full(back)), GROUP)
    assert again.do(approve(again), COMMITTEE).state.stage == "approval"
