"""Who hears of a routine check: the unit what is to be mended, the office that there is an answer, the next role up what is late."""

from __future__ import annotations

import re
from datetime import date

import pytest

from notifications.letter_text import write_notice
from notifications.notices.notice import Notice
from notifications.notices.routine_checks import routine_check_notices, still_applies
from states.cases.routine_check import AcceptAnswer, AnswerRoutineCheck, WithdrawRoutineCheck
from states.cases.routine_check import ReturnAnswer as Return
from states.deadlines.rectification import CheckEscalated, CheckReminded
from states.records.routine_check import RoutineCheck
from states.vocabulary import CLOCK, Actor, Command, Words
from tests.states.law import DISCIPLINE, OFFICE, OURS, REASON, RULEBOOK, UNIT, World, checked

DUE = date(2026, 11, 2)
ANSWER = AnswerRoutineCheck(answer=REASON)
DONE: dict[str, list[tuple[Command, Actor]]] = {
    "recorded": [],
    "answered": [(ANSWER, OURS)],
    "returned": [(ANSWER, OURS), (Return(reason=REASON), OFFICE)],
    "accepted": [(ANSWER, OURS), (AcceptAnswer(accepted_on=DUE), DISCIPLINE)],
    "withdrawn": [(WithdrawRoutineCheck(reason=REASON), OFFICE)],
}


def heard(world: World) -> list[Notice]:
    """The notices of the last fact."""
    assert isinstance(world.state, RoutineCheck)
    return list(routine_check_notices(world.done[-1][0], world.state, RULEBOOK))  # type: ignore[arg-type]


def after(what: str) -> World:
    world = checked()
    for command, actor in DONE[what]:
        world = world.do(command, actor)
    return world


def called(fact: CheckReminded | CheckEscalated) -> World:
    return checked().record(fact, CLOCK)


BEFORE = CheckReminded(stage="routine_check", due=DUE, step_name="-3", to="unit")
LATE = CheckReminded(stage="routine_check", due=DUE, step_name="+3", to="unit")
UP = CheckEscalated(stage="routine_check", due=DUE, step_name="up+3", to="office")
EVERY = {
    "recorded": (lambda: after("recorded"), ("step_open", "unit")),
    "nothing to put right": (lambda: checked(to_mend=None, mend_until=None), ("routine_check", "unit")),
    "answered": (lambda: after("answered"), ("step_open", "office")),
    "returned": (lambda: after("returned"), ("returned", "unit")),
    "accepted": (lambda: after("accepted"), ("routine_check", "unit")),
    "withdrawn": (lambda: after("withdrawn"), ("routine_check", "unit")),
    "reminded": (lambda: called(BEFORE), ("reminder", "unit")),
    "reminded late": (lambda: called(LATE), ("overdue", "unit")),
    "escalated": (lambda: called(UP), ("escalation", "office")),
}


@pytest.mark.parametrize("what", EVERY)
def test_each_fact_of_a_check_is_heard_by_those_who_are_next_and_nobody_else(what: str) -> None:
    make, expected = EVERY[what]
    (notice,) = heard(make())
    assert (notice.kind, notice.to, notice.unit) == (*expected, UNIT)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("what", EVERY)
def test_a_notice_of_a_check_is_a_whole_sentence_that_never_says_what_was_found(what: str, language: str) -> None:
    (notice,) = heard(EVERY[what][0]())
    said = write_notice(notice, language)
    assert "None" not in said
    assert "责任分工" not in said
    assert bool(re.search(r"[一-鿿]", said.replace(REASON, ""))) == (language == "zh"), said


def test_what_asks_the_unit_holds_until_it_answers_or_the_deadline_moves() -> None:
    (asked,) = heard(after("recorded"))
    assert still_applies(asked, after("recorded").state)
    assert not still_applies(asked, after("answered").state)
    moved = after("answered").do(Return(reason=Words("补充"), mend_until=date(2026, 12, 1)), OFFICE)
    assert not still_applies(asked, moved.state)


def test_what_asks_the_office_holds_until_it_decided() -> None:
    (asked,) = heard(after("answered"))
    assert still_applies(asked, after("answered").state)
    assert not still_applies(asked, after("accepted").state)
    assert not still_applies(asked, after("returned").state)
