"""考核: the page of one assessment, the download of its documents, and functions with which other pages describe it.

The page has the steps, the next act, the recorded values, the result, the follow-up tasks, the routine checks and the
entries. The result, the persons of a task and the checks are left out for a user who may not see them.

Not here: the forms of the acts on it (`act_page.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from msgspec import Struct
from starlette.responses import Response

from console.web import downloads
from console.web.assessment_paths import assessment_path
from console.web.assignees import assignment_views
from console.web.display import entries
from console.web.display.overview import overview
from console.web.display.records import task_person_text
from console.web.display.terms import named, terms_of
from console.web.display.windows import window_views
from console.web.numbers import whole_number
from console.web.pages.papers.papers import papers_of
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from documents.inspection import ENDING_OF_MEDIA_TYPE
from states import policy
from states.acts import ACTS
from states.assessment import UNOPENED, Assessment, ChaseState, Member
from states.cases.routine_check import STATUS_TITLES
from states.chart import stage_title
from states.compiled_rulebook import CompiledRulebook
from states.context import Context
from states.deadlines.assignment import ASSIGNMENT_ACTS
from states.deadlines.chase import CHASE_ACTS, Chase, items_to_chase, last_chase
from states.deadlines.lights import LIGHT_TITLES, light_of, stage_lights
from states.deadlines.reminders import next_stage
from states.deadlines.task_dates import dates_of_tasks
from states.explanation import explain
from states.offers import next_act_for
from states.records.lineage import origin_reorganisations
from states.records.routine_check import RoutineCheck
from states.records.year import Visit as PlannedVisit
from states.records.year import Year
from states.refusals import NotThere
from states.result.open_tasks import open_task_ids, task_title
from states.result.task_persons import persons_of
from states.rulebook.calculation.forms import ScoreForm
from states.rulebook.calculation.numbers import plain
from states.rulebook.sentences.explained_lines import ExplainedLine
from states.rulebook.tasks import Follow
from states.rulebook.types import Rulebook
from states.stages.circulation import Circulated
from states.stages.reopening import corrections
from states.stages.scoring import Scored
from states.streams import assessment_stream, id_of, year_stream
from states.views import COMMENTS
from states.vocabulary import UNIT_ROLE, Text
from storage import queries
from storage.papers import documents
from storage.papers.comments import comments_of

pages = Pages()

_WITHOUT_FORM = frozenset(
    ("open_assessment", "remind", "escalate", "lapse_reminders", "raise_veto", "note_stale_score")
)
FORMS = tuple(name for name, act in ACTS.items() if act.state_type is Assessment and name not in _WITHOUT_FORM)
"""The acts on an assessment that have a form in `act_page.py`.

