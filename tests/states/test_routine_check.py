"""平时检查: what a routine check of the year may say, how it is answered, and that it gives no points by itself.

第三条（三）：年终考核与平时检查相结合。
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import msgspec
import pytest

from states.assessment import ScoreSheet
from states.cases.routine_check import (
    AcceptAnswer,
    AnswerRoutineCheck,
    CorrectRoutineCheck,
    RecordRoutineCheck,
    ReturnAnswer,
    WithdrawRoutineCheck,
)
from states.deadlines import rectification
from states.explanation import explain_inputs
from states.policy import permit
from states.records.routine_check import RoutineCheck
from states.refusals import OwnUnit, Refusal, SeveralFaults
from states.result.inputs import inputs_of
from states.rulebook.types import Rulebook
from states.stages.scoring import Scored, is_stale
from states.stream_kinds import initial_state
from states.vocabulary import CLOCK, Actor, Digest, Opaque, Reference, Words

from .law import (
    DISCIPLINE,
    ELSEWHERE,
    HEADS,
    OFFICE,
    OURS,
    RAW,
    REASON,
    ROSTER,
    UNIT,
    YEAR,
    World,
    agree,
    at,
    chart,
    check_sentence,
    checked,
    document,
    full,
    marks,
    person,
    reached,
    refused,
    routine_check,
    rulebook,
)

ANSWER = AnswerRoutineCheck(answer=Words("已补充责任分工"), documents=(document(),))
NOTHING = {"to_mend": None, "mend_until": None}


def fresh() -> World:
    return World(initial_state("routine_check/r-1"), roster=ROSTER)


def corrected(**changes: object) -> CorrectRoutineCheck:
    given = routine_check(**changes)
    fields = {name: getattr(given, name) for name in given.__struct_fields__ if name != "unit"}
    return CorrectRoutineCheck(**fields, reason=REASON)


def state(world: World) -> RoutineCheck:
    assert isinstance(world.state, RoutineCheck)
    return world.state


# -- recording -------------------------------------------------------------------------------------


def test_a_check_is_recorded_before_its_year_is_opened_and_waits_for_its_unit() -> None:
    world = World(initial_state("routine_check/r-1"), now=at(date(2026, 3, 12)), roster=ROSTER)
    command = routine_check(checked_on=date(2026, 3, 10), mend_until=date(2026, 4, 10))
    done = state(world.do(command, DISCIPLINE))
    assert (done.unit, done.status, done.due, done.recorded_by) == (UNIT, "open", date(2026, 4, 10), DISCIPLINE.id)


def test_where_there_is_nothing_to_mend_a_check_waits_for_nobody() -> None:
    assert state(checked(**NOTHING)).status == "noted"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"checked_on": date(2026, 11, 3), "mend_until": date(2026, 12, 3)}, "InTheFuture"),
        ({"checked_by": ()}, "Incomplete"),
        ({"checked_by": (HEADS[0].person,)}, "Incomplete"),
        ({"elements": ("a2-1.1.1",)}, "NotKnown"),
        ({"mend_until": None}, "Incomplete"),
        ({"to_mend": None}, "Incomplete"),
        ({"mend_until": date(2026, 10, 1)}, "TooEarly"),
        ({"mend_until": date(2026, 10, 30)}, "TooEarly"),
        ({"unit": ELSEWHERE}, "NotKnown"),
        ({"documents": (document(size=0),)}, "OutOfRange"),
        ({"observation": "电话 13800138000"}, "Personal"),
    ],
    ids=[
        "future", "nobody", "own team", "other table", "no deadline", "nothing to put right", "before the check", "past",
        "unknown unit", "no bytes", "phone",
    ],
)  # fmt: skip
def test_a_check_that_cannot_be_is_refused_in_words(changes: dict[str, object], code: str) -> None:
    refusal = refused(fresh(), routine_check(**changes), OFFICE, code)
    check_sentence(refusal)


def test_all_that_is_wrong_with_a_check_is_said_at_once() -> None:
    command = routine_check(checked_by=(), elements=("a2-1.1.1",), mend_until=None)
    refusal = refused(fresh(), command, OFFICE, "SeveralFaults", 3)
    assert isinstance(refusal, SeveralFaults)
    for word in ("检查人员", "a2-1.1.1", "整改期限"):
        assert word in refusal.render("zh")


@pytest.mark.parametrize("role", ["office", "discipline"])
def test_nobody_records_a_check_of_the_own_unit(role: str) -> None:
    refused(fresh(), routine_check(), person(role, unit=UNIT), "OwnUnit", UNIT)
    fresh().do(routine_check(), person(role, unit=ELSEWHERE))


def test_a_check_of_the_discipline_office_itself_is_for_the_leading_group() -> None:
    """Everybody of the office and the commission may be of it; somebody above them is not."""
    for role in ("office", "discipline"):
        refused(fresh(), routine_check(), person(role, unit=UNIT), "OwnUnit", UNIT)
    assert state(fresh().do(routine_check(), person("leading_group"))).recorded_by == person("leading_group").id


@pytest.mark.parametrize(
    "command",
    [corrected(), WithdrawRoutineCheck(reason=REASON), AcceptAnswer(accepted_on=date(2026, 11, 2)), ReturnAnswer(reason=REASON)],
    ids=lambda command: command.act,
)  # fmt: skip
def test_nobody_decides_on_a_check_of_the_own_unit(command: object) -> None:
    world = checked().do(ANSWER, OURS)
    with pytest.raises(OwnUnit):
        permit(command.act, world.state, command, world.context(person("office", "office-7", UNIT)))  # type: ignore[attr-defined]


def test_confidential_notes_are_in_an_entry_by_reference_only() -> None:
    note = Reference(id=Opaque("v-1"), commitment=Digest("cd" * 32))
    assert state(checked(notes=(note,))).findings.notes == (note,)  # type: ignore[union-attr]


# -- the answer ------------------------------------------------------------------------------------


def test_the_unit_answers_and_the_office_accepts() -> None:
    answered = checked().do(ANSWER, OURS)
    assert state(answered).status == "answered"
    done = answered.do(AcceptAnswer(accepted_on=date(2026, 11, 2)), DISCIPLINE)
    assert (state(done).status, state(done).closed_on) == ("accepted", date(2026, 11, 2))


def test_an_answer_goes_back_with_its_reason_and_is_given_again() -> None:
    back = checked().do(ANSWER, OURS).do(ReturnAnswer(reason=Words("缺少佐证")), OFFICE)
    assert (state(back).status, state(back).returned) == ("open", "缺少佐证")
    again = back.do(ANSWER, OURS)
    assert (state(again).status, len(state(again).answers)) == ("answered", 2)


def test_an_answer_sent_back_after_its_deadline_gets_a_new_one() -> None:
    late = checked().do(ANSWER, OURS).on(date(2026, 11, 10))
    refusal = refused(late, ReturnAnswer(reason=REASON), OFFICE, "Incomplete")
    check_sentence(refusal)
    refused(late, ReturnAnswer(reason=REASON, mend_until=date(2026, 11, 9)), OFFICE, "TooEarly")
    assert state(late.do(ReturnAnswer(reason=REASON, mend_until=date(2026, 11, 20)), OFFICE)).due == date(2026, 11, 20)


def test_another_unit_does_not_answer() -> None:
    refused(checked(), ANSWER, person("unit", "acct-other", ELSEWHERE), "OtherUnit", UNIT)


def test_an_answer_is_accepted_only_where_there_is_one_and_not_before_the_check() -> None:
    refused(checked(), AcceptAnswer(accepted_on=date(2026, 11, 2)), OFFICE, "NothingToDo")
    answered = checked().do(ANSWER, OURS)
    refused(answered, AcceptAnswer(accepted_on=date(2026, 10, 1)), OFFICE, "TooEarly")
    refused(answered, AcceptAnswer(accepted_on=date(2026, 11, 3)), OFFICE, "InTheFuture")


def test_a_correction_is_answered_anew_and_a_closed_check_is_not_corrected() -> None:
    answered = checked().do(ANSWER, OURS)
    again = answered.do(corrected(observation=Words("更正：分工已有，缺少时限")), OFFICE)
    assert (state(again).status, state(again).findings.observation) == ("open", "更正：分工已有，缺少时限")  # type: ignore[union-attr]
    closed = answered.do(AcceptAnswer(accepted_on=date(2026, 11, 2)), OFFICE)
    refused(closed, corrected(), OFFICE, "NothingToDo")


def test_a_correction_may_leave_a_past_deadline_and_may_not_set_one() -> None:
    late = checked().on(date(2026, 11, 10))
    assert state(late.do(corrected(observation=REASON), OFFICE)).due == date(2026, 11, 2)
    refused(late, corrected(mend_until=date(2026, 11, 5)), OFFICE, "TooEarly")


def test_a_withdrawn_check_is_neither_answered_nor_withdrawn_again() -> None:
    gone = checked().do(WithdrawRoutineCheck(reason=REASON), OFFICE)
    refused(gone, ANSWER, OURS, "NothingToDo")
    refused(gone, WithdrawRoutineCheck(reason=REASON), OFFICE, "NothingToDo")
    assert not state(gone).concerns(YEAR)


def test_a_check_concerns_every_year_in_which_it_was_open() -> None:
    open_one, noted = state(checked()), state(checked(**NOTHING))
    assert [open_one.concerns(year) for year in (2025, 2026, 2027)] == [False, True, True]
    assert [noted.concerns(year) for year in (2025, 2026, 2027)] == [False, True, False]
    later = checked().do(ANSWER, OURS).on(date(2027, 1, 8)).do(AcceptAnswer(accepted_on=date(2027, 1, 8)), OFFICE)
    assert [state(later).concerns(year) for year in (2026, 2027, 2028)] == [True, True, False]


# -- the clock -------------------------------------------------------------------------------------


def owed(world: World) -> list[tuple[str, str, str]]:
    context = world.context(CLOCK)
    return [(c.act, c.step_name, c.to) for c in rectification.duties(state(world), context)]  # type: ignore[attr-defined]


def test_the_unit_is_reminded_before_and_after_its_deadline_and_the_office_then_hears() -> None:
    world = checked(mend_until=date(2026, 11, 30))
    assert owed(world) == []
    assert owed(world.on(date(2026, 11, 23))) == [("remind_of_check", "-5", "unit")]
    world = world.on(date(2026, 12, 4))
    (command,) = rectification.duties(state(world), world.context(CLOCK))
    world = world.do(command, CLOCK)
    escalated = {(act, to) for act, _, to in owed(world.on(date(2026, 12, 7))) if to != "unit"}
    assert escalated == {("escalate_check", "office")}


def test_a_rung_is_sent_once_and_one_that_is_not_owed_is_refused() -> None:
    world = checked(mend_until=date(2026, 11, 30)).on(date(2026, 11, 23))
    (command,) = rectification.duties(state(world), world.context(CLOCK))
    done = world.do(command, CLOCK)
    assert owed(done) == []
    refused(done, command, CLOCK, "NothingToDo")


def test_an_answer_ends_the_reminders_and_a_new_deadline_begins_them_again() -> None:
    late = checked(mend_until=date(2026, 11, 30)).on(date(2026, 12, 8))
    assert owed(late)
    answered = late.do(ANSWER, OURS)
    assert owed(answered) == []
    assert rectification.next_due(state(answered), answered.rulebook) is None
    back = answered.do(ReturnAnswer(reason=REASON, mend_until=date(2026, 12, 20)), OFFICE)
    assert owed(back) == []
    assert owed(back.on(date(2026, 12, 20))) != []


# -- the result ------------------------------------------------------------------------------------


def scored(*checks: RoutineCheck, score: str = "95", **settings: object) -> World:
    """A score agreed while these checks are on record."""
    world = reached("site_inspection", **settings)
    world = replace(world, checks=checks).on(date(2026, 12, 18)).sheets(marks(score, world))
    return world.do(agree(marks(score, world)), person("working_group", "group-9"))


def result(world: World) -> Scored:
    fact = world.state.fact(Scored)
    assert isinstance(fact, Scored)
    return fact


def test_the_explanation_names_every_check_of_the_year_and_no_points_come_of_it() -> None:
    world = scored(state(checked()))
    said = result(world)
    assert (said.result.score, said.result.adjustment) == (Decimal(95), Decimal(0))
    lines = [line for line in explain_inputs(said.inputs, world.rulebook) if "r-1" in line.text.zh]
    assert len(lines) == 1
    assert "1.2.1" in lines[0].text.zh
    assert "逾期未整改" in lines[0].text.zh
    assert lines[0].amount is None
    assert lines[0].clause == "第三条（三）"


def test_a_rulebook_may_give_points_to_what_is_not_mended_in_time_and_to_nothing_else() -> None:
    late = state(checked())
    answered = checked().do(ANSWER, OURS)
    accepted = state(answered.do(AcceptAnswer(accepted_on=date(2026, 11, 2)), OFFICE))
    ahead = state(checked(mend_until=date(2026, 12, 30)))
    assert result(scored(late, routine_check_points=2)).result.score == Decimal(93)
    assert result(scored(accepted, routine_check_points=2)).result.score == Decimal(95)
    assert result(scored(ahead, routine_check_points=2)).result.score == Decimal(95)
    assert result(scored(state(checked(**NOTHING)), routine_check_points=2)).result.score == Decimal(95)


def test_a_unit_that_answered_in_time_does_not_pay_for_the_days_its_answer_waits_for_the_office() -> None:
    in_time = checked().do(ANSWER, OURS)
    late = checked().on(date(2026, 11, 9)).do(ANSWER, OURS)
    again = in_time.on(date(2026, 11, 9)).do(ANSWER, OURS)
    back = again.do(ReturnAnswer(reason=REASON, mend_until=date(2026, 11, 10)), OFFICE)
    for world, score in ((in_time, 95), (late, 93), (again, 95), (back, 93)):
        assert result(scored(state(world), routine_check_points=2)).result.score == Decimal(score)


def test_a_mending_accepted_after_scoring_leaves_the_score_as_it_was() -> None:
    world = scored(state(checked()), routine_check_points=2)
    assert not is_stale(world.state, replace(world, checks=()).context(OFFICE))


def test_a_check_of_another_unit_or_year_is_not_named() -> None:
    other = World(initial_state("routine_check/r-2")).do(routine_check(unit=ELSEWHERE, elements=()), OFFICE)
    world = reached("site_inspection")
    context = world.context(OFFICE)
    found = inputs_of(
        world.state, ScoreSheet(marks=full(world)), msgspec.structs.replace(context, checks=(state(other),))
    )
    assert found.records == ()


@pytest.mark.parametrize(
    ("value", "why"), [(-1, "must be above 0"), (1001, "at most 1000"), ("some", "is none of none")]
)
def test_the_points_of_a_check_are_points(value: object, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        rulebook(routine_check_points=value)


def test_the_checker_knows_the_roles_of_mending() -> None:
    part = {**RAW["routine_check"], "by": ["nobody"]}
    with pytest.raises(ValueError, match="nobody"):
        Rulebook.model_validate({**RAW, "routine_check": part})
    assert rulebook().routine_check.by == ("unit",)
    assert chart().rulebook.routine_check.key == "routine_check"


def test_a_stranger_with_a_made_up_role_records_nothing() -> None:
    with pytest.raises(Refusal):
        fresh().do(RecordRoutineCheck(**{n: getattr(routine_check(), n) for n in routine_check().__struct_fields__}), Actor("x", "inspector"))  # fmt: skip
