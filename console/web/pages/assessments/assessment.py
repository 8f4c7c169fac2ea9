"""考核: one department's assessment, whole, and the form of every act on it.

The forms are one page drawn from the command (`console/web/forms/act_form.py`); what is particular to an act is what it may choose from
and what stands in it before anybody types (`choices`, `_typed`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from msgspec import Struct, json
from starlette.responses import Response

from console.web import downloads
from console.web.display import entries
from console.web.display.files import File
from console.web.display.overview import overview
from console.web.display.score_sheet import initial_fields, score_sheet
from console.web.display.terms import Terms, terms_of
from console.web.forms import act_form, confidential_fields, confidential_files, confirmation, uploads
from console.web.forms.act_form import Input, Reading
from console.web.forms.returns import Returned, returned, submitted
from console.web.forms.submitting import submit
from console.web.numbers import whole_number
from console.web.request.page_request import PageRequest
from console.web.routes import Pages, Show
from documents.inspection import ENDING_OF_MEDIA_TYPE
from states import policy
from states.assessment import UNOPENED, WITHDRAWN, Assessment, Member
from states.cases.case import title as case_title
from states.chart import ACTS, stage_title
from states.compiled_rulebook import CompiledRulebook
from states.context import Context
from states.deadlines.lights import WORDS, cells, timed
from states.deadlines.reminders import awaited, waiting
from states.explanation import explain
from states.offers import next_act
from states.records.lineage import origins
from states.records.routine_check import RoutineCheck
from states.records.year import Visit as PlannedVisit
from states.records.year import Year
from states.refusals import NotThere, Refusal
from states.result.result import Line as Explained
from states.result.result import costs, plain
from states.result.task_persons import persons_of
from states.routine_check import STATUS
from states.rulebook.types import Rulebook, Table
from states.stages.democratic_evaluation import TEAM
from states.stages.kinds import STAGE_OF_ACT
from states.stages.reopening import by_cases, corrections
from states.stages.scoring import Scored, compute
from states.streams import assessment_stream, id_of, year_stream
from states.vocabulary import Command, Document, Text
from storage import queries
from storage.papers import documents, drafts

pages = Pages()

FORMS = tuple(
    name
    for name, act in ACTS.items()
    if act.state_type is Assessment
    and name not in ("open_assessment", "remind", "escalate", "lapse_reminders", "raise_veto", "note_stale_score")
)
"""The acts on an assessment that have a form: all but its opening, which is the year's, and the clock's own."""

_SHEETS = frozenset(("fill_sheet", "score"))
_GRAVE = frozenset(("record_veto", "lift_veto"))
_BACK = frozenset(("return_self_report", "return_score", "withdraw", "undo_step", "reopen_result"))


class Step(Struct, frozen=True):
    """One step of the indicator: the state it leads to, its light, and the day it was done or is due."""

    stage: str
    title: Text
    place: str
    light: str
    word: Text
    day: date | None


class Checked(Struct, frozen=True):
    """One routine check beside an assessment: its page, how it stands, the printed numbers of its elements."""

    check: RoutineCheck
    link: str
    status: Text
    labels: tuple[str, ...]


class Result(Struct, frozen=True):
    """What came out, in numbers and in words."""

    score: str
    grade: Text
    lines: list[Explained]


def link(state: Assessment, act: str = "", **more: str) -> str:
    """Where an assessment's page is, or the form of an act on it; a special one is named in the query."""
    query = {"occasion": state.occasion, **more} if state.occasion else more
    return (
        f"/assessments/{state.year}/{state.unit}"
        + (f"/{act}" if act else "")
        + (f"?{urlencode(query)}" if query else "")
    )


@pages.get("/assessments/{year:int}/{unit}/documents/{sha256}", view="assessment")
def document(request: PageRequest, year: int, unit: str, sha256: str) -> Response:
    """A document of this unit's year, saved or opened."""
    lines = [
        line
        for stream in _streams(request, year, unit)
        for state, _, compiled in [assessment_of(request, stream)]
        for line in entries.readable_views(request, state, compiled.rulebook)
    ]
    return handed_over(request, lines, sha256, f"{year}-{unit}")


