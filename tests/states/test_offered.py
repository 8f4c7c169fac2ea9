"""What a refusal says is possible now: what has something to apply to, and nothing else."""

from __future__ import annotations

from datetime import date

import pytest

from states import policy
from states.acts import ACTS, STAGE_OF_ACT
from states.cases.vetoes import RecordVeto
from states.deadlines.assignment import Assign, items_to_assign
from states.deadlines.chase import Chase, items_to_chase
from states.deadlines.reminders import MoveDeadline
from states.stages.democratic_evaluation import RecordBallot
from states.stages.reopening import ReopenResult
from states.stages.scoring import NoteStaleScore
from states.vocabulary import CLOCK, Command, Opaque

from .law import (
    COMMITTEE,
    DAYS,
    GROUP,
    OFFICE,
    ORGANIZATION,
    REASON,
    RULEBOOK,
    STAGES,
    World,
    case,
    content,
    meeting,
    person,
    reached,
    refused,
    roles_of,
    sanction,
    task,
)
from .test_policy import ANY, outcome

NOTED = NoteStaleScore(sources=("c-1",))


def offered(world: World) -> set[str]:
    """The acts a refusal in this stage names."""
    ballot: Command = RecordBallot(held_on=DAYS["democratic_evaluation"], sheets=())
    refusal = refused(world, ballot if world.state.stage == "self_report" else meeting(world), GROUP, "NotNow")
    named = refusal.details["open"].zh.split("、")
    return {act for act in ACTS if policy.title(act, RULEBOOK).zh in named}


RESOLVED = ReopenResult(resolution=REASON, met_on=DAYS["approval"], reason=REASON)


def assignment_of(world: World) -> Assign:
    to_assign = next(iter(items_to_assign(world.state, world.context(OFFICE))), "")
    return Assign(stage=to_assign, accounts=(Opaque("somebody"),))


def stale(world: World) -> World:
    return world.with_cases(case(sanction("admonition"))).do(NOTED, CLOCK)


def test_scoring_is_offered_once_the_sheets_are_in() -> None:
    world = reached("site_inspection")
    assert offered(world) == {
        "fill_sheet", "undo_step", "withdraw", "substitute_member", "move_deadline", "chase", "assign", "record_veto", "request_document",
    }  # fmt: skip
    assert offered(world.sheets()) == offered(world) | {"score"}


def test_a_score_is_approved_while_it_holds_and_made_again_when_it_does_not() -> None:
    world = reached("scoring")
    assert offered(world) == {
        "approve",
        "return_score",
        "undo_step",
        "withdraw",
        "move_deadline",
        "chase",
        "assign",
        "record_veto",
    }
    assert offered(stale(world)) == offered(world) - {"approve"} | {"score"}


def test_lifting_is_offered_where_a_veto_stands() -> None:
    world = reached("scoring")
    judged = world.do(RecordVeto(finding="major_case", reason=REASON), COMMITTEE)
    assert offered(judged) == offered(world) | {"lift_veto"}


def test_an_approved_result_is_circulated_while_it_holds_and_reopened_when_it_does_not() -> None:
    world = reached("approval")
    assert offered(world) == {
        "circulate",
        "undo_step",
        "move_deadline",
        "chase",
        "assign",
        "record_veto",
        "reopen_result",
    }
    assert offered(stale(world)) == offered(world) - {"circulate", "chase"}


def test_a_result_that_is_only_noted_is_circulated_as_it_was_approved() -> None:
    world = reached("approval", revised_result="note")
    assert offered(stale(world)) == offered(world)


def test_tasks_are_offered_while_one_is_open() -> None:
    world = reached("circulation")
    assert offered(world) == {"complete_task", "move_deadline", "chase", "assign", "record_veto", "reopen_result"}
    assert offered(world.do(task(), ORGANIZATION)) == {"record_veto", "reopen_result"}


@pytest.mark.parametrize("stage", STAGES)
def test_whatever_is_offered_is_accepted_from_somebody_named_for_it(stage: str) -> None:
    world = reached(stage)
    for act in offered(world):
        of_task = {"move_deadline": MoveDeadline(stage="filed", due=date(2027, 2, 1), reason=REASON)}
        to_chase = next(iter(items_to_chase(world.state, world.context(OFFICE))), "")
        others = {**ANY, "reopen_result": RESOLVED, "chase": Chase(stage=to_chase), "assign": assignment_of(world)}
        others |= of_task if stage == "circulation" else {}
        command = content(STAGE_OF_ACT[act], world) if act in STAGE_OF_ACT else others[act]
        answers = {outcome(world, command, person(role, f"{role}-x")) for role in roles_of(act, stage, "filed")}
        assert "accepted" in answers, (act, answers)
