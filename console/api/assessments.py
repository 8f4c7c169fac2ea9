"""`GET /assessments` lists the stages of a year's assessments; `GET /assessments/{year}/{unit}` answers one in full.

In full: deadlines, steps, next act, tasks, and the files of the entries that the caller may read. Both answer only what
the caller may see. Also here: `read_assessment`, for `results.py` too. Not here: scores and grades (`results.py`).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Security
from pydantic import BaseModel

from console.web.display.entries import readable_assessment_views
from console.web.display.files import kind_title
from console.web.display.windows import window_views
from console.web.request.page_request import PageRequest
from states import offers, policy, privacy
from states.acts import ACT_OF_FACT
from states.assessment import UNOPENED, WITHDRAWN, ReviewOutcome
from states.assessment import Assessment as State
from states.chart import stage_title
from states.compiled_rulebook import CompiledRulebook
from states.context import Context
from states.deadlines.windows import WindowStatus
from states.refusals import NotThere
from states.rulebook.tasks import Follow
from states.streams import assessment_stream
from states.vocabulary import Text
from storage import queries

from .dependencies import caller
from .models import STRICT

router = APIRouter(prefix="/assessments", tags=["assessments"])

Caller = Annotated[PageRequest, Security(caller, scopes=["assessment"])]

YEAR = {"ge": 2000, "le": 2200}
Year = Annotated[int, Path(**YEAR)]


class AssessmentsQuery(BaseModel):
    """The assessments to list: those of a year (without it, the latest year), and of one department or of all."""

    model_config = STRICT
    year: Annotated[int, Query(**YEAR)] | None = None
    unit: str | None = None


class OccasionQuery(BaseModel):
    """The special assessment with this occasion; without it, the annual assessment."""

    model_config = STRICT
    occasion: str | None = None


class Progress(BaseModel):
    """The stage of one assessment: `stage` for programs, `stage_title` for people.

    `version` is the version of its stream. `occasion` is the id of a special assessment and `title` its name; both are
    null for an annual assessment.
    """

    stream: str
    year: int
    unit: str
    unit_title: str
    occasion: str | None
    title: str | None
    version: int
    stage: str
    stage_title: str
    withdrawn: bool


class Assessments(BaseModel):
    """Assessments, in the order of their departments."""

    assessments: list[Progress]


class Step(BaseModel):
    """A step: the stage that was completed, the account that recorded it, and the time."""

    stage: str
    version: int
    actor: str
    recorded_at: datetime


class File(BaseModel):
    """A file that was recorded with an entry. `act` recorded it; `name` is null if the name is not known."""

    entry: int
    act: str
    act_title: str
    name: str | None
    kind: str
    media_type: str
    size: int
    sha256: str


class NextAct(BaseModel):
    """The act that the assessment waits for, the roles that may do it, and its deadline."""

    act: str
    title: str
    roles: tuple[str, ...]
    due: date | None


class Window(BaseModel):
    """A window in which somebody may ask for a review of the result.

    `due` is the last day to ask, or to decide once somebody has asked; null if there is none, or none yet. `decision`
    is null until it is made.
    """

    window: str
    title: str
    status: WindowStatus
    due: date | None
    asked_on: date | None
    decided_on: date | None
    decision: ReviewOutcome | None


class Assessment(Progress):
    """One assessment. `open_acts` are the acts that the caller may do now; `due` are deadlines.

    `tasks` are the tasks that follow from its result, each with the time at which it was recorded as done (null: open).
    `windows` are those in which a review may be asked for, without those of persons that the caller may not see.
    `files` are the files of those entries that the caller may read, in the order of the entries.
    """

    due: dict[str, date]
    steps: list[Step]
    next: NextAct | None
    open_acts: list[str]
    tasks: dict[str, datetime | None]
    windows: list[Window]
    files: list[File]


@router.get("", summary="年度考核进度")
def assessments(caller: Caller, query: Annotated[AssessmentsQuery, Query()]) -> Assessments:
    """The stages of a year's assessments that the caller may see."""
    years = [query.year] if query.year is not None else queries.years(caller.database)[:1]
    rows = [row for year in years for row in queries.assessments(caller.database, year)]
    visible_rows = [
        row for row in rows if caller.permissions.may_view("assessment", row.unit) and query.unit in (None, row.unit)
    ]
    return Assessments(
        assessments=[Progress(**_progress(caller, *read_stream(caller, row.stream))) for row in visible_rows]
    )


