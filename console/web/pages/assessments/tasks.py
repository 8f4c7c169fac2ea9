"""结果运用: what follows from the circulated results of a year, across all units: by whom, until when, done or not (第九条)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from msgspec import Struct
from starlette.responses import Response

from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states import policy
from states.assessment import Assessment
from states.deadlines.lights import WORDS, Light, timed
from states.deadlines.reminders import awaited
from states.rulebook.types import Consequence, Rulebook
from states.stages.circulation import CompleteTask
from states.vocabulary import Text, Words
from storage import queries
from workflow.calendar import working_days

from .assessment import link

pages = Pages()


class Task(Struct, frozen=True):
    """One consequence of one result. `form` is where it is completed, for whom it is theirs; `at` when it was done."""

    unit: str
    special: Text | None
    link: str
    form: str
    what: Consequence
    due: date | None
    at: datetime | None
    light: Light
    left: int | None

    @property
    def word(self) -> Text:
        return WORDS[self.light]


@pages.get("/tasks", view="tasks")
def latest(request: PageRequest) -> Response:
    """The last year something follows of; else the last year there is."""
    years = queries.years(request.database)
    return show(
        request, next((year for year in years if _circulated(request, year)), years[0] if years else request.today.year)
    )


@pages.get("/tasks/{year:int}", view="tasks")
def show(request: PageRequest, year: int) -> Response:
    found = sorted(_tasks(request, year), key=lambda task: (task.due or date.max, task.what.key, task.unit))
    kinds = {task.what.key: task.what.title.text for task in found}
    kind = request.query.get("task", "")
    mine = request.query.get("only", "") == "mine"
    shown = [task for task in found if (kind not in kinds or task.what.key == kind) and (not mine or task.form)]
    return request.answer.page(
        "tasks.html", year=year, years=queries.years(request.database), kinds=kinds, kind=kind, mine=mine, all=len(found),
        open=[task for task in shown if task.at is None], done=[task for task in shown if task.at is not None],
    )  # fmt: skip


def _circulated(request: PageRequest, year: int) -> dict[str, int]:
    rows = queries.assessments(request.database, year)
    return {row.stream: row.version for row in rows if row.stage == "circulation" and not row.withdrawn}


def _tasks(request: PageRequest, year: int) -> Iterator[Task]:
    days = working_days(request.database)
    for state in request.engine.assessments_at(_circulated(request, year)):
        _, _, compiled = request.context(state.stream)
        rulebook, due = (
            compiled.rulebook,
            {task.key: day for task, day in awaited(state, compiled.rulebook)},
        )
        begun = state.steps[-1].at.astimezone(request.zone).date()
        for key, at in state.tasks.items():
            until = due.get(key)
            light: Light = "done" if at else timed(begun, until, request.today, request.soon_until)
            left = days.between(request.today, until) if until and not at else None
            form = link(state, "complete_task", task=key) if at is None and _mine(request, state, key, rulebook) else ""
            yield Task(
                request.roster.title(state.unit, state.year),
                state.special,
                link(state),
                form,
                rulebook.consequences[key],
                until,
                at,
                light,
                left,
            )


def _mine(request: PageRequest, state: Assessment, task: str, rulebook: Rulebook) -> bool:
    """Whether the account is one of those this task is given to."""
    command = CompleteTask(task=task, done_on=request.today, document=Words("—"))
    by, _ = policy.entitled("complete_task", state, command, rulebook)
    return not request.user.roles.isdisjoint(by)
