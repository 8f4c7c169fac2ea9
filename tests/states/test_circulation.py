"""The circulated result and what follows from it."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from msgspec import structs

from states.assessment import fact_from
from states.chart import Chart, check_recorded
from states.refusals import Refusal
from states.rulebook.types import Rulebook
from states.stages.circulation import Circulated
from states.stages.reopening import ReopenResult
from states.vocabulary import CLOCK, Text, Words

from .law import (
    COMMITTEE,
    DAYS,
    DISCIPLINE,
    GROUP,
    OFFICE,
    ORGANIZATION,
    RAW,
    REASON,
    RULEBOOK,
    World,
    agree,
    approve,
    case,
    check_sentence,
    circulate,
    full,
    reached,
    refused,
    sanction,
    task,
)

CLAUSE = "第九条1"
TASKS = {
    "100": ("filed",), "70": ("filed",), "60": ("filed",),
    "59.5": ("filed", "awards_cancelled", "talk", "responsibility"),
}  # fmt: skip
"""第九条2、3, written out: what follows from each grade."""


@pytest.fixture
def world() -> World:
    return reached("approval").on(DAYS["circulation"])


@pytest.mark.parametrize("score", TASKS)
def test_a_circulated_grade_brings_the_tasks_of_article_9(score: str) -> None:
    state = reached("circulation", score).state
    assert state.tasks == dict.fromkeys(TASKS[score])
    assert state.circulated == ("柳职院党字〔2026〕88号",)


def test_a_special_assessment_brings_no_task_unless_the_rulebook_gives_it_one() -> None:
    """第九条2：“年度考核不合格的”: what follows belongs to the annual result; by rulebook a special one may have some of it too."""
    world = reached("approval", "59.5").on(DAYS["circulation"])
    special = replace(world, state=structs.replace(world.state, occasion="spring", title="采购管理"))
    assert special.do(circulate(special), OFFICE).state.tasks == {}
    raw = deepcopy(RAW)
    next(c for c in raw["task"] if c["key"] == "talk")["special"] = True
    given = replace(special, chart=Chart(Rulebook.model_validate(raw)))
    assert given.do(circulate(given), OFFICE).state.tasks == {"talk": None}


def test_a_recorded_circulation_of_a_special_assessment_with_tasks_is_refused_by_the_replay() -> None:
    world = reached("approval", "59.5").on(DAYS["circulation"])
    special = structs.replace(world.state, occasion="spring", title="采购管理")
    fact = become_circulated(world)
    check_recorded(world.state, fact, world.context(OFFICE), world.chart)
    with pytest.raises(Refusal):
        check_recorded(special, fact, world.context(OFFICE), world.chart)


def become_circulated(world: World) -> Circulated:
    fact = world.decide(circulate(world), OFFICE)
    assert isinstance(fact, Circulated)
    return fact


def test_a_veto_brings_the_tasks_of_a_fail() -> None:
    state = reached("circulation", "95", (case(sanction("demotion")),)).state
    assert tuple(state.tasks) == TASKS["59.5"]


def test_a_circulation_in_the_future_is_refused(world: World) -> None:
    tomorrow = DAYS["circulation"] + timedelta(days=1)
    refusal = refused(world, circulate(world, circulated_on=tomorrow), OFFICE, "InTheFuture", tomorrow)
    assert refusal.details["clause"] == CLAUSE


def test_a_stale_result_is_not_circulated(world: World) -> None:
    stale = world.with_cases(case(sanction("admonition")))
    refused(stale, circulate(stale), OFFICE, "ScoreIsStale", "c-1", RULEBOOK.stages["circulation"].title.text)


def test_a_first_notice_replaces_none(world: World) -> None:
    refused(world, circulate(world, replaces=Words("0000-1")), OFFICE, "NotKnown", "0000-1", Text(zh="无", en="none"))


def corrected() -> World:
    """Circulated, changed by a case, approved again."""
    world = reached("circulation").with_cases(case(sanction("admonition")))
    world = world.do(ReopenResult(sources=("c-1",), reason=REASON), CLOCK)
    world = world.do(agree(full(world)), GROUP)
    return world.do(approve(world), COMMITTEE)


def test_a_corrected_notice_names_the_one_it_replaces_and_has_a_number_of_its_own() -> None:
    world, first, second = corrected(), "柳职院党字〔2026〕88号", Words("2027-3")
    refused_ = circulate(world, document=second)
    with pytest.raises(Refusal) as caught:
        world.decide(refused_, OFFICE)
    assert caught.value.code == "Incomplete"
    assert first in caught.value.render("zh")
    assert first in caught.value.render("en")
    with pytest.raises(Refusal) as caught:
        world.decide(circulate(world, document=second, replaces="2026-0"), OFFICE)
    assert caught.value.code == "NotKnown"
    with pytest.raises(Refusal) as caught:
        world.decide(circulate(world, replaces=first), OFFICE)
    assert caught.value.code == "NoticeNumberUsed"
    state = world.do(circulate(world, document=second, replaces=first), OFFICE).state
    assert state.circulated == (first, second)


def test_the_tasks_on_record_are_those_of_the_grade(world: World) -> None:
    command = circulate(world)
    fact = fact_from(Circulated, Both(command, tasks=("talk",)))
    with pytest.raises(Refusal) as caught:
        check_recorded(world.state, fact, world.context(OFFICE), world.chart)
    assert caught.value.code == "NotKnown"
    check_sentence(caught.value, "talk", "filed")


class Both:
    """A command's fields with one more: what no command could say."""

    __struct_fields__ = ("document", "circulated_on", "replaces", "tasks")

    def __init__(self, command: Any, **more: Any) -> None:
        vars(self).update({n: getattr(command, n) for n in command.__struct_fields__}, **more)


# -- tasks -----------------------------------------------------------------------------------------


def test_each_task_is_done_once() -> None:
    world = reached("circulation", "50")
    after = world.do(task("talk"), DISCIPLINE)
    assert after.state.tasks == {**world.state.tasks, "talk": after.now}
    title = next(c["title"] for c in RAW["task"] if c["key"] == "talk")
    refusal = refused(after, task("talk"), DISCIPLINE, "NothingToDo", Text(**title))
    assert refusal.details["clause"] == CLAUSE


def test_a_task_this_grade_does_not_have_is_refused() -> None:
    refused(reached("circulation"), task("talk"), DISCIPLINE, "NotKnown", "talk", "filed")


def test_a_task_is_recorded_when_it_is_done() -> None:
    tomorrow = DAYS["circulation"] + timedelta(days=1)
    refused(reached("circulation"), task(done_on=tomorrow), ORGANIZATION, "InTheFuture", tomorrow)


def test_a_reopened_result_has_no_tasks_until_it_is_circulated_again() -> None:
    world = corrected()
    assert world.state.tasks == {}
    again = world.do(circulate(world, document="2027-3", replaces="柳职院党字〔2026〕88号"), OFFICE)
    assert again.state.tasks == {"filed": None}
