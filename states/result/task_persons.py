"""The persons whom a task concerns (第九条2): their check, their description, the lines of the explanation.

A task concerns each member of the team, or the persons responsible, or nobody.

The ledger has their opaque ids; pages show their posts.
"""

# 第二条 assesses 领导班子及其班子成员, the team *and* its members. So a task after a fail must list the members that it
# concerns; "the team" is not enough.

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from states.assessment import OUTCOME_TITLES, Assessment, TaskPerson
from states.refusals import Incomplete, Malformed, Refusal
from states.rulebook.sentences.explained_lines import ExplainedLine
from states.rulebook.tasks import Task
from states.rulebook.types import Rulebook
from states.vocabulary import Citation, Text

from .open_tasks import task_in


class ListedTwice(Refusal):
    """A task lists the same person twice."""

    zh = "{person} 已列入“{task}”，不能重复列入（{clause}）。请每人只列一次。"
    en = "“{task}” lists {person} twice ({clause}). List each person once."


def check(state: Assessment, persons: tuple[TaskPerson, ...], task: Task) -> None:
    """第二条、第九条2: refuse wrong persons of a task.

    A task that concerns the team must list every member. A task that concerns the persons responsible must list them,
    each with the measure taken. Any other task must list nobody. Nobody is listed twice.
    """
    title, clause = task.title.text, task.clause
    for person, times in Counter(entry.person for entry in persons).items():
        if times > 1:
            raise ListedTwice(person=person, task=title, clause=clause)
    if task.persons == "team":
        _check_team(state, persons, clause)
    elif task.persons == "responsible":
        if not persons or any(entry.measure is None for entry in persons):
            raise Incomplete(missing=_RESPONSIBLE, clause=clause)
        if any(entry.exception is not None for entry in persons):
            raise Malformed(what=title, why=_NOT_EXCEPTED, clause=clause)
    elif persons:
        raise Malformed(what=title, why=Text(zh="此项不涉及具体人员", en="this task names nobody"), clause=clause)


def task_lines(state: Assessment, rulebook: Rulebook) -> Iterator[ExplainedLine]:
    """One line for each task of the circulated result: its title, whether it is done or what was decided, its persons."""
    for id_, done_at in state.tasks.items():
        task = task_in(state, id_, rulebook)
        title = task.title.text
        persons = persons_of(state, id_, rulebook)
        zh, en = ("已办理", "done") if done_at else ("待办理", "to be done")
        review = state.reviews.get(id_)
        if review is not None and review.decision is not None:
            zh, en = OUTCOME_TITLES[review.decision].zh, OUTCOME_TITLES[review.decision].en
        names = Text(zh=f"：{'；'.join(t.zh for t in persons)}", en=f": {'; '.join(t.en for t in persons)}")
        sentence = Text(
            zh=f"{title.zh}（{zh}）{names.zh if persons else ''}",
            en=f"{title.en} ({en}){names.en if persons else ''}",
        )
        yield ExplainedLine(location=f"task.{id_}", title=_FOLLOW_UP, sentence=sentence, clause=task.clause)


def persons_of(state: Assessment, id_: str, rulebook: Rulebook) -> list[Text]:
    """The persons whom a task concerns, as people read them.

    For a task that is done, the persons that were recorded. Before that, the members of the team if it concerns the
    team, otherwise nobody.
    """
    if state.tasks.get(id_) is None and task_in(state, id_, rulebook).persons == "team":
        return [Text(zh=post, en=post) for post in _posts(state).values()]
    return [describe_person(person, state) for person in state.task_persons.get(id_, ())]


def _check_team(state: Assessment, persons: tuple[TaskPerson, ...], clause: Citation) -> None:
    """第九条2：“当年”。 Refuse a list in which a member of the team is missing, also one who left after the opening.

    A member whom the task does not concern is listed with the reason (`exception`). At least one must be concerned.
    The list may also have a person who was a member earlier in the year. There are no individual measures.
    """
    listed = {person.person for person in persons}
    missing = {id_: f"{post}（{id_}）" for id_, post in _posts(state).items() if id_ not in listed}
    if missing:
        zh, en = "、".join(missing.values()), ", ".join(missing)
        raise Incomplete(missing=Text(zh=f"班子成员 {zh}", en=f"members of the team: {en}"), clause=clause)
    if all(person.exception is not None for person in persons):
        raise Incomplete(missing=Text(zh="所涉及的班子成员", en="a member it concerns"), clause=clause)
    if any(person.measure is not None for person in persons):
        raise Malformed(
            what=Text(zh="处理措施", en="measure"),
            why=Text(zh="此项不另写措施", en="this task has none"),
            clause=clause,
        )


def _posts(state: Assessment) -> dict[str, str]:
    """The post of each person whom the result concerns, by the person's id."""
    posts = state.posts
    return {m.person: posts[m.person] for m in state.everybody}


def describe_person(person: TaskPerson, state: Assessment) -> Text:
    """A person's post with the measure taken, or with the reason why the task does not concern them."""
    post = _posts(state).get(person.person)
    title = Text(zh=post, en=post) if post else _OTHER
    if person.exception is not None:
        return Text(zh=f"{title.zh}不涉及，{person.exception}", en=f"{title.en} not concerned: {person.exception}")
    if person.measure is not None:
        return Text(zh=f"{title.zh}：{person.measure}", en=f"{title.en}: {person.measure}")
    return title


_FOLLOW_UP = Text(zh="结果运用", en="Follow-up")

# For a person who is not a member of the team: the ledger has no name, and an id means nothing to a reader.
_OTHER = Text(zh="其他人员", en="somebody else")

_RESPONSIBLE = Text(
    zh="责任人及对每个人采取的措施：只有日期不能办结",
    en="the persons responsible and the measure taken for each: a date alone is not enough",
)
_NOT_EXCEPTED = Text(zh="只写被追究责任的人", en="name only those held responsible")
