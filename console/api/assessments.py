"""`GET /assessments`, `/assessments/{year}/{unit}`: the stages of assessments, and everything about one."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Security
from pydantic import BaseModel

from console.web.display.entries import readable_views
from console.web.display.files import kind
from console.web.request.page_request import PageRequest
from states import policy, privacy
from states.assessment import UNOPENED, WITHDRAWN
from states.assessment import Assessment as State
from states.chart import ACT_OF_FACT, stage_title
from states.compiled_rulebook import CompiledRulebook
from states.context import Context
from states.offers import next_act
from states.refusals import NotThere
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
    """Which assessments: of a year (without it, the last there is), of a unit."""

    model_config = STRICT
    year: Annotated[int, Query(**YEAR)] | None = None
    unit: str | None = None


class OccasionQuery(BaseModel):
    """A special assessment of the unit, by its occasion; without it, the annual one."""

    model_config = STRICT
    occasion: str | None = None


class Progress(BaseModel):
    """The stage of one assessment: `stage` for programs, `stage_title` for people; `version` is that of its stream.

    `occasion` and `title` are a special assessment's id and what people call it; null for the annual one.
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
    """Assessments, by unit."""

    assessments: list[Progress]


class Step(BaseModel):
    """A stage reached: by which account, recorded when."""

    stage: str
    version: int
    actor: str
    recorded_at: datetime


class File(BaseModel):
    """A file that came with an entry: which act recorded it, what it is called (null where that is not known), what it is."""

    entry: int
    act: str
    act_title: str
    name: str | None
    kind: str
    media_type: str
    size: int
    sha256: str


class NextAct(BaseModel):
    """What the assessment waits for: the act, the roles it is for, its deadline."""

    act: str
    title: str
    roles: tuple[str, ...]
    due: date | None


class Assessment(Progress):
    """One assessment. `open_acts` are those open to the caller here and now; `tasks` what follows from its result.

    `files` are those of the entries the caller may read, in their order.
    """

    due: dict[str, date]
    steps: list[Step]
    next: NextAct | None
    open_acts: list[str]
    tasks: dict[str, datetime | None]
    files: list[File]


@router.get("", summary="年度考核进度")
def assessments(caller: Caller, query: Annotated[AssessmentsQuery, Query()]) -> Assessments:
    """The stages of the assessments of a year."""
    years = [query.year] if query.year is not None else queries.years(caller.database)[:1]
    rows = [row for year in years for row in queries.assessments(caller.database, year)]
    mine = [
        row for row in rows if caller.permissions.may_view("assessment", row.unit) and query.unit in (None, row.unit)
    ]
    return Assessments(assessments=[Progress(**_progress(caller, *of_stream(caller, row.stream))) for row in mine])


@router.get("/{year}/{unit}", summary="一个部门的考核")
def assessment(caller: Caller, year: Year, unit: str, query: Annotated[OccasionQuery, Query()]) -> Assessment:
    """One assessment: its stage, deadlines and steps, what it waits for, what the caller may do."""
    state, context, compiled = opened(caller, year, unit, query)
    following = next_act(state, compiled.rulebook)
    return Assessment(
        **_progress(caller, state, context, compiled), due=state.due,
        steps=[Step(stage=one.stage, version=one.version, actor=one.actor, recorded_at=one.at) for one in state.steps],
        next=NextAct(act=following.act, title=caller.format.text(following.title), roles=following.by, due=following.due)
        if following else None,
        open_acts=list(caller.permissions.acts(state, context, compiled)), tasks=state.tasks, files=_files(caller, state, compiled),
    )  # fmt: skip


def opened(caller: PageRequest, year: int, unit: str, query: OccasionQuery) -> tuple[State, Context, CompiledRulebook]:
    """An assessment that was opened. `NotThere` otherwise."""
    stream = assessment_stream(year, unit, query.occasion)
    privacy.check_stream(stream)
    return of_stream(caller, stream)


def of_stream(caller: PageRequest, stream: str) -> tuple[State, Context, CompiledRulebook]:
    """As `opened`, by the stream."""
    state, context, compiled = caller.context(stream)
    assert isinstance(state, State)
    if state.stage == UNOPENED:
        first = policy.title("open_assessment", compiled.rulebook)
        raise NotThere(act=Text(zh="查阅考核", en="read the assessment"), stream=stream, first=first)
    return state, context, compiled


def _progress(caller: PageRequest, state: State, _context: Context, compiled: CompiledRulebook) -> dict[str, Any]:
    return {
        "stream": state.stream, "year": state.year, "unit": state.unit, "unit_title": caller.roster.title(state.unit, state.year),
        "occasion": state.occasion, "title": state.title, "version": state.version, "stage": state.stage,
        "stage_title": caller.format.text(stage_title(state.stage, compiled.rulebook)), "withdrawn": state.stage == WITHDRAWN,
    }  # fmt: skip


def _files(caller: PageRequest, state: State, compiled: CompiledRulebook) -> list[File]:
    """The files of the entries the caller may read, the first entry's first."""
    return [
        File(
            entry=line.number, act=ACT_OF_FACT[line.kind], act_title=caller.format.text(line.title), name=one.name or None,
            kind=caller.format.text(kind(one.media_type)), media_type=one.media_type, size=one.size, sha256=one.sha256,
        )
        for line in reversed(readable_views(caller, state, compiled.rulebook))
        for one in line.files
    ]  # fmt: skip
