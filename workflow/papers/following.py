"""The values of the papers for the tasks that follow from a result, and of the reminder of what is open.

The tasks are found by their keys (docs/decisions/0064).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from states.assessment import Member
from states.result.open_tasks import open_task_ids, task_title
from states.user_errors import UserError

from .outcome import losses
from .sources import UnitSource
from .words import (
    NO_DAY,
    PaperValues,
    Rows,
    day,
    decision_words,
    due_days,
    named,
    posts,
    recipients,
    require,
    result_words,
    roles,
    unit_head,
    unit_tasks,
    words,
)


class NoSuchTask(UserError):
    """The result has no task that this paper serves."""

    zh = "{of} 的考核结果没有这份文书所对应的结果运用事项，不必制作。"
    en = "No task of this kind follows from the result of {of}, so this paper is not needed."


class NothingOpen(UserError):
    """A reminder was asked for, and nothing of the assessment is open."""

    zh = "{of} 的考核没有未办结的事项，不必督办。"
    en = "Nothing is open in the assessment of {of}, so there is nothing to remind of."


def talk_summons(one: UnitSource) -> PaperValues:
    post_of = posts(one)
    return {**task_words(one, "talk"), "summoned": "、".join(post_of[each.person] for each in _summoned(one))}


def talk_note(one: UnitSource) -> PaperValues:
    post_of = posts(one)
    return {
        **task_words(one, "talk"),
        "summoned": [
            {"number": str(n), "post": post_of[each.person], "name": one.persons.get(each.person, "")}
            for n, each in enumerate(_summoned(one), 1)
        ],
        "losses": losses(one),
    }


def _summoned(one: UnitSource) -> tuple[Member, ...]:
    """Whom the talk is with: the team, if the task is about it, and otherwise its heads."""
    task = one.rulebook.task_of("talk")
    return one.state.team if task is not None and task.persons == "team" else one.state.heads


def award_bar(one: UnitSource) -> PaperValues:
    post_of = posts(one)
    members = [{"number": str(n), "post": post_of[each.person]} for n, each in enumerate(one.state.everybody, 1)]
    posts_of_all = "、".join(each["post"] for each in members)
    return {**task_words(one, "awards_cancelled"), "members": members, "posts": posts_of_all}


def reminder(one: UnitSource) -> PaperValues:
    rulebook, state = one.rulebook, one.state
    matters: Rows = []
    following = rulebook.next_stages.get(state.stage)
    if following is not None:
        due = state.due.get(following.key)
        matters.append(_matter(one, following.title.zh, roles(following.by, rulebook), following.clause, due))
    dates = due_days(one)
    for id_ in open_task_ids(state, rulebook):
        task = rulebook.task_of(id_)
        # A task of a person says how that person was graded; this paper goes around.
        if task is not None and id_ in unit_tasks(one):
            title = task_title(state, id_, rulebook).zh
            matters.append(_matter(one, title, roles(task.by, rulebook), task.clause, dates.get(id_)))
    if not matters:
        raise NothingOpen(of=one.unit)
    return {**unit_head(one), "matters": [{"number": str(n), **each} for n, each in enumerate(matters, 1)]}


def task_words(one: UnitSource, key: str) -> dict[str, str]:
    """The values of a paper that serves a task of the department. Raises `NoSuchTask` if the result has none."""
    require(one, "circulation")
    task = one.rulebook.task_of(key)
    if task is None or key not in one.state.tasks:
        raise NoSuchTask(of=one.unit)
    due, addressee, result = due_days(one).get(key), recipients(task, one.rulebook), result_words(one)
    return {
        **unit_head(one),
        **result,
        "outcome": _outcome(result),
        **decision_words(one),
        "task": task.title.zh,
        "unit_task": _unit_task(task.title.zh, one.unit),
        "clause": task.clause,
        "words": words(task.clause, one.rulebook),
        "date": NO_DAY,
        "addressee": addressee,
        "you": you_of(addressee),
        "by": roles(task.by, one.rulebook),
        "due": day(due) if due is not None else "",
    }


def _outcome(result: Mapping[str, str]) -> str:
    """The grade, with the clause that set or limited it. The text of a paper says before it which measure 《办法》 is."""
    sentence = f"考核结果为“{result['grade']}”"
    if not result["limit_clause"]:
        return sentence
    is_set = result["limit_effect"] == f"直接评定为{result['grade']}"
    return f"{sentence}，系根据《办法》{result['limit_clause']}{'直接评定' if is_set else '限定等次'}"


def _unit_task(title: str, unit: str) -> str:
    """What is to be done for the department, in one phrase with its name."""
    with_name = named(title, unit)
    return with_name if unit in with_name else f"{unit}：{title}"


def you_of(addressee: str) -> str:
    """What a letter calls one body: 你委 or 你部; several, or another one, 你单位."""
    match = re.search(r"(委|部|办|处)(?:员会|公室)?$", addressee)
    return f"你{match[1]}" if match is not None and "、" not in addressee else "你单位"


def _matter(one: UnitSource, title: str, by: str, clause: str, due: date | None) -> dict[str, str]:
    """One open matter of a reminder: what, by whom, until when, and how many days it is late."""
    matter = {"matter": title, "by": by, "clause": clause}
    if due is None:
        return {**matter, "due": "", "state": ""}
    late = (one.today - due).days
    return {**matter, "due": day(due), "state": f"已逾期{late}天" if late > 0 else "未到期"}
