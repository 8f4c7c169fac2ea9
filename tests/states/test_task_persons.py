"""第二条、第九条2: what follows from a fail names the members it concerns, and those held responsible with the measure taken."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest
from msgspec.structs import replace

from states.assessment import Member, TaskPerson
from states.explanation import explain
from states.result.task_persons import persons_of
from states.stages.opening import SubstituteMember
from states.stages.reopening import ReopenResult
from states.vocabulary import Opaque, Words

from .law import (
    COMMITTEE,
    DAYS,
    DISCIPLINE,
    HEADS,
    MEMBERS,
    OFFICE,
    ORGANIZATION,
    REASON,
    RULEBOOK,
    TEAM,
    World,
    reached,
    refused,
    task,
)

RESPONSIBLE = TaskPerson(person=Opaque("p-h1"), measure=Words("诫勉谈话"))
EVERYBODY = tuple(TaskPerson(person=Opaque(person)) for person in TEAM)


@pytest.fixture
def failed() -> World:
    return reached("circulation", "50")


def test_holding_people_responsible_is_not_completed_by_a_date_alone(failed: World) -> None:
    for persons in ((), (TaskPerson(person=Opaque("p-h1")),), (RESPONSIBLE, TaskPerson(person=Opaque("p-h2")))):
        refusal = refused(failed, task("responsibility", persons=persons), DISCIPLINE, "Incomplete")
        assert refusal.details["clause"] == "第九条2"
        assert "只有日期不能办结" in refusal.render("zh")
    done = failed.do(task("responsibility", persons=(RESPONSIBLE,)), DISCIPLINE)
    assert done.state.tasks["responsibility"] is not None
    assert done.state.task_persons["responsibility"] == (RESPONSIBLE,)


def test_somebody_of_no_team_may_be_held_responsible(failed: World) -> None:
    other = TaskPerson(person=Opaque("p-clerk"), measure=Words("批评教育"))
    assert failed.do(task("responsibility", persons=(other,)), DISCIPLINE).state.tasks["responsibility"]


@pytest.mark.parametrize("key", ["awards_cancelled", "talk"])
def test_the_loss_of_awards_and_the_talk_name_every_member_of_the_team_or_say_why_not(failed: World, key: str) -> None:
    actor = ORGANIZATION if key == "awards_cancelled" else DISCIPLINE
    refusal = refused(failed, task(key, persons=EVERYBODY[:-1]), actor, "Incomplete", MEMBERS[0].person)
    assert MEMBERS[0].position in refusal.render("zh")
    excused = (*EVERYBODY[:-1], TaskPerson(person=MEMBERS[0].person, exception=Words("十二月调入")))
    assert failed.do(task(key, persons=excused), actor).state.task_persons[key] == excused
    nobody = tuple(TaskPerson(person=Opaque(person), exception=Words("调入")) for person in TEAM)
    refused(failed, task(key, persons=nobody), actor, "Incomplete")


def test_who_led_the_team_in_the_year_and_left_may_be_named_too(failed: World) -> None:
    persons = (*EVERYBODY, TaskPerson(person=Opaque("p-gone")))
    assert failed.do(task("awards_cancelled", persons=persons), ORGANIZATION).state.tasks["awards_cancelled"]


@pytest.mark.parametrize("key", ["awards_cancelled", "talk"])
def test_who_left_the_team_after_the_opening_is_named_too_or_why_not(failed: World, key: str) -> None:
    actor = ORGANIZATION if key == "awards_cancelled" else DISCIPLINE
    gone = Member(person=Opaque("p-gone"), position=Words("原副院长"))
    world = dataclasses.replace(failed, state=replace(failed.state, left=(gone,)))
    refusal = refused(world, task(key, persons=EVERYBODY), actor, "Incomplete", "p-gone")
    assert "原副院长" in refusal.render("zh")
    excused = (*EVERYBODY, TaskPerson(person=gone.person, exception=Words("二月调离")))
    assert world.do(task(key, persons=excused), actor).state.task_persons[key] == excused


def test_who_comes_back_to_the_team_did_not_leave_it() -> None:
    opened = reached("opening")
    away = opened.do(SubstituteMember(leaves=MEMBERS[0].person, since=DAYS["opening"]), OFFICE)
    assert away.state.left == (MEMBERS[0],)
    back = away.do(SubstituteMember(joins=MEMBERS[0], since=DAYS["opening"]), OFFICE)
    assert back.state.left == ()
    assert {m.person for m in back.state.everybody} == set(TEAM)


def test_nobody_is_named_twice_nor_where_nobody_is_concerned(failed: World) -> None:
    refused(failed, task("talk", persons=(*EVERYBODY, EVERYBODY[0])), DISCIPLINE, "ListedTwice", TEAM[0])
    refused(failed, task("filed", persons=EVERYBODY), ORGANIZATION, "Malformed")
    measured = (*EVERYBODY[:-1], TaskPerson(person=Opaque(TEAM[-1]), measure=Words("诫勉")))
    refused(failed, task("talk", persons=measured), DISCIPLINE, "Malformed")
    excused = (RESPONSIBLE, TaskPerson(person=Opaque("p-h2"), measure=Words("诫勉"), exception=Words("调入")))
    refused(failed, task("responsibility", persons=excused), DISCIPLINE, "Malformed")


def test_a_name_or_a_number_somebody_answers_to_is_refused(failed: World) -> None:
    named = (TaskPerson(person=Opaque("张三"), measure=Words("诫勉")),)
    refused(failed, task("responsibility", persons=named), DISCIPLINE, "Malformed")
    phoned = (TaskPerson(person=Opaque("p-1"), measure=Words("电话通知 13800138000")),)
    refused(failed, task("responsibility", persons=phoned), DISCIPLINE, "Personal")


def test_the_explanation_says_whom_each_task_concerns_before_and_after(failed: World) -> None:
    open_talk = [t.zh for t in persons_of(failed.state, "talk", RULEBOOK)]
    assert open_talk == [m.position for m in (*HEADS, *MEMBERS)]
    assert persons_of(failed.state, "responsibility", RULEBOOK) == []
    done = failed.do(task("responsibility", persons=(RESPONSIBLE,)), DISCIPLINE)
    said = [line.text.zh for line in explain(done.state, RULEBOOK)]
    assert "结果运用：追究相关责任人的责任（已办理）：党总支书记：诫勉谈话" in said
    assert "结果运用：考核结果报学校党委组织部备案（待办理）" in said


def test_a_result_taken_back_takes_the_persons_named_with_it(failed: World) -> None:
    done = failed.do(task("responsibility", persons=(RESPONSIBLE,)), DISCIPLINE).on(date(2027, 1, 6))
    back = done.do(ReopenResult(resolution=REASON, met_on=DAYS["circulation"], reason=REASON), COMMITTEE)
    assert back.state.task_persons == {}
