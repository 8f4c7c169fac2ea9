"""The values of the papers for the tasks that follow from a result, and of the reminder of what is open.

The tasks are found by their keys (docs/decisions/0064).
"""

from __future__ import annotations

from datetime import date

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
    return {**task_words(one, "talk"), "heads": "、".join(posts(one)[head.person] for head in one.state.heads)}


def talk_note(one: UnitSource) -> PaperValues:
    post_of = posts(one)
    return {
        **task_words(one, "talk"),
        "summoned": [
            {"number": str(n), "post": post_of[head.person], "name": one.persons.get(head.person, "")}
            for n, head in enumerate(one.state.heads, 1)
        ],
        "losses": losses(one),
    }


def award_bar(one: UnitSource) -> PaperValues:
    post_of = posts(one)
    members = [{"number": str(n), "post": post_of[each.person]} for n, each in enumerate(one.state.everybody, 1)]
    return {**task_words(one, "awards_cancelled"), "members": members}


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
    due = due_days(one).get(key)
    return {
        **unit_head(one),
        **result_words(one),
        **decision_words(one),
        "task": task.title.zh,
        "clause": task.clause,
        "words": words(task.clause, one.rulebook),
        "date": NO_DAY,
        "addressee": recipients(task, one.rulebook),
        "by": roles(task.by, one.rulebook),
        "due": day(due) if due is not None else "",
    }


def _matter(one: UnitSource, title: str, by: str, clause: str, due: date | None) -> dict[str, str]:
    """One open matter of a reminder: what, by whom, until when, and how many days it is late."""
    matter = {"matter": title, "by": by, "clause": clause}
    if due is None:
        return {**matter, "due": "", "state": ""}
    late = (one.today - due).days
    return {**matter, "due": day(due), "state": f"已逾期{late}天" if late > 0 else "未到期"}