The opening has a page of its own (`special.py`). The other acts in `_WITHOUT_FORM` are done by the scheduler.
"""

GRAVE_ACTS = frozenset(("return_self_report", "return_score", "withdraw", "undo_step", "reopen_result"))
"""The acts that undo or return something. Their buttons look different and come last."""


_ACTS_OF_AN_ITEM = (*CHASE_ACTS, *ASSIGNMENT_ACTS)
"""The acts whose forms are at each open step and task, and not among the other acts."""


class StepView(Struct, frozen=True):
    """One step of the step indicator: its stage, its light, and the day on which it was done or is due.

    `place` is `past`, `here` (the current step) or empty (a later step). `word` is the title of the light.
    """

    stage: str
    title: Text
    place: str
    light: str
    word: Text
    day: date | None


class CheckView(Struct, frozen=True):
    """A routine check that concerns an assessment: its page's path, its status, its elements' printed numbers."""

    check: RoutineCheck
    link: str
    status: Text
    labels: tuple[str, ...]


class NextStep(Struct, frozen=True):
    """The next act on an assessment: its roles (`by`), its deadline and its requirements.

    `days_left` counts working days, below 0 if the step is late; None without a deadline. `needs` has each requirement,
    and whether it is met. `mine` tells whether the user may do the act now. `item` is the key of the stage that waits
    for it; empty if none does.
    """

    act: str
    title: Text
    by: str
    due: date | None
    light: str
    days_left: int | None
    needs: list[tuple[Text, bool]]
    mine: bool
    item: str


class ExplainedResult(Struct, frozen=True):
    """The result of an assessment, and those lines explaining the score and the grade that the user may read."""

    score: str
    grade: Text
    lines: list[ExplainedLine]


class FollowUpTask(Struct, frozen=True):
    """A task that follows from the result (第九条).

    `until` is the last day of a bar. `is_possible`: it can be done now, and waits for no other task. `is_mine`: by
    the user. `persons` are the
    persons it concerns; empty if the user may not know them.
    """

    key: str
    title: Text
    due: date | None
    until: date | None
    done_at: datetime | None
    is_possible: bool
    is_mine: bool
    persons: list[Text]


def member_title(member: Member, request: PageRequest) -> str:
    """A member of the team: the name and the position; the id where no name is known."""
    name = request.names_of_persons.get(member.person)
    if name is None:
        return f"{member.position}（{member.person}）"
    return f"{request.format.text(name)}（{member.position}）"


@pages.get("/assessments/{year:int}/{unit}/documents/{sha256}", view="assessment")
def document(request: PageRequest, year: int, unit: str, sha256: str) -> Response:
    """Send a document that an entry names, of any assessment of the department in that year.

    Only entries that the user may read count.
    """
    streams = [row.stream for row in queries.assessments(request.database, year) if row.unit == unit]
    views = [
        view
        for stream in streams
        for state, _, compiled in [assessment_of(request, stream)]
        for view in entries.readable_assessment_views(request, state, compiled.rulebook)
    ]
    return send_document(request, views, sha256, f"{year}-{unit}")


def send_document(request: PageRequest, views: Iterable[entries.EntryView], sha256: str, fallback: str) -> Response:
    """Send the document with this digest, if one of these entries names it. Raises `NotThere`.

    The query may name one entry (`?entry=`); then only that entry counts. The file has the name that the entry gives
    it, or a name that begins with `fallback`. With `?open` the browser opens the file instead of saving it.
    """
    entry = whole_number(request.query.get("entry", ""))
    files = (file for view in views for file in view.files if file.sha256 == sha256 and file.name is not None)
    # If the name is None, the entry was recorded without the bytes: the API accepts a digest alone. Such an entry sends
    # nothing, because a person who learnt a digest elsewhere and recorded it must not get the document.
    for file in files:
        if entry in (None, file.entry) and (data := documents.read(request.database, sha256)) is not None:
            name = file.name or f"{fallback}-{sha256[:8]}.{ENDING_OF_MEDIA_TYPE.get(file.media_type, 'bin')}"
            return downloads.download_response(data, file.media_type, name, inline="open" in request.query)
    why = Text(
        zh="这份文件只在台账中登记了摘要，系统中没有原件",
        en="the ledger has only the digest of this document; the file is not stored here",
    )
    raise NotThere(act=Text(zh="下载文件", en="download"), stream=sha256[:12], first=why)


@pages.get("/assessments/{year:int}/{unit}", view="assessment")
def show(request: PageRequest, year: int, unit: str) -> Response:
    state, context, compiled = assessment_of(request, stream_of(request, year, unit))
    rulebook = compiled.rulebook
    offers = request.permissions.acts(state, context, compiled)
    next_step = _next_step(request, state, context, offers)
    others = (act for act in FORMS if act in offers and act not in (*_ACTS_OF_AN_ITEM, next_step and next_step.act))
    views = entries.readable_assessment_views(request, state, rulebook)
    kinds = {kind.key: kind.title.text for kind in rulebook.unit_kind}
    return request.answer.page(
        "assessment.html",
        state=state,
        rulebook=rulebook,
        kind=kinds.get(state.unit_kind, state.unit_kind),
        link=lambda act="", **more: assessment_path(state, act, **more),
        title_of=lambda act: policy.title(act, rulebook, state),
        member_name=terms_of(request, state, rulebook).member,
        names=request.account_names,
        last_step=stage_title(state.stage, rulebook),
        steps=steps_of(request, state, rulebook),
        next=next_step,
        offers=offers,
        others=sorted(others, key=GRAVE_ACTS.__contains__),
        grave=GRAVE_ACTS,
        done=next((_title_of_done(act, state, rulebook) for act in FORMS if act == request.query.get("done")), None),
        planned_visit=planned_visit(request, state),
        overview=overview(request, state, rulebook, views),
        result=_result(request, state, rulebook),
        tasks=_tasks(request, state, rulebook),
        chase_of=lambda key: _last_chase(request, state, key),
        to_chase=items_to_chase(state, context) if Chase.act in offers else {},
        papers=papers_of(request, state, rulebook),
        assignments=assignment_views(request, state, context, compiled),
        windows=window_views(request, named(request, state), rulebook),
        checks=checks_of(request, state, context),
        lines=[view for view in views if not view.is_reminder],
        reminders=[view for view in views if view.is_reminder],
        comments=comments_of(request.database, state.stream) if request.permissions.may_view(COMMENTS, unit) else None,
        sees_confidential=request.permissions.may_view("confidential", unit),
        origins=origin_reorganisations(unit, request.roster),
        reorganisation=request.roster.closing(unit),
    )


def _last_chase(request: PageRequest, state: Assessment, key: str) -> ChaseState | None:
    """The last chase of an open stage or task. People of the department see only one that asks the department."""
    chase = last_chase(state, (key,))
    is_for_user = chase is not None and (UNIT_ROLE in chase.to or request.permissions.may_view("results", state.unit))
    return chase if is_for_user else None


def _title_of_done(act: str, state: Assessment, rulebook: Rulebook) -> Text:
    """The title of the act that was just done. A step has it from its own entry, because another one may be next."""
    return policy.title(act, rulebook, record=state.steps[-1].fact)


def stream_of(request: PageRequest, year: int, unit: str) -> str:
    """The stream of the assessment in the URL: the annual one, or a special one (`?occasion=`)."""
    return assessment_stream(year, unit, request.query.get("occasion", ""))


def assessment_of(request: PageRequest, stream: str) -> tuple[Assessment, Context, CompiledRulebook]:
    """The assessment, the context of a decision about it, and its rulebook.

    Raises `NotThere` if it was never opened.
    """
    state, context, compiled = request.context(stream)
    assert isinstance(state, Assessment)
    if state.stage == UNOPENED:
        first = policy.title("open_assessment", compiled.rulebook)
        raise NotThere(act=Text(zh="查阅考核", en="look at the assessment"), stream=id_of(stream), first=first)
    return state, context, compiled


def steps_of(request: PageRequest, state: Assessment, rulebook: Rulebook) -> list[StepView]:
    """The steps after the opening, for the step indicator."""
    lights = stage_lights(state, rulebook, request.today, request.soon_until)
    current = next_stage(state, rulebook)
    done_on = {step.stage: step.at.astimezone(request.zone).date() for step in state.steps}
    # The last light is that of the follow-up, which is not a step. `zip` leaves it out, because it has no stage.
    return [
        StepView(
            stage=stage.key,
            title=stage.title.text,
            place="past" if cell.light == "done" else "here" if stage is current else "",
            light=cell.light,
            word=LIGHT_TITLES[cell.light],
            day=cell.due or done_on.get(stage.key),
        )
        for stage, cell in zip(rulebook.stage[1:], lights, strict=False)
    ]


def checks_of(request: PageRequest, state: Assessment, context: Context) -> list[CheckView]:
    """The routine checks that concern this assessment, the oldest first; empty if the user may not see them."""
    if not request.permissions.may_view("routine_checks", state.unit):
        return []
    table = context.rulebook.forms_by_kind[state.unit_kind]
    days_and_checks = [
        (check.findings.checked_on, check)
        for check in context.checks
        if check.findings and check.unit == state.unit and check.concerns(state.year)
    ]
    return [_check_view(request, check, table) for _, check in sorted(days_and_checks, key=lambda pair: pair[0])]


def _check_view(request: PageRequest, check: RoutineCheck, table: ScoreForm) -> CheckView:
    # After a reorganisation, the context of an assessment gives the check to the successor department. The path of its
    # page still has the department that was checked.
    recorded = request.engine.state(check.stream)
    unit = recorded.unit if isinstance(recorded, RoutineCheck) else check.unit
    elements = check.findings.elements if check.findings else ()
    labels = tuple(table.elements[key].label for key in elements if key in table.elements)
    return CheckView(check, f"/routine-checks/{unit}/{check.id}", STATUS_TITLES[check.status], labels)


def planned_visit(request: PageRequest, state: Assessment) -> PlannedVisit | None:
    """The planned visit to the department; None after the visit is recorded, and for a special assessment.

    The plan of a year has no special assessments.
    """
    if state.occasion is not None or state.step("site_inspection") is not None:
        return None
    year = request.engine.state(year_stream(state.year))
    return year.visits.get(state.unit) if isinstance(year, Year) else None


def _next_step(request: PageRequest, state: Assessment, context: Context, offers: dict[str, Any]) -> NextStep | None:
    """The next act; None if the assessment is withdrawn or finished. `offers` are the acts that the user may do."""
    next_step = next_act_for(request.user.roles, state, context)
    if next_step is None:
        return None
    start_day = state.steps[-1].at.astimezone(request.zone).date()
    due = next_step.due
    return NextStep(
        act=next_step.act,
        title=next_step.title,
        by=request.format.join(request.format.role(role) for role in next_step.by),
        due=due,
        light=light_of(start_day, due, request.today, request.soon_until),
        days_left=None if due is None else request.working_days.between(request.today, due),
        needs=list(_needs(state, context.rulebook)),
        mine=next_step.act in offers and not request.user.roles.isdisjoint(next_step.by),
        item=stage.key if (stage := next_stage(state, context.rulebook)) is not None else "",
    )


def _needs(state: Assessment, rulebook: Rulebook) -> Iterator[tuple[Text, bool]]:
    """The requirements of the next step, and whether each is met already.

    Only the number of score sheets can be checked here. The requirements of the rulebook always count as not met.
    """
    stage = next_stage(state, rulebook)
    if stage is None:
        return
    if stage.kind == "scoring":
        filled, least = len(state.sheets), rulebook.scoring.minimum_sheets
        sheets = Text(
            zh=f"考核人员评分表（已有 {filled} 份，至少 {least} 份）",
            en=f"Assessors' score sheets ({filled} of at least {least})",
        )
        yield sheets, filled >= least
    for required in stage.requires:
        yield required.text, False


def _result(request: PageRequest, state: Assessment, rulebook: Rulebook) -> ExplainedResult | None:
    """The result, if the user may read it.

    The department's own people may read it after it is circulated, without the lines about cases.
    """
    scored = state.fact(Scored)
    if scored is None or not request.permissions.may_read_result(state):
        return None
    lines = (
        explain(
            named(request, state), rulebook, with_members=request.permissions.may_view("member_results", state.unit)
        )
        if request.permissions.may_view("results", state.unit)
        else [*corrections(state, rulebook, everything=False)]
    )
    return ExplainedResult(plain(scored.result.score), rulebook.grade_title(scored.result.grade), lines)


def readable_tasks(request: PageRequest, state: Assessment) -> list[str]:
    """The ids of the follow-up tasks that the user, who may see the assessment, may read."""
    # A task names persons, and measures against them. Only users who may view results see the persons and the tasks of
    # persons. The department's own people do not see them.
    sees_persons = request.permissions.may_view("results", state.unit)
    return [id_ for id_ in state.tasks if id_ not in state.reviews and (sees_persons or not Follow.from_id(id_).person)]


def _persons_of(request: PageRequest, state: Assessment, id_: str, rulebook: Rulebook) -> list[Text]:
    """The persons whom a task concerns: of a task that is done, with the measures; also somebody outside the team."""
    terms = terms_of(request, state, rulebook)
    recorded = [task_person_text(person, terms) for person in state.task_persons.get(id_, ())]
    return recorded or persons_of(named(request, state), id_, rulebook)


def _tasks(request: PageRequest, state: Assessment, rulebook: Rulebook) -> list[FollowUpTask]:
    """The follow-up tasks, open and done. The persons are left out if the user may not see them."""
    circulation = state.fact(Circulated)
    dates = dates_of_tasks(state, circulation.circulated_on, rulebook) if circulation else {}
    sees_persons = request.permissions.may_view("results", state.unit)
    possible, with_names = open_task_ids(state, rulebook), named(request, state)
    readable = readable_tasks(request, state)
    return [
        FollowUpTask(
            key=id_,
            title=task_title(with_names, id_, rulebook),
            due=dates[id_].due,
            until=dates[id_].until,
            done_at=done_at,
            is_possible=id_ in possible,
            is_mine=id_ in possible and not request.user.roles.isdisjoint(rulebook.tasks[Follow.from_id(id_).key].by),
            persons=_persons_of(request, state, id_, rulebook) if sees_persons else [],
        )
        for id_, done_at in state.tasks.items()
        if id_ in readable
    ]
