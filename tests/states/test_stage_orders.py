"""The stages of an assessment in every order that a rulebook may give them."""

from __future__ import annotations

from typing import cast

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from states.chart import Chart
from states.rulebook.stages import misplaced_stages
from states.stages.opening import UndoStep, Withdraw
from states.stages.reopening import ReopenResult
from states.stages.scoring import ReturnScore
from states.vocabulary import Actor, Words

from .law import BOUNDED, COMMITTEE, DUE, GROUP, OFFICE, OURS, REASON, World, ordered, replayed, unstamped

_BEFORE_THE_END = (
    "self_report", "meeting", "democratic_evaluation", "interviews", "document_review", "site_inspection",
    "scoring", "publicity", "approval", "feedback", "confirmation",
)  # fmt: skip
_RESULT = ("scoring", "publicity", "approval")


@st.composite
def orders(draw: st.DrawFn) -> tuple[str, ...]:
    """An order that a rulebook may have: any, but that the result is made before it is posted and approved."""
    keys = draw(st.permutations(_BEFORE_THE_END))
    left_out = draw(st.sets(st.sampled_from(_BEFORE_THE_END)))
    keys = [key for key in keys if key in ("scoring", "approval") or key not in left_out]
    of_result = sorted((key for key in keys if key in _RESULT), key=lambda key: key != "scoring")
    return ("opening", *(of_result.pop(0) if key in _RESULT else key for key in keys), "circulation")


def _at(stage: str, keys: tuple[str, ...]) -> World:
    return World(chart=Chart(ordered(*keys))).walk(stage)


@BOUNDED
@given(orders())
def test_an_assessment_is_walked_from_the_opening_to_the_circulation_in_any_order_and_replayed(
    keys: tuple[str, ...],
) -> None:
    world = _at("circulation", keys)
    assert [step.stage for step in world.state.steps] == list(keys)
    assert replayed(world) == world.state
    assert [*misplaced_stages(world.rulebook.stage)] == []


@BOUNDED
@given(orders(), st.data())
def test_a_step_undone_is_as_if_it_had_never_been_taken_and_can_be_taken_again(
    keys: tuple[str, ...], data: st.DataObject
) -> None:
    index = data.draw(st.integers(1, len(keys) - 2))
    before, world = _at(keys[index - 1], keys), _at(keys[index], keys)
    undone = world.do(UndoStep(reason=REASON), _recorder(world))
    assert undone.state.stage == keys[index - 1]
    left = ("sheets", "scorers", "recorded_reminders")
    assert [(step.stage, step.fact) for step in undone.state.steps] == [
        (step.stage, step.fact) for step in before.state.steps
    ]
    assert unstamped(undone.state, "steps", *left) == unstamped(before.state, "steps", *left)
    assert undone.walk("circulation").state.stage == "circulation"


def _recorder(world: World) -> Actor:
    """Somebody with the first role that records the stage of the last step."""
    role = world.rulebook.stages[world.state.stage].by[0]
    return {"unit": OURS, "office": OFFICE, "committee": COMMITTEE}.get(role, GROUP)


@BOUNDED
@given(orders(), st.data())
def test_a_result_is_returned_from_every_stage_before_its_approval(keys: tuple[str, ...], data: st.DataObject) -> None:
    scoring, approval = keys.index("scoring"), keys.index("approval")
    stage = data.draw(st.sampled_from(keys[scoring:approval]))
    back = _at(stage, keys).do(ReturnScore(reason=REASON), COMMITTEE)
    assert back.state.stage == keys[scoring - 1]
    assert [step.stage for step in back.walk("circulation").state.steps] == list(keys)


@BOUNDED
@given(orders(), st.data())
def test_a_result_is_reopened_from_every_stage_from_its_approval_on_and_the_later_stages_are_done_again(
    keys: tuple[str, ...], data: st.DataObject
) -> None:
    stage = data.draw(st.sampled_from(keys[keys.index("approval") : -1]))
    world = _at(stage, keys)
    reopening = ReopenResult(resolution=Words("党委会〔2026〕32号"), met_on=world.now.date(), reason=REASON)
    again = world.do(reopening, COMMITTEE)
    assert again.state.stage == "scoring"
    assert not again.state.is_approved
    assert (again.state.stage, "score") in again.chart.edges


@BOUNDED
@given(orders(), st.data())
def test_an_assessment_is_withdrawn_until_its_result_is_approved(keys: tuple[str, ...], data: st.DataObject) -> None:
    stage = data.draw(st.sampled_from(keys))
    edges = Chart(ordered(*keys)).edges
    assert ((stage, "withdraw") in edges) == (keys.index(stage) < keys.index("approval"))
    assume(keys.index(stage) < keys.index("approval"))
    assert _at(stage, keys).do(Withdraw(reason=REASON), OFFICE).state.stage == "withdrawn"


@BOUNDED
@given(st.permutations(("opening", *_RESULT, "feedback", "circulation")))
def test_every_other_order_is_refused_with_the_stage_that_stands_wrong(keys: list[str]) -> None:
    place = keys.index
    right = (
        place("opening") == 0
        and place("circulation") == len(keys) - 1
        and place("scoring") < min(place("publicity"), place("approval"))
    )
    try:
        ordered(*keys)
    except ValueError as error:
        assert not right, keys
        faults = cast("list[str]", [str(error)])
        assert any(f"stage.{key}" in fault for fault in faults for key in keys)
    else:
        assert right, keys


@pytest.mark.parametrize("stage", list(DUE))
def test_the_score_sheets_are_filled_after_the_stage_that_stands_before_scoring(stage: str) -> None:
    keys = ("opening", *(key for key in DUE if key not in (stage, "scoring", "approval", "circulation")))
    if stage in ("scoring", "approval", "circulation"):
        stage = keys[-1]
    order = (*dict.fromkeys((*keys, stage)), "scoring", "approval", "circulation")
    edges = Chart(ordered(*order)).edges
    assert [source for source, act in edges if act == "fill_sheet"] == [order[order.index("scoring") - 1]]
