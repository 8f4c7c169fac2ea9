"""The committee takes its own decision back (第八条（二）), with no case: by resolution, and nobody else for it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from states.explanation import explain
from states.offers import next_act
from states.stages.approval import Approved
from states.stages.reopening import ReopenResult, corrections
from states.stages.scoring import ReturnScore, is_stale
from states.vocabulary import CLOCK, Actor, Text, Words

from .law import (
    COMMITTEE,
    DAYS,
    DUE,
    GROUP,
    LEADERS,
    OFFICE,
    REASON,
    RULEBOOK,
    UNIT,
    World,
    agree,
    approve,
    case,
    circulate,
    marks,
    person,
    reached,
    refused,
    sanction,
)

RESOLUTION = Words("党委会〔2027〕2号")
WHY = Words("佐证材料经查不实")


def resolved(**changes: Any) -> ReopenResult:
    fields: dict[str, Any] = {"resolution": RESOLUTION, "met_on": DAYS["circulation"], "reason": WHY}
    return ReopenResult(**{**fields, **changes})


def later(stage: str, **changes: Any) -> World:
    return reached(stage, "92", **changes).on(date(2027, 1, 6))


@pytest.mark.parametrize("stage", ["approval", "circulation"])
def test_the_committee_takes_its_own_decision_back_without_any_case(stage: str) -> None:
    world = later(stage)
    back = world.do(resolved(), COMMITTEE)
    assert back.state.stage == "scoring"
    assert back.state.fact(Approved) is None
    assert back.state.tasks == {}
    assert back.state.circulated == world.state.circulated, "a notice that went out stays on record"


def test_a_result_taken_back_is_scored_again_before_it_is_approved() -> None:
    back = later("circulation").do(resolved(), COMMITTEE)
    assert is_stale(back.state, back.context(COMMITTEE))
    refused(back, approve(back), COMMITTEE, "ScoreIsStale", Text(zh="结果已重新审议", en="the result was reopened"))
    waits = next_act(back.state, back.context(COMMITTEE))
    assert waits is not None
    assert waits.act == "score"
    again = back.do(agree(marks("74")), GROUP)
    assert not is_stale(again.state, again.context(COMMITTEE))
    again = again.do(approve(again), COMMITTEE)
    out = again.do(circulate(again, document="2027-1", replaces=again.state.circulated[-1]), OFFICE)
    assert out.state.stage == "circulation"
    assert list(out.state.tasks) == ["filed"]


def test_a_score_agreed_afresh_after_it_was_returned_holds_too() -> None:
    back = later("circulation").do(resolved(), COMMITTEE).do(ReturnScore(reason=REASON), COMMITTEE)
    again = back.do(agree(marks("74")), GROUP)
    assert again.do(approve(again), COMMITTEE).state.stage == "approval"


@pytest.mark.parametrize("actor", [LEADERS, CLOCK, OFFICE], ids=lambda a: a.role)
def test_nobody_takes_the_committee_s_decision_back_for_it(actor: Actor) -> None:
    refused(later("circulation"), resolved(), actor, "NotYours")


def test_nobody_but_the_committee_names_a_resolution_of_the_committee_s() -> None:
    """Else the explanation, and the correction the whole school reads, would say in its name what it did not decide."""
    world = later("circulation").with_cases(case(sanction("admonition")))
    for actor in (LEADERS, CLOCK):
        refused(world, resolved(sources=("c-1",)), actor, "NotYours")
    assert world.do(resolved(sources=("c-1",)), COMMITTEE).state.noted == ("c-1",)


def test_a_member_of_the_committee_does_not_take_back_what_concerns_the_own_unit() -> None:
    refused(later("circulation"), resolved(), person("committee", unit=UNIT), "OwnUnit")


@pytest.mark.parametrize("gone", [("resolution",), ("met_on",), ("resolution", "met_on")])
def test_without_a_case_a_resolution_and_its_day_are_asked_for(gone: tuple[str, ...]) -> None:
    asked = resolved(**dict.fromkeys(gone))
    refusal = refused(later("circulation"), asked, COMMITTEE, "Incomplete")
    assert refusal.details["clause"] == "第八条（二）"


def test_the_committee_meets_after_the_meeting_it_corrects_and_not_in_the_future() -> None:
    world = later("circulation")
    approved = world.state.fact(Approved)
    assert approved is not None
    early = approved.met_on - timedelta(days=1)
    refused(world, resolved(met_on=early), COMMITTEE, "TooEarly", early, approved.met_on)
    refused(world, resolved(met_on=date(2027, 1, 7)), COMMITTEE, "InTheFuture", date(2027, 1, 7))


def test_a_case_that_changed_does_not_keep_the_committee_from_its_own_decision() -> None:
    """F5 "note": a change is only noted; what the committee itself decides is not F5's to forbid."""
    world = later("circulation", revised_result="note").with_cases(case(sanction("admonition")))
    refused(world, ReopenResult(sources=("c-1",), reason=REASON), COMMITTEE, "NothingToDo")
    assert world.do(resolved(), COMMITTEE).state.stage == "scoring"


def test_the_explanation_of_a_corrected_result_names_the_resolution_and_the_reason() -> None:
    again = later("circulation").do(resolved(), COMMITTEE).do(agree(marks("74")), GROUP)
    last = explain(again.state, RULEBOOK)[-1]
    for said in (RESOLUTION, WHY, "2026-12-30"):
        assert said in last.text.zh
        assert said in last.text.en
    assert last.clause == "第八条（二）"
    assert explain(reached("site_inspection").state, RULEBOOK) == []


def test_what_a_case_corrected_is_explained_without_it_to_those_who_may_not_know_of_it() -> None:
    world = reached("approval").with_cases(case(sanction("admonition")))
    world = world.do(ReopenResult(sources=("c-1",), reason=REASON), CLOCK)
    assert [*corrections(world.state, RULEBOOK, everything=False)] == []
    assert "c-1" in next(corrections(world.state, RULEBOOK, everything=True)).text.zh


def test_an_assessment_opened_afresh_has_no_corrections() -> None:
    from states.stages.opening import Withdraw

    from .law import opening

    gone = later("circulation").do(resolved(), COMMITTEE).do(Withdraw(reason=REASON), OFFICE)
    due = {stage: day.replace(year=2027) for stage, day in DUE.items()}
    assert gone.do(opening(due=due), OFFICE).state.reopenings == ()