@router.get("/{year}/{unit}", summary="一个部门的考核")
def assessment(caller: Caller, year: Year, unit: str, query: Annotated[OccasionQuery, Query()]) -> Assessment:
    """One assessment: its stage, deadlines and steps, the next act, and the acts that the caller may do."""
    state, context, compiled = read_assessment(caller, year, unit, query)
    upcoming = offers.next_act(state, context)
    return Assessment(
        **_progress(caller, state, context, compiled),
        due=state.due,
        steps=[
            Step(stage=step.stage, version=step.version, actor=step.actor, recorded_at=step.at) for step in state.steps
        ],
        next=_next_act(caller, upcoming) if upcoming else None,
        open_acts=list(caller.permissions.acts(state, context, compiled)),
        tasks=_tasks(caller, state),
        windows=[
            Window(
                window=view.id,
                title=caller.format.text(view.title),
                status=view.status,
                due=view.due,
                asked_on=view.asked_on,
                decided_on=view.decided_on,
                decision=review.decision if (review := state.reviews.get(view.id)) else None,
            )
            for view in window_views(caller, state, compiled.rulebook)
        ],
        files=_files(caller, state, compiled),
    )


def _tasks(caller: PageRequest, state: State) -> dict[str, datetime | None]:
    """The tasks by id. Those of persons only for callers who may read results: their page has the same rule."""
    sees_persons = caller.permissions.may_view("results", state.unit)
    return {id_: done_at for id_, done_at in state.tasks.items() if sees_persons or not Follow.from_id(id_).person}


def read_assessment(
    caller: PageRequest, year: int, unit: str, query: OccasionQuery
) -> tuple[State, Context, CompiledRulebook]:
    """The state of an assessment, with context and rulebook.

    Raises `NotThere` if it was never opened, and another `Refusal` if the path makes no valid name of a stream.
    """
    stream = assessment_stream(year, unit, query.occasion)
    privacy.check_stream(stream)
    return read_stream(caller, stream)


def read_stream(caller: PageRequest, stream: str) -> tuple[State, Context, CompiledRulebook]:
    """The state of an assessment by the name of its stream, with context and rulebook. Raises `NotThere`."""
    state, context, compiled = caller.context(stream)
    assert isinstance(state, State)
    if state.stage == UNOPENED:
        first = policy.title("open_assessment", compiled.rulebook)
        raise NotThere(act=Text(zh="查阅考核", en="read the assessment"), stream=stream, first=first)
    return state, context, compiled


def _progress(caller: PageRequest, state: State, _context: Context, compiled: CompiledRulebook) -> dict[str, Any]:
    return {
        "stream": state.stream,
        "year": state.year,
        "unit": state.unit,
        "unit_title": caller.roster.title(state.unit, state.year),
        "occasion": state.occasion,
        "title": state.title,
        "version": state.version,
        "stage": state.stage,
        "stage_title": caller.format.text(stage_title(state.stage, compiled.rulebook)),
        "withdrawn": state.stage == WITHDRAWN,
    }


def _next_act(caller: PageRequest, upcoming: offers.NextAct) -> NextAct:
    return NextAct(act=upcoming.act, title=caller.format.text(upcoming.title), roles=upcoming.by, due=upcoming.due)


def _files(caller: PageRequest, state: State, compiled: CompiledRulebook) -> list[File]:
    """The files of the entries that the caller may read, those of the first entry first."""
    return [
        File(
            entry=entry.number,
            act=ACT_OF_FACT[entry.kind],
            act_title=caller.format.text(entry.title),
            name=file.name or None,
            kind=caller.format.text(kind_title(file.media_type)),
            media_type=file.media_type,
            size=file.size,
            sha256=file.sha256,
        )
        for entry in reversed(readable_assessment_views(caller, state, compiled.rulebook))
        for file in entry.files
    ]
