"""结果运用: the follow-up tasks of the circulated results of a year, with their roles, deadlines and status (第九条)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from msgspec import Struct
from starlette.responses import Response

from console.web.assessment_paths import assessment_path
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states import policy
from states.assessment import Assessment
from states.deadlines.lights import LIGHT_TITLES, Light, light_of
from states.deadlines.reminders import open_items
from states.rulebook.types import Consequence, Rulebook
from states.stages.circulation import CompleteTask
from states.vocabulary import Text, Words
from storage import queries
from workflow.calendar import working_days

pages = Pages()


class TaskView(Struct, frozen=True):
    """One task that follows from one result.

    `unit_title` is the title of the department. `form` is the path of the form that completes the task; empty if the
    task is done or the user may not complete it. `days_left` counts working days, below 0 if the task is late; None
    without a deadline and for a completed task.
    """

    unit_title: str
    special: Text | None
    link: str
    form: str
    consequence: Consequence
    due: date | None
    done_at: datetime | None
    light: Light
    days_left: int | None

    @property
    def word(self) -> Text:
        return LIGHT_TITLES[self.light]


@pages.get("/tasks", view="tasks")
def show_latest(request: PageRequest) -> Response:
    """Show the last year with circulated results, or else the last year."""
    years = queries.years(request.database)
    last = years[0] if years else request.today.year
    return show(request, next((year for year in years if _circulated(request, year)), last))


@pages.get("/tasks/{year:int}", view="tasks")
def show(request: PageRequest, year: int) -> Response:
    tasks = sorted(
        _tasks(request, year), key=lambda task: (task.due or date.max, task.consequence.key, task.unit_title)
    )
    kinds = {task.consequence.key: task.consequence.title.text for task in tasks}
    kind = request.query.get("task", "")
    only_mine = request.query.get("only", "") == "mine"
    matching = [
        task for task in tasks if (kind not in kinds or task.consequence.key == kind) and (not only_mine or task.form)
    ]
    return request.answer.page(
        "tasks.html",
        year=year,
        years=queries.years(request.database),
        kinds=kinds,
        kind=kind,
        only_mine=only_mine,
        total=len(tasks),
        open=[task for task in matching if task.done_at is None],
        done=[task for task in matching if task.done_at is not None],
    )


def _circulated(request: PageRequest, year: int) -> dict[str, int]:
    """The versions of the assessments with circulated results in a year, by stream."""
    rows = queries.assessments(request.database, year)
    return {row.stream: row.version for row in rows if row.stage == "circulation" and not row.withdrawn}


def _tasks(request: PageRequest, year: int) -> Iterator[TaskView]:
    days = working_days(request.database)
    for state in request.engine.assessments_at(_circulated(request, year)):
        rulebook = request.context(state.stream)[2].rulebook
        deadlines = {task.key: day for task, day in open_items(state, rulebook)}
        start_day = state.steps[-1].at.astimezone(request.zone).date()
        for key, done_at in state.tasks.items():
            due = deadlines.get(key)
            mine = done_at is None and _is_mine(request, state, key, rulebook)
            yield TaskView(
                unit_title=request.roster.title(state.unit, state.year),
                special=state.special,
                link=assessment_path(state),
                form=assessment_path(state, "complete_task", task=key) if mine else "",
                consequence=rulebook.consequences[key],
                due=due,
                done_at=done_at,
                light="done" if done_at else light_of(start_day, due, request.today, request.soon_until),
                days_left=days.between(request.today, due) if due and not done_at else None,
            )


def _is_mine(request: PageRequest, state: Assessment, task: str, rulebook: Rulebook) -> bool:
    """Whether the user has one of the roles that complete the task."""
    # The policy reads only the task from the command, so the day and the document are placeholders.
    command = CompleteTask(task=task, done_on=request.today, document=Words("—"))
    by, _ = policy.entitled_roles("complete_task", state, command, rulebook)
    return not request.user.roles.isdisjoint(by)