def handed_over(request: PageRequest, lines: list[entries.EntryView], sha256: str, fallback: str) -> Response:
    """A document that came with one of these entries, under the name it has there; `fallback` where that is not known. NotThere.

    The entry is the one the address names, else the last one. An entry without the bytes hands out nothing: a digest may be learnt
    elsewhere, and the API takes one, so naming it gives no right to the document.
    """
    entry = whole_number(request.query.get("entry", ""))
    named = (one for line in lines for one in line.files if one.sha256 == sha256 and one.name is not None)
    for one in named:
        if entry in (None, one.entry) and (data := documents.read(request.database, sha256)) is not None:
            name = one.name or f"{fallback}-{sha256[:8]}.{ENDING_OF_MEDIA_TYPE.get(one.media_type, 'bin')}"
            opened = "open" in request.query
            return downloads.answer(data, one.media_type, name, opened=opened)
    why = Text(
        zh="这份文件只在台账中登记了摘要，系统中没有原件",
        en="the ledger has only the digest of this document; the file is not stored here",
    )
    raise NotThere(act=Text(zh="下载文件", en="download"), stream=sha256[:12], first=why)


def _streams(request: PageRequest, year: int, unit: str) -> list[str]:
    return [row.stream for row in queries.assessments(request.database, year) if row.unit == unit]


def _page_of(act: str) -> tuple[Show, Show]:
    """The form of an act, and where it goes."""

    def show(request: PageRequest, year: int, unit: str) -> Response:
        return _Form(request, act, stream_of(request, year, unit)).show()

    def post(request: PageRequest, year: int, unit: str) -> Response:
        return _Form(request, act, stream_of(request, year, unit)).posted()

    return show, post


for _act in FORMS:
    _show, _post = _page_of(_act)
    _view = "score_sheet" if _act in _SHEETS else "assessment"
    pages.get(f"/assessments/{{year:int}}/{{unit}}/{_act}", view=_view, reauthenticates=_act in _GRAVE)(_show)
    pages.post(f"/assessments/{{year:int}}/{{unit}}/{_act}", view=_view, reauthenticates=_act in _GRAVE)(_post)


@pages.get("/assessments/{year:int}/{unit}", view="assessment")
def show(request: PageRequest, year: int, unit: str) -> Response:
    state, context, compiled = assessment_of(request, stream_of(request, year, unit))
    rulebook = compiled.rulebook
    offers = request.permissions.acts(state, context, compiled)
    following = next_act(state, rulebook)
    lines = entries.readable_views(request, state, rulebook)
    return request.answer.page(
        "assessment.html", state=state, rulebook=rulebook, link=lambda act="", **more: link(state, act, **more), steps=steps_of(request, state, rulebook),
        next=following, light=_light_of_next(request, state, rulebook, following.due if following else None),
        left=_left(request, following.due if following else None), needs=list(_needs(state, rulebook)),
        mine=following is not None and following.act in offers, offered=offers,
        by=request.format.join(request.format.role(role) for role in following.by) if following else "",
        kind=next((k.title.text for k in rulebook.scope.unit_kind if k.key == state.unit_kind), state.unit_kind),
        others=sorted((a for a in FORMS if a in offers and (following is None or a != following.act)), key=_BACK.__contains__),
        title_of=lambda act: policy.title(act, rulebook), back=_BACK, result=_result(request, state, rulebook),
        tasks=_tasks(request, state, rulebook), lines=[line for line in lines if not line.called],
        reminders=[line for line in lines if line.called], names=request.account_names, stage=stage_title(state.stage, rulebook),
        done=next((act for act in FORMS if act == request.query.get("done")), None),
        secrets=request.permissions.may_view("confidential", unit), checks=checks_of(request, state, context), before=origins(unit, request.roster), end=request.roster.end(unit),
        coming=_coming(request, state), all=overview(request, state, rulebook, lines), called=terms_of(request, state, rulebook).member,
    )  # fmt: skip


def checks_of(request: PageRequest, state: Assessment, context: Context) -> list[Checked]:
    """The routine checks that concern this assessment, where the reader may see them."""
    if not request.permissions.may_view("routine_checks", state.unit):
        return []
    table = context.rulebook.tables[state.unit_kind]
    found = [one for one in context.checks if one.unit == state.unit and one.concerns(state.year) and one.findings]
    return sorted((_checked(request, one, table) for one in found), key=lambda one: one.check.findings.checked_on)  # type: ignore[union-attr]


def _checked(request: PageRequest, check: RoutineCheck, table: Table) -> Checked:
    recorded = request.engine.state(check.stream)  # the unit that was checked: here it may be a successor
    unit = recorded.unit if isinstance(recorded, RoutineCheck) else check.unit
    touched = check.findings.elements if check.findings else ()
    labels = tuple(table.elements[key].label for key in touched if key in table.elements)
    return Checked(check, f"/routine-checks/{unit}/{check.id}", STATUS[check.status], labels)


def stream_of(request: PageRequest, year: int, unit: str) -> str:
    """The assessment the address names: the year's own, or a special one."""
    occasion = request.query.get("occasion", "")
    return assessment_stream(year, unit, occasion)


