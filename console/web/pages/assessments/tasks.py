"""结果运用: the page with the follow-up tasks (第九条) of a year's circulated results: roles, deadlines and status.

The page lists open and completed tasks. The user can filter them by task, and by "mine": the open tasks that the user
may complete. Not here: completing a task (`act_page.py` for one department, `bulk.py` for many).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from msgspec import Struct
from starlette.responses import Response

from console.web.assessment_paths import assessment_path
from console.web.display.terms import named
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states.assessment import Assessment
from states.deadlines.lights import LIGHT_TITLES, Light, light_of
from states.deadlines.reminders import open_items
from states.deadlines.review import DecideReview
from states.deadlines.windows import undecided_reviews
from states.result.open_tasks import open_task_ids, task_title
from states.rulebook.tasks import Task
from states.rulebook.types import Rulebook
from states.stages.circulation import CompleteTask
from states.vocabulary import Command, Text, Words
from storage import queries

pages = Pages()


class TaskView(Struct, frozen=True):
    """One task that follows from one result.

    `unit_title` is the title of the department, `special` that of a special assessment. `path` is the path of the
    assessment's page. `form_path` is the path of the form that completes the task; it is empty if the task is done or
    the user may not complete it. `due` is None if the task has no deadline or is done. `days_left` is the number of
    working days until `due`. It is negative if the task is late, and None without `due`. `done_at` is the time at which
    the completion was recorded.
    """

    unit_title: str
    special: Text | None
    path: str
    form_path: str
    rule: Task
    title: Text
    due: date | None
    done_at: datetime | None
    light: Light
    days_left: int | None

    @property
    def word(self) -> Text:
        return LIGHT_TITLES[self.light]


@pages.get("/tasks", view="tasks")
def show_latest(request: PageRequest) -> Response:
    """Show the latest year that has circulated results. If no year has any, show the latest year."""
    years = queries.years(request.database)
    latest = years[0] if years else request.today.year
    return show(request, next((year for year in years if _circulated_versions(request, year)), latest))


@pages.get("/tasks/{year:int}", view="tasks")
def show(request: PageRequest, year: int) -> Response:
    tasks = sorted(_tasks(request, year), key=lambda task: (task.due or date.max, task.rule.key, task.unit_title))
    task_titles = {task.rule.key: task.rule.title.text for task in tasks}
    chosen_key = request.query.get("task", "")
    only_mine = request.query.get("only", "") == "mine"
    filtered_tasks = [
        task
        for task in tasks
        if (chosen_key not in task_titles or task.rule.key == chosen_key) and (not only_mine or task.form_path)
    ]
    return request.answer.page(
        "tasks.html",
        year=year,
        years=queries.years(request.database),
        task_titles=task_titles,
        chosen_key=chosen_key,
        only_mine=only_mine,
        total=len(tasks),
        open=[task for task in filtered_tasks if task.done_at is None],
        done=[task for task in filtered_tasks if task.done_at is not None],
    )


def _circulated_versions(request: PageRequest, year: int) -> dict[str, int]:
    """The versions of the assessments of a year whose results are circulated, by stream."""
    rows = queries.assessments(request.database, year)
    return {row.stream: row.version for row in rows if row.stage == "circulation" and not row.withdrawn}


def _tasks(request: PageRequest, year: int) -> Iterator[TaskView]:
    for state in request.engine.assessments_at(_circulated_versions(request, year)):
        _, _, compiled = request.context(state.stream)
        rulebook = compiled.rulebook
        # `open_items` gives only the open tasks, so a completed task has no deadline here.
        deadlines = {item.key: due for item, due in open_items(state, rulebook)}
        possible = [*open_task_ids(state, rulebook), *undecided_reviews(state)]
        with_names = named(request, state)
        start_day = state.steps[-1].at.astimezone(request.zone).date()
        for key, done_at in state.tasks.items():
            due, rule = deadlines.get(key), rulebook.task_of(key)
            assert rule is not None, "a task of an assessment is one of its rulebook"
            mine = key in possible and _is_mine(request, state, key, rulebook)
            yield TaskView(
                unit_title=request.roster.title(state.unit, state.year),
                special=request.special(state),
                path=assessment_path(state),
                form_path=_form_path(state, key) if mine else "",
                rule=rule,
                title=task_title(with_names, key, rulebook),
                due=due,
                done_at=done_at,
                light=_light(request, start_day, due, is_done=done_at is not None, is_possible=key in possible),
                days_left=request.working_days.between(request.today, due) if due and not done_at else None,
            )


def _light(request: PageRequest, start_day: date, due: date | None, *, is_done: bool, is_possible: bool) -> Light:
    if is_done:
        return "done"
    return light_of(start_day, due, request.today, request.soon_until) if is_possible else "wait"


def _is_mine(request: PageRequest, state: Assessment, task_key: str, rulebook: Rulebook) -> bool:
    """Whether the user has one of the roles that complete the task of this assessment, or decide on the review."""
    # The policy uses only one field of the command, the task or the window. The others are placeholders.
    command: Command = CompleteTask(task=task_key, done_on=request.today)
    if task_key in state.reviews:
        command = DecideReview(window=task_key, decision="stands", decided_on=request.today, reason=Words("—"))
    return request.permissions.is_entitled(command.act, rulebook, state, command)


def _form_path(state: Assessment, task_key: str) -> str:
    """The path of the form that completes a task, or that decides on a review."""
    if task_key in state.reviews:
        return assessment_path(state, "decide_review", window=task_key)
    return assessment_path(state, "complete_task", task=task_key)
