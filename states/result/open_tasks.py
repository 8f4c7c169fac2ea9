"""The tasks of a circulated result: which follow from it, which wait for another, and their titles.

Also here: which windows it has (`deadlines/windows.py`: which of them are open).

Not here: their deadlines (`states/deadlines/task_dates.py`),
that a task was done (`states/stages/circulation.py`), and the persons whom a task lists (`task_persons.py`).
"""

from __future__ import annotations

from collections.abc import Iterable

from states.assessment import Assessment
from states.rulebook.calculation.lines import Inputs
from states.rulebook.parts import Wording
from states.rulebook.tasks import Follow, FollowUps, Task
from states.rulebook.types import Rulebook
from states.vocabulary import Text, listed

from .result import scopes_of


def follow_ups_of(inputs: Inputs, rulebook: Rulebook, *, is_special: bool) -> FollowUps:
    """The tasks that follow from a result, and those of which nobody can say it yet. `is_special`: 第六条."""
    return rulebook.tasks_of(scopes_of(inputs, rulebook), rulebook.subject[0].key, is_special=is_special)


def windows_of(inputs: Inputs, rulebook: Rulebook) -> FollowUps:
    """The windows that a result has, those that open after another one too, and those of which nobody can say it yet."""
    return rulebook.windows_of(scopes_of(inputs, rulebook), rulebook.subject[0].key)


def open_task_ids(state: Assessment, rulebook: Rulebook) -> list[str]:
    """The ids of the tasks that can be done now: not done yet, and not waiting for another. No decision on a review."""
    open_ids = (id_ for id_, done_at in state.tasks.items() if done_at is None and id_ not in state.reviews)
    return [id_ for id_ in open_ids if task_before(state, id_, rulebook) is None]


def task_before(state: Assessment, id_: str, rulebook: Rulebook) -> str | None:
    """The id of the open task that has to be done before this one: the person's own, or the department's."""
    follow = Follow.from_id(id_)
    task = rulebook.task_of(id_)
    if task is None or task.after is None:
        return None
    ids = (Follow(task.after, follow.person).id, task.after)
    before = next((one for one in ids if one in state.tasks), None)
    return before if before is not None and state.tasks[before] is None else None


def task_in(state: Assessment, id_: str, rulebook: Rulebook) -> Task:
    """A task of this assessment. That of a person has its id as its key, and the person's post in its title."""
    task = rulebook.task_of(id_)
    assert task is not None, "a task of an assessment is one of its rulebook"
    if task.key == id_:
        return task
    title = task_title(state, id_, rulebook)
    return task.model_copy(update={"key": id_, "title": Wording(zh=title.zh, en=title.en)})


def task_title(state: Assessment, id_: str, rulebook: Rulebook) -> Text:
    """The title of a task, with the post of the person whose task it is. The id if the rulebook has no such task."""
    task = rulebook.task_of(id_)
    return _of_person(state, id_, task.title.text if task is not None else Text(zh=id_, en=id_))


def window_title(state: Assessment, id_: str, rulebook: Rulebook) -> Text:
    """The title of a window, with the post of the person whom it is about. The id if the rulebook has no such window."""
    window = rulebook.windows.get(Follow.from_id(id_).key)
    return _of_person(state, id_, window.title.text if window is not None else Text(zh=id_, en=id_))


def _of_person(state: Assessment, id_: str, title: Text) -> Text:
    person = Follow.from_id(id_).person
    post = state.posts.get(person, person)
    return Text(zh=f"{title.zh}（{post}）", en=f"{title.en} ({post})") if person else title


def task_titles(state: Assessment, ids: Iterable[str], rulebook: Rulebook) -> Text:
    """The titles of several tasks in one line."""
    return listed(task_title(state, id_, rulebook) for id_ in ids)