def assessment_of(request: PageRequest, stream: str) -> tuple[Assessment, Context, CompiledRulebook]:
    """An assessment that was opened. NotThere."""
    state, context, compiled = request.context(stream)
    assert isinstance(state, Assessment)
    if state.stage == UNOPENED:
        first = policy.title("open_assessment", compiled.rulebook)
        raise NotThere(act=Text(zh="查阅考核", en="look at the assessment"), stream=id_of(stream), first=first)
    return state, context, compiled


def steps_of(request: PageRequest, state: Assessment, rulebook: Rulebook) -> list[Step]:
    """The steps after the opening, each with its light."""
    found = cells(state, rulebook, request.today, request.soon_until)
    now, done = waiting(state, rulebook), {step.stage: step.at.astimezone(request.zone).date() for step in state.steps}
    steps = []
    for stage, cell in zip(rulebook.stage[1:], found, strict=False):
        reached = stage.kind
        place = "past" if cell.light == "done" else "here" if stage is now else ""
        day = cell.due or done.get(reached)
        steps.append(Step(reached, stage.title.text, place, cell.light, WORDS[cell.light], day))
    return steps


def _light_of_next(request: PageRequest, state: Assessment, rulebook: Rulebook, due: date | None) -> str:
    begun = state.steps[-1].at.astimezone(request.zone).date()
    return timed(begun, due, request.today, request.soon_until)


def _coming(request: PageRequest, state: Assessment) -> PlannedVisit | None:
    """The visit planned for the unit, while its on-site round is still to be recorded; None for a special assessment."""
    year = request.engine.state(year_stream(state.year))
    over = state.occasion is not None or state.step("site_inspection") is not None
    return year.visits.get(state.unit) if isinstance(year, Year) and not over else None


def _left(request: PageRequest, due: date | None) -> int | None:
    """The working days left, today among them; below 0, how many ago it was due; None without a deadline."""
    if due is None:
        return None
    return request.working_days.between(request.today, due)


def _needs(state: Assessment, rulebook: Rulebook) -> Iterator[tuple[Text, bool]]:
    """What the next step needs: each thing, and whether it is there already."""
    stage = waiting(state, rulebook)
    if stage is None:
        return
    if stage.kind == "scoring":
        filled, least = len(state.sheets), rulebook.scoring.minimum_sheets
        yield (
            Text(
                zh=f"考核人员评分表（已有 {filled} 份，至少 {least} 份）",
                en=f"Assessors' score sheets ({filled} of at least {least})",
            ),
            filled >= least,
        )
    for required in stage.requires:
        yield required.text, False


def _result(request: PageRequest, state: Assessment, rulebook: Rulebook) -> Result | None:
    """The result, for whom it is: the unit's own people see it once it is circulated, without the cases behind it."""
    scored = state.fact(Scored)
    if scored is None or not request.permissions.may_read_result(state):
        return None
    lines = (
        explain(state, rulebook)
        if request.permissions.may_view("results", state.unit)
        else [*corrections(state, rulebook, everything=False)]
    )
    return Result(plain(scored.result.score), rulebook.grades[scored.result.grade].title.text, lines)


def _tasks(
    request: PageRequest, state: Assessment, rulebook: Rulebook
) -> list[tuple[str, Text, tuple[str, ...], date | None, Any, list[Text]]]:
    """What follows, and whom each part concerns: for those alone who see results, as a measure against somebody is not for all."""
    due = {task.key: day for task, day in awaited(state, rulebook)}
    return [
        (
            key, rulebook.consequences[key].title.text, rulebook.consequences[key].by, due.get(key), done,
            persons_of(state, rulebook.consequences[key]) if request.permissions.may_view("results", state.unit) else [],
        )
        for key, done in state.tasks.items()
    ]  # fmt: skip


