"""The checks of standings, tasks and windows before use: each fault with its location and its sentence."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from states.rulebook.calculation.result_rules import ResultRules
from states.rulebook.checks.follow_up_checks import check_follow_ups
from states.rulebook.checks.known_names import KnownNames
from states.rulebook.checks.rule_checks import check_rules
from states.rulebook.checks.standing_checks import check_standings
from states.rulebook.parts import Misfit
from states.rulebook.readings import Reading, meanings, put_in
from states.rulebook.tasks import FollowUpRules

from .small_measure import SOUND, ask, broken, part, small_rules

KNOWN = KnownNames(roles={"office", "unit", "committee"}, stages={"opening", "circulation"})


def check(*tasks: dict[str, Any], window: tuple[dict[str, Any], ...] = (), known: KnownNames = KNOWN) -> list[Misfit]:
    return check_follow_ups(FollowUpRules.model_validate({"task": tasks, "window": window}), small_rules(), known)


def task(key: str, *when: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return part(key, by="office", when=list(when), **changes)


def window(key: str, *when: dict[str, Any], **changes: Any) -> dict[str, Any]:
    head = {"by": "unit", "within": {"days": 10}, "decided_by": "committee"}
    return part(key, **head, when=list(when), **changes)


FAIL = {"of": "grade", "is": ["fail"]}


def test_tasks_and_windows_that_are_sound_have_no_misfit() -> None:
    low = task("talk", ask("own_voice", below=60), **{"for": "head"})
    chain = (window("review"), window("appeal", FAIL, **{"from": "review"}))
    follow = task("check", after="rectify", **{"for": "head"})
    assert check(task("filed"), task("rectify", FAIL), follow, low, window=chain) == []


@pytest.mark.parametrize(
    ("broken_part", "location", "zh", "en"),
    [
        (task("talk", ask("own_voice", below=60)), "task.talk", "没有名为 own_voice", "nothing is called own_voice for unit"),
        (task("talk", FAIL, **{"for": "heads"}), "task.talk.for", "没有名为 heads 的定义，是否指 head", "nothing is called heads; is head meant? (known: head, unit"),
        (task("talk", FAIL) | {"by": "rector"}, "task.talk.by", "没有名为 rector", "nothing is called rector"),
        (task("talk", ask("total", below=0)), "task.talk", "不可能成立", "can never hold: total lies from 0 to "),
        (task("talk", {"of": "grade", "is": ["failed"]}), "task.talk", "grade 不会是 failed", "grade is never failed"),
        (task("talk", ask("grade", below=2)), "task.talk", "不是数字", "grade is a word, and has no bounds"),
        (task("talk", {"of": "total", "is": ["fail"]}), "task.talk", "是数字", "total is a number"),
        (task("talk", ask("total", at_least=0)), "task.talk", "总是成立", "its test of total always holds"),
        (task("talk", ask("total", at_least=80), ask("total", below=80)), "task.talk", "不可能同时成立", "its tests exclude each other"),
    ],
)  # fmt: skip
def test_a_task_that_names_what_is_not_there_or_can_decide_nothing_is_reported(
    broken_part: dict[str, Any], location: str, zh: str, en: str
) -> None:
    misfit, *others = check(broken_part)
    assert {one.location for one in (misfit, *others)} == {location}
    assert zh in misfit.zh
    assert en in misfit.en


def test_a_window_that_opens_after_nothing_or_is_decided_by_nobody_is_reported() -> None:
    after, decided = window("review", **{"from": "notice"}), window("appeal") | {"decided_by": "rector"}
    assert [(misfit.location, misfit.en) for misfit in check(window=(after, decided))] == [
        ("window.appeal.decided_by", "nothing is called rector (known: committee, office, unit)"),
        ("window.review.from", "nothing is called notice (known: appeal, circulation, review)"),
    ]
    assert [misfit.location for misfit in check(window=(window("review", **{"from": "opening"}),))] == [
        "window.review.from"
    ]


def test_a_task_of_the_department_after_one_of_each_head_is_reported() -> None:
    of_head = task("talk", **{"for": "head"})
    (misfit,) = check(of_head, task("report", after="talk"))
    assert (misfit.location, misfit.en) == (
        "task.report",
        "talk is for head: unit does not have it, so this never comes",
    )
    assert "永远轮不到" in misfit.zh
    assert check(task("rectify", FAIL), task("report", after="rectify", **{"for": "head"})) == []


def test_a_task_of_each_head_may_come_after_another_of_each_head() -> None:
    assert check(task("talk", **{"for": "head"}), task("report", after="talk", **{"for": "head"})) == []


@pytest.mark.parametrize(("kind", "is_shared"), [("team", True), ("each_member", True), ("each_other", False)])
def test_a_task_of_two_subjects_that_may_be_the_same_is_reported(kind: str, is_shared: bool) -> None:
    data = deepcopy(SOUND)
    data["subject"].append({"key": "also", "title": {"zh": "另", "en": "also"}, "is": kind, "clause": "第二条"})
    readings = {reading["key"]: Reading.model_validate(reading) for reading in data["reading"]}
    rules = ResultRules.model_validate(put_in(data, meanings(readings)).data)
    both = FollowUpRules.model_validate({"task": [task("talk", **{"for": ["unit", "head", "also"]})]})
    misfits = check_follow_ups(both, rules)
    assert [misfit.location for misfit in misfits] == (["task.talk.for"] if is_shared else [])
    assert all("may be the same department or person" in m.en and "请各写一项" in m.zh for m in misfits)


# --- standings ------------------------------------------------------------------------------------


def standings(changes: dict[str, Any], *values: dict[str, Any], has_groups: bool = True) -> list[Misfit]:
    """The misfits of the small measure with another standing, and more values."""
    data = deepcopy(SOUND)
    data["standing"][0].update(changes)
    data["value"] += values
    for kind in data["unit_kind"]:
        kind["group"] = kind["group"] if has_groups else None
    readings = {reading["key"]: Reading.model_validate(reading) for reading in data["reading"]}
    rules = ResultRules.model_validate(put_in(data, meanings(readings)).data)
    return list(dict.fromkeys(check_standings(rules)))


def test_a_sound_standing_has_no_misfit() -> None:
    assert standings({}) == []


def test_a_group_of_one_and_groups_that_nobody_is_in_are_reported() -> None:
    (alone,) = standings({"group": "unit"})
    assert alone.location == "standing.order.group"
    assert "there is nobody to compare it with" in alone.en
    assert "无从比较" in alone.zh
    (nobody,) = standings({"group": "unit_kind.group"}, has_groups=False)
    assert nobody.en == "no kind of department has a group, so nobody has a place"
    assert "谁也没有名次" in nobody.zh
    assert standings({"group": "unit_kind.group"}) == []


def test_the_checks_of_a_whole_rulebook_have_those_of_its_standings() -> None:
    assert [misfit.location for misfit in broken(standing__order__group="unit")] == ["standing.order.group"]
    assert check_rules(small_rules()) == []