class _Form:
    """The form of one act on one assessment, for one request."""

    def __init__(self, request: PageRequest, act: str, stream: str) -> None:
        self.request, self.act = request, act
        self.state, self.context, self.compiled = assessment_of(request, stream)
        self.rulebook = self.compiled.rulebook
        self.key = f"{act} {stream}"
        self.command: Command | None = None

    @cached_property
    def left(self) -> drafts.Draft | None:
        """What the account left in the form."""
        return drafts.find(self.request.database, self.request.user.id, self.key)

    def show(self) -> Response:
        left = None if self.request.form.saved_at else self.left
        again = submitted(self.request, self.state, self.act)
        self.request.form.prefill(
            left.fields if left else again or _typed(self.request, self.act, self.state, self.rulebook)
        )
        return self.page(200, draft=left.at if left else None)

    def posted(self) -> Response:
        request = self.request
        if request.form.text("_do") == "keep":
            return self.keep()
        try:
            act_form.take_files(request)
            if request.form.text("_do") == "draft":
                drafts.store(request.database, request.user.id, self.key, self.typed(), request.now)
                return request.answer.redirect(link(self.state, self.act))
            reading = Reading(request, self.act, self.state, self.context)
            self.command = command = act_form.read(reading)
            command = confidential_fields.keep(
                request, command, self.state.stream, reading.confidential, [self.state.unit]
            )
            submit(request, self.state.stream, command)
        except (uploads.Removed, confirmation.BackToForm) as calm:
            drafts.store(request.database, request.user.id, self.key, self.typed(), request.now)
            return self.page(200, refusal=calm)
        except confirmation.CheckNeeded:
            drafts.store(request.database, request.user.id, self.key, self.typed(), request.now)
            raise
        except Refusal as refusal:
            return self.page(403 if refusal.grave else 409, refusal=refusal)
        drafts.delete_draft(request.database, request.user.id, self.key)
        return request.answer.redirect(link(self.state, done=self.act))

    def keep(self) -> Response:
        """What `draft.js` sends by itself, and what it says: kept at, or why not. Files come with the buttons only."""
        request, at = self.request, self.request.now
        seen = _moment(request.form.text("seen"))
        done = drafts.store_if_unchanged(request.database, request.user.id, self.key, self.typed(), at, seen)
        said = KEPT if done else ELSEWHERE
        if done and request.form.text("version") != str(self.state.version):
            said = OVERTAKEN
        answer = {
            "seen": at.isoformat() if done else "",
            "said": request.format.text(said) % request.format.moment(at)[-5:],
        }
        return Response(json.encode(answer), 200 if done else 409, media_type="application/json")

    def typed(self) -> drafts.Fields:
        """What was typed, without what the form itself adds, the files, and what is said in confidence."""
        return [
            (n, v)
            for n, v in self.request.form.items()
            if isinstance(v, str) and not confirmation.is_ours(n) and not n.startswith(confidential_files.PREFIX)
        ]

    def page(self, status: int, refusal: Refusal | None = None, draft: Any = None) -> Response:
        """The form, for those whose act it is; a refusal that says whose it is, for all others."""
        request, state = self.request, self.state
        request.permissions.require_act(self.act, state, self.context)
        stage = self.rulebook.stages.get(STAGE_OF_ACT.get(self.act, ""))
        _, clause = policy.entitled(self.act, state, None, self.rulebook)
        return request.answer.page(
            "act.html", status, act=self.act, final=ACTS[self.act].is_final, back=self.back(), title=policy.title(self.act, self.rulebook), state=state,
            rulebook=self.rulebook, inputs_of=self.inputs(), refusal=refusal, draft=draft, seen=self.left.at.isoformat() if self.left else "",
            field_of=self.place, label_of={one.name: one.title for one in self.inputs()}, link=lambda act="", **more: link(state, act, **more), stage=stage,
            clause=clause, locked=confidential_fields.locked(request), talks=act_form.TALKS, grave=self.act in _BACK, mine=self.act in self.offers(),
            choices=lambda name: choices(name, self.act, state, self.rulebook, self.context), member=member_title,
            people=[(TEAM, Text(zh="领导班子", en="The team").render(request.user.language)), *((m.person, member_title(m)) for m in state.team)],
            table=self.rulebook.tables[state.unit_kind], sheet=score_sheet(self.act, state, self.rulebook, request.form.text), costs=self.costs(), file_of=self.file_of, checks=checks_of(request, state, self.context) if self.act in _SHEETS else [], secret=confidential_files.PREFIX, names=request.account_names,
            by_cases=by_cases(state, None, self.rulebook), concerns=self.concerns(), others=act_form.OTHERS, undone=stage_title(state.stage, self.rulebook), due=state.due.get(stage.kind) if stage else None,
                )  # fmt: skip

    def file_of(self, document: Document) -> File:
        """A file of the review of documents, which the score sheet shows."""
        step = self.state.step("document_review")
        return self.terms.file(self.state.stream, step.version if step else 0, document)

    @cached_property
    def terms(self) -> Terms:
        return terms_of(self.request, self.state, self.rulebook)

    def place(self, path: str) -> str:
        """Where this form has a field of its command."""
        return act_form.place(path, self.command, Reading(self.request, self.act, self.state, self.context))

    def inputs(self) -> list[Input]:
        """The fields, as this state asks for them."""
        resolved = act_form.rests_on_a_resolution(self.act, self.state, self.rulebook)
        gone = {"cases": resolved, "persons": not self.concerns()}
        drawn = (one for one in act_form.inputs(self.act) if not gone.get(one.name, False))
        return [Input(one.name, one.kind, one.optional and not resolved) for one in drawn]

    def concerns(self) -> set[str]:
        """Whom the task that is chosen names, or, where none is, the tasks that are open: the team, those responsible."""
        if self.act != "complete_task":
            return set()
        known, chosen = self.rulebook.consequences, self.request.form.text("task")
        keys = [chosen] if chosen in known else [key for key, done in self.state.tasks.items() if not done]
        return {str(known[key].persons) for key in keys} - {"none"}

    def costs(self) -> list[Explained]:
        """What cases take off the agreed sheet (item 5), as far as they are known now; for whom results are."""
        if self.act != "score" or not self.request.permissions.may_view("results", self.state.unit):
            return []
        table = self.rulebook.tables[self.state.unit_kind]
        found = compute(self.state, {key: e.points for key, e in table.elements.items()}, self.context)
        return [line for line in costs(found, table, self.rulebook) if line.amount]

    def back(self) -> Returned | None:
        """Why this very form came back, where it did."""
        found = returned(self.request, self.state, self.rulebook)
        return found if found is not None and found.act == self.act else None

    def offers(self) -> dict[str, Any]:
        return self.request.permissions.acts(self.state, self.context, self.compiled)


KEPT = Text(zh="已保存 %s", en="Saved %s")
OVERTAKEN = Text(
    zh="已保存 %s。您填表期间本考核已有更新，提交会被退回：请刷新本页核对后再提交",
    en="Saved %s. The assessment has changed while you were filling in the form, so you cannot submit yet: reload, check, then submit",
)
ELSEWHERE = Text(
    zh="%s 未自动保存：本表在别的窗口另有暂存，或已经提交。要以本页为准，请点“暂存”",
    en="%s: not saved automatically. The form was saved in another window, or has been submitted. To keep what is on this page, select “Save draft”",
)
"""What saving by itself says; %s is the time of day."""


def _moment(said: str) -> datetime | None:
    """The moment a form says it knows of; None where it knows of none, or says what is none."""
    try:
        return datetime.fromisoformat(said)
    except ValueError:
        return None


def member_title(member: Member) -> str:
    """A member of the team, by post and id."""
    return f"{member.position}（{member.person}）"


def _typed(request: PageRequest, act: str, state: Assessment, rulebook: Rulebook) -> list[tuple[str, str]]:
    """What stands in a form before anybody types: what is known already, and no guesses."""
    if act == "record_meeting":
        return [("entitled", str(state.staff))]
    if act in _SHEETS:
        return initial_fields(act, state, request.user.id, rulebook.tables[state.unit_kind])
    if act == "circulate" and state.circulated:
        return [("replaces", state.circulated[-1])]
    if act == "reopen_result":
        return [("cases", case) for case in state.noted or () if by_cases(state, None, rulebook)]
    chosen = request.query.get("task", "")
    return [("task", chosen)] if act == "complete_task" else []


def choices(
    name: str, act: str, state: Assessment, rulebook: Rulebook, context: Context
) -> list[tuple[str, Text | str]]:
    """What a field chooses among."""
    if name == "team_report_by":
        return [(m.person, member_title(m)) for m in state.heads]
    if name == "leaves":
        return [(m.person, member_title(m)) for m in state.team]
    if name == "grade":
        scored = state.fact(Scored)
        return [(scored.result.grade, rulebook.grades[scored.result.grade].title.text)] if scored else []
    if name == "task":
        return [(k, rulebook.consequences[k].title.text) for k, done in state.tasks.items() if not done]
    if name == "stage":
        ahead = list(rulebook.stages).index(state.stage) if state.stage != WITHDRAWN else 0
        return [(s.kind, s.title.text) for s in rulebook.stage[ahead + 1 :] if s.kind in state.due]
    if name == "ground":
        return [(g.key, g.title.text) for g in rulebook.veto_ground if g.how == "judged"]
    return [(v.id, _veto(v.id, v.ground, rulebook, context)) for v in state.vetoes]


def _veto(id_: str, ground: str, rulebook: Rulebook, context: Context) -> Text:
    """The ground of a veto, and the case it follows from, where it follows from one."""
    said, case = rulebook.grounds[ground].title.text, next((one for one in context.cases if one.stream == id_), None)
    if case is None:
        return said
    of = case_title(case, rulebook)
    return Text(zh=f"{said.zh}：{of.zh}", en=f"{said.en}: {of.en}")
