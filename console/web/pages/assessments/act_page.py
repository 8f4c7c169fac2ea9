"""The form of an act on an assessment: one page for all acts, made from their commands (`forms/act_form.py`).

The page shows the form, submits it, and saves drafts of it, also by itself while the user types. Score sheets have a
view of their own, and vetoes need a recent authentication.

For each act this file decides: the options of the fields (`choices`), their initial values (`_initial_fields`), and
which fields the form has in the present state (`inputs`). Not here: one act on many assessments (`bulk.py`), and
reading the command from the form (`forms/act_form.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from msgspec import Struct, json
from msgspec.structs import replace
from starlette.responses import Response

from console.score_files.sheet_view import initial_fields, items_of_act, score_sheet
from console.web.assessment_paths import assessment_path
from console.web.assignees import AccountsOfRequest, changeable_items
from console.web.display.files import RecordedFile
from console.web.display.grades import SubjectGrade, subject_grades
from console.web.display.recorded import department_files
from console.web.display.terms import Terms, named, terms_of
from console.web.forms import account_fields, act_form, confidential_fields, confidential_files, confirmation, uploads
from console.web.forms.act_form import FormField, FormSource
from console.web.forms.refusal_status import status_of
from console.web.forms.reported_values import report_rows
from console.web.forms.returns import ReturnedStep, last_submission, returned_step
from console.web.forms.submitting import submit
from console.web.pages.papers.papers import papers_of
from console.web.request.page_request import PageRequest
from console.web.routes import PageFunction, Pages
from states import policy
from states.acts import ACTS
from states.assessment import OUTCOME_TITLES, WITHDRAWN, Assessment, ScoreSheet
from states.cases.case import case_title
from states.cases.vetoes import findings_to_judge
from states.chart import stage_title
from states.context import Context
from states.deadlines.assignment import ASSIGNMENT_ACTS, Assignable
from states.deadlines.chase import CHASE_ACTS, Chase, items_to_chase
from states.deadlines.reminders import movable_tasks
from states.deadlines.review import REVIEW_ACTS, ReviewAsked
from states.deadlines.windows import Windows, undecided_reviews
from states.explanation import explain_inputs, is_adjustment
from states.refusals import Refusal
from states.result.inputs import inputs_of
from states.result.open_tasks import open_task_ids, task_in, task_title, window_title
from states.rulebook.sentences.explained_lines import ExplainedLine
from states.rulebook.types import Rulebook
from states.stages.democratic_evaluation import papers_of as ballot_papers_of
from states.stages.evidence import open_requests, request_title
from states.stages.reopening import is_reopened_by_sources
from states.stages.value_report import ReadItem, read_items, waivable, waived
from states.vocabulary import Command, Document, Text
from storage.ledger.facts import fact_of
from storage.papers import drafts
from storage.papers.evidence import collected

from .assessment import FORMS, GRAVE_ACTS, assessment_of, checks_of, member_title, stream_of

pages = Pages()

_SCORING_ACTS = frozenset(("fill_sheet", "score"))
"""The acts whose form is a score sheet."""


class ButtonElsewhere(Struct, frozen=True):
    """A button for an act on another page: the beginning of its path, and the field of its address for what was done."""

    path: str
    done: str


_BUTTONS_ELSEWHERE: Mapping[str, ButtonElsewhere] = {Chase.act: ButtonElsewhere("/board/", "chased")}
"""The acts with a button on another page than that of the assessment. After the act, the page is shown again."""

_REAUTHENTICATED_ACTS = frozenset(("record_veto", "lift_veto"))
"""The acts whose page needs a recent authentication, because a veto decides the grade by itself."""

_SAVED = Text(zh="已保存 %s", en="Saved %s")
_SAVED_BUT_OUTDATED = Text(
    zh="已保存 %s。您填表期间本考核已有更新，提交会被退回：请刷新本页核对后再提交",
    en="Saved %s. The assessment has changed while you were filling in the form, so you cannot submit yet: "
    "reload, check, then submit",
)
_NOT_SAVED = Text(
    zh="%s 未自动保存：本表在别的窗口另有暂存，或已经提交。要以本页为准，请点“暂存”",
    en="%s: not saved automatically. The form was saved in another window, or has been submitted. "
    "To keep what is on this page, select “Save draft”",
)
"""The sentences after an automatic save: `_SAVED`, `_SAVED_BUT_OUTDATED`, `_NOT_SAVED`. %s is the time of day."""


def _page_of(act: str) -> tuple[PageFunction, PageFunction]:
    """The page functions for GET and POST of an act's form."""

    def show(request: PageRequest, year: int, unit: str) -> Response:
        return _ActForm(request, act, stream_of(request, year, unit)).show()

    def post(request: PageRequest, year: int, unit: str) -> Response:
        return _ActForm(request, act, stream_of(request, year, unit)).post()

    return show, post


for _act in FORMS:
    _show, _post = _page_of(_act)
    _path = f"/assessments/{{year:int}}/{{unit}}/{_act}"
    _view = "score_sheet" if _act in _SCORING_ACTS else "assessment"
    pages.get(_path, view=_view, reauthenticates=_act in _REAUTHENTICATED_ACTS)(_show)
    pages.post(_path, view=_view, reauthenticates=_act in _REAUTHENTICATED_ACTS)(_post)


class _ActForm:
    """The form of one act on one assessment, for one request: showing it, submitting it, and saving drafts."""

    def __init__(self, request: PageRequest, act: str, stream: str) -> None:
        self.request, self.act = request, act
        self.state, self.context, self.compiled = assessment_of(request, stream)
        self.rulebook = self.compiled.rulebook
        self.stage = policy.stage_of_act(act, self.rulebook, self.state)
        # Each step has an assignment of its own, so the draft of one must not appear in the form of another.
        assigned = f"assign {request.form.text('stage') or request.query.get('stage', '')}" if act == "assign" else act
        self.draft_key = draft_key(act, stream, self.stage.key if self.stage else assigned)
        self.command: Command | None = None

    # --- requests ---------------------------------------------------------------------------------

    def show(self) -> Response:
        """Show the form. Its fields come from the first of these that exists.

        A form that was restored after a new sign-in; the draft; the submission that was returned; the initial values.
        """
        # A form that was restored after a new sign-in is newer than any draft.
        draft = None if self.request.form.saved_at else self.draft
        fields = (
            draft.fields
            if draft is not None
            else fields_without_draft(self.request, self.act, self.state, self.rulebook)
        )
        self.request.form.prefill(fields)
        return self.page(200, restored_at=draft.at if draft else None)

    def post(self) -> Response:
        """Do what the posted button says: submit the act, save a draft, or show the form again.

        `draft.js` posts the form too, to save it automatically. The draft is deleted after the act is submitted.
        """
        button = self.request.form.text("_do")
        if button == "keep":
            return self.save_automatically()
        try:
            act_form.store_uploads(self.request)
            if button == "draft":
                self.save_draft()
                return self.request.answer.redirect(assessment_path(self.state, self.act))
            self.submit()
        except (uploads.FileRemoved, confirmation.BackToForm) as refusal:
            # The user asked to see the form again. This is no error, so the status is 200.
            self.save_draft()
            return self.page(200, refusal=refusal)
        except confirmation.CheckNeeded:
            self.save_draft()
            raise
        except Refusal as refusal:
            return self.page(status_of(refusal), refusal=refusal)
        drafts.delete_draft(self.request.database, self.request.user.id, self.draft_key)
        return self.request.answer.redirect(self.next_path())

    def next_path(self) -> str:
        """The page after the act: the one on which its button was pressed; else the page of the assessment."""
        back, button = self.request.form.text("back"), _BUTTONS_ELSEWHERE.get(self.act)
        if button is not None and back.startswith(button.path):
            return f"{back}{'&' if '?' in back else '?'}{urlencode({button.done: self.state.stream})}"
        return assessment_path(self.state, done=self.act)

    def submit(self) -> None:
        """Read the command, store its confidential values in the vault, and submit it. Raises a `Refusal`."""
        request, stream = self.request, self.state.stream
        source = FormSource(request, self.act, self.state, self.context)
        # A refusal by the rules names fields of the command. `field_of` needs this command to find the form's fields.
        self.command = act_form.read(source)
        command = confidential_fields.store(request, self.command, stream, source.confidential, [self.state.unit])
        submit(request, stream, command)

    def save_draft(self) -> None:
        """Save the draft. It replaces any draft of the user's for this form."""
        request = self.request
        drafts.store(request.database, request.user.id, self.draft_key, self.draft_fields(), request.now)

    def save_automatically(self) -> Response:
        """Save the draft for `draft.js`, if no other window has changed it. Answer with a sentence: saved or not.

        No files are saved: the browser sends them only when a button is used.
        """
        request, now = self.request, self.request.now
        expected = _moment(request.form.text("seen"))
        stored = drafts.store_if_unchanged(
            request.database, request.user.id, self.draft_key, self.draft_fields(), now, expected
        )
        sentence = _SAVED if stored else _NOT_SAVED
        if stored and request.form.text("version") != str(self.state.version):
            sentence = _SAVED_BUT_OUTDATED
        answer = {
            "seen": now.isoformat() if stored else "",
            "said": request.format.text(sentence) % request.format.moment(now)[-5:],
        }
        return Response(json.encode(answer), 200 if stored else 409, media_type="application/json")

    # --- the page ---------------------------------------------------------------------------------

    def page(self, status: int, refusal: Refusal | None = None, restored_at: datetime | None = None) -> Response:
        """The page with the form. Raises the `Refusal` that says who may do the act, if the user may not."""
        request, state, rulebook = self.request, self.state, self.rulebook
        request.permissions.require_act(self.act, state, self.context)
        _, clause = policy.entitled_roles(self.act, state, None, rulebook)
        actor = request.permissions.acts(state, self.context, self.compiled).get(self.act)
        inputs = self.inputs()
        return request.answer.page(
            "act.html",
            status,
            field_of=self.field_of,
            label_of={field.name: field.title for field in inputs},
            act=self.act,
            title=policy.title(self.act, rulebook, state),
            clause=clause,
            final=ACTS[self.act].is_final,
            grave=self.act in GRAVE_ACTS,
            mine=actor is not None,
            principal=actor.principal if actor is not None else None,
            link=lambda act="", **more: assessment_path(state, act, **more),
            refusal=refusal,
            back=self.return_of_this_act(),
            restored_at=restored_at,
            draft_saved_at=self.draft.at.isoformat() if self.draft else "",
            inputs_of=inputs,
            **self.assessment_values(),
            **self.field_values(),
        )

    def assessment_values(self) -> dict[str, Any]:
        """The template's values about the assessment and the step."""
        state, rulebook = self.state, self.rulebook
        stage = self.stage
        return {
            "state": state,
            "rulebook": rulebook,
            "stage": stage,
            "papers": papers_of(self.request, state, rulebook, stage.kind) if stage else [],
            "due": state.due.get(stage.key) if stage else None,
            "last_step": stage_title(state.stage, rulebook),
            "by_sources": is_reopened_by_sources(state, None, rulebook),
            "checks": checks_of(self.request, state, self.context) if self.act in _SCORING_ACTS else [],
            "requests": self.requests() if self.act == "decide_review" else [],
        }

    def field_values(self) -> dict[str, Any]:
        """The template's values for drawing the fields (`inputs.html`)."""
        state, rulebook = self.state, self.rulebook
        with_names = named(self.request, state)
        return {
            "choices": self.choices,
            "reported_rows": report_rows(with_names, self.context, self.request.user.roles),
            "read_items": self.read_items(),
            "shows_results": self.request.permissions.may_view("results", state.unit),
            "member": lambda member: member_title(member, self.request),
            "ballot_papers": ballot_papers_of(with_names, rulebook),
            "accounts": lambda: account_fields.offered(self.request, state.unit),
            "assignees": self.assignees,
            "other_accounts": lambda name: account_fields.typed(self.request, name, state.unit),
            "people": lambda: self.request.directory_names.options,
            "names": self.request.account_names,
            "table": rulebook.forms_by_kind[state.unit_kind],
            "sheet": score_sheet(self.act, with_names, rulebook, self.request.form.text),
            "costs": self.costs(),
            "subject_grades": self.subject_grades(),
            "concerned": self.concerned_persons(),
            "file_of": self.file_of,
            "folder": self.folder(),
            "department_files": department_files(self.state, self._terms),
            "locked": confidential_fields.vault_error(self.request),
            "secret": confidential_files.PREFIX,
            "talks": act_form.NOTE_ROWS,
            "others": act_form.OUTSIDER_ROWS,
        }

    def read_items(self) -> list[ReadItem]:
        """The earlier results that the system reads; those of members only for those who may read their results."""
        sees_members = self.request.permissions.may_view("member_results", self.state.unit)
        items = read_items(self.state, self.context).items() if self.act == "report_values" else ()
        return [item for key, item in items if sees_members or "@" not in key]

    def choices(self, name: str) -> list[tuple[str, Text | str]]:
        """The options of a field on which the form has a choice, each with its title."""
        if name == "window":
            return list(self.windows().items())
        if name == "element":
            labels = self.rulebook.forms_by_kind[self.state.unit_kind].labels
            return [(key, self._terms.element(key)) for key in labels]
        if name == "request":
            waiting = open_requests(self.state)
            return [(id_, request_title(one, self.rulebook)) for id_, one in waiting.items()]
        if name == "stage" and self.act in ASSIGNMENT_ACTS:
            return [(key, item.title) for key, item in self.to_assign().items()]
        if name == "stage" and self.act in CHASE_ACTS:
            return [(key, title) for key, (title, _) in items_to_chase(self.state, self.context).items()]
        if name == "item":
            is_back = self.act == "restore_item"
            items = waived(self.state, self.rulebook) if is_back else waivable(self.state, self.context)
            return list(items.items())
        return choices(name, self.request, self.state, self.rulebook, self.context)

    def windows(self) -> dict[str, Text]:
        """The windows in which the user may ask, or the reviews on which the user may decide."""
        state, rulebook, roles = self.state, self.rulebook, self.request.user.roles
        with_names = named(self.request, state)
        if self.act == "ask_review":
            windows = Windows(state, rulebook)
            ids = [id_ for id_ in windows.open(self.context.today) if not roles.isdisjoint(windows.rule(id_).by)]
        else:
            waiting = undecided_reviews(state)
            ids = [id_ for id_ in waiting if not roles.isdisjoint(task_in(state, id_, rulebook).by)]
        return {id_: window_title(with_names, id_, rulebook) for id_ in ids}

    def to_assign(self) -> dict[str, Assignable]:
        """What the user may assign or hand over."""
        return changeable_items(self.request, self.state, self.context, self.compiled)

    def assignees(self) -> dict[str, str]:
        """The accounts that may do the chosen step or task; those for any that the user may assign, if none is chosen."""
        items = self.to_assign()
        chosen = items.get(self.request.form.text("stage"))
        accounts = AccountsOfRequest(self.request)
        return accounts.candidates(self.state.unit, items.values() if chosen is None else (chosen,))

    def requests(self) -> list[tuple[Text, ReviewAsked]]:
        """The requests on which the user may decide, each with the title of its window."""
        windows = self.windows()
        facts = map(fact_of, self.request.engine.ledger.stream(self.state.stream))
        last = {fact.window: fact for fact in facts if isinstance(fact, ReviewAsked)}
        return [(title, last[id_]) for id_, title in windows.items()]

    def file_of(self, document: Document) -> RecordedFile:
        """A file from the review of documents, for the score sheet."""
        step = self.state.step("document_review")
        return self._terms.file(self.state.stream, step.version if step else 0, document)

    def folder(self) -> list[tuple[str, Text, int]]:
        """The elements of the form, each with the number of documents that the department has collected under it."""
        if self.act != "submit_self_report" or self.state.is_special:
            return []
        counts = Counter(one.element for one in collected(self.request.database, self.state.year, self.state.unit))
        labels = self.rulebook.forms_by_kind[self.state.unit_kind].labels
        return [(key, self._terms.element(key), counts[key]) for key in labels]

    @cached_property
    def _terms(self) -> Terms:
        return terms_of(self.request, self.state, self.rulebook)

    def field_of(self, path: str) -> str:
        """The form field to which a field of the command belongs."""
        return act_form.field_of(path, self.command, FormSource(self.request, self.act, self.state, self.context))

    def inputs(self) -> list[FormField]:
        """The fields that the form of this act has in this state."""
        needs_resolution = act_form.needs_resolution(self.act, self.state, self.rulebook)
        hidden = {"sources": needs_resolution, "persons": not self.concerned_persons(), "step": True}
        fields = (field for field in act_form.form_fields(self.act) if not hidden.get(field.name, False))
        # An act that needs a resolution needs all fields, also those that are optional in its command.
        return [replace(field, optional=field.optional and not needs_resolution) for field in fields]

    def concerned_persons(self) -> set[str]:
        """The groups of persons that the task concerns: `team`, `responsible`.

        The task is the chosen one. If none is chosen, the set has the groups of all open tasks. For acts other than
        `complete_task` it is empty.
        """
        if self.act != "complete_task":
            return set()
        open_tasks, chosen = open_task_ids(self.state, self.rulebook), self.request.form.text("task")
        tasks = map(self.rulebook.task_of, [chosen] if chosen in open_tasks else open_tasks)
        return {str(task.persons) for task in tasks if task is not None} - {"none"}

    def costs(self) -> list[ExplainedLine]:
        """The deductions for the known cases from the agreed score sheet; empty if the user may not read results."""
        if self.act != "score" or not self.request.permissions.may_view("results", self.state.unit):
            return []
        table = self.rulebook.forms_by_kind[self.state.unit_kind]
        full_marks = {key: element.points for key, element in table.judged.items()}
        inputs = inputs_of(self.state, ScoreSheet(marks=full_marks), self.context)
        return [line for line in explain_inputs(inputs, self.rulebook) if is_adjustment(line) and line.amount]

    def subject_grades(self) -> list[SubjectGrade]:
        """The grades to approve; empty for any other act."""
        if self.act != "approve":
            return []
        with_members = self.request.permissions.may_view("member_results", self.state.unit)
        return subject_grades(self.state, self._terms, with_members=with_members)

    def return_of_this_act(self) -> ReturnedStep | None:
        """The latest return of a step, if this act must be done again because of it; else None."""
        returned = returned_step(self.request, self.state, self.context)
        return returned if returned is not None and returned.act == self.act else None

    # --- drafts -----------------------------------------------------------------------------------

    @cached_property
    def draft(self) -> drafts.Draft | None:
        """The user's draft of this form."""
        return drafts.find(self.request.database, self.request.user.id, self.draft_key)

    def draft_fields(self) -> drafts.Fields:
        """The posted fields to save in a draft.

        Files, confidential fields and fields added by the page are left out.
        """
        return [
            (name, value)
            for name, value in self.request.form.items()
            if isinstance(value, str)
            and not confirmation.is_added_by_page(name)
            and not name.startswith(confidential_files.PREFIX)
        ]


def _moment(value: str) -> datetime | None:
    """A moment in ISO 8601; None for anything else."""
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def draft_key(act: str, stream: str, stage: str = "") -> str:
    """The name of the draft of an act's form."""
    # Two stages of a rulebook may have the same act. The draft of one must not appear in the form of the other.
    return f"{stage} {stream}" if act in ("take_step", "assign") else f"{act} {stream}"


def fields_without_draft(request: PageRequest, act: str, state: Assessment, rulebook: Rulebook) -> drafts.Fields:
    """The fields of an act's form that has no draft: the submission that was returned, or the initial values."""
    return last_submission(request, state, act, rulebook) or _initial_fields(request, act, state, rulebook)


def _initial_fields(request: PageRequest, act: str, state: Assessment, rulebook: Rulebook) -> list[tuple[str, str]]:
    """The initial values of an act's form: recorded values, and the task or window that the link to the form names."""
    if act == "record_meeting":
        return [("entitled", str(state.staff))]
    if act in _SCORING_ACTS:
        return initial_fields(act, state, request.user.id, items_of_act(act, state, rulebook))
    if act == "circulate" and state.circulated:
        return [("replaces", state.circulated[-1])]
    if act == "reopen_result":
        return [("sources", source) for source in state.noted or () if is_reopened_by_sources(state, None, rulebook)]
    if act == "assign":
        key = request.query.get("stage", "")
        return [("stage", key), *(("accounts", id_) for id_ in state.assigned.get(key, ()))]
    if act in REVIEW_ACTS:
        # Who enters a paper changes the day. A department asks on the day on which it submits.
        today = [("asked_on", request.today.isoformat())] if act == "ask_review" else []
        return [("window", request.query.get("window", "")), *today]
    of_link = {
        "complete_task": "task",
        "supply_document": "request",
        "request_document": "element",
        Chase.act: "stage",
    }.get(act, "")
    return [(of_link, request.query.get(of_link, ""))] if of_link else []


def choices(
    name: str, request: PageRequest, state: Assessment, rulebook: Rulebook, context: Context
) -> list[tuple[str, Text | str]]:
    """The options of a field on which the form has a choice, each with its title.

    A field that has no branch here selects a veto of the assessment.
    """
    if name == "team_report_by":
        return [(member.person, member_title(member, request)) for member in state.heads]
    if name == "leaves":
        return [(member.person, member_title(member, request)) for member in state.team]
    if name == "decision":
        return list(OUTCOME_TITLES.items())
    if name == "task":
        return [(id_, task_title(named(request, state), id_, rulebook)) for id_ in open_task_ids(state, rulebook)]
    if name == "stage":
        index = list(rulebook.stages).index(state.stage) if state.stage != WITHDRAWN else 0
        stages = [(stage.key, stage.title.text) for stage in rulebook.stage[index + 1 :] if stage.key in state.due]
        tasks = movable_tasks(state, rulebook)
        requests = ((id_, request_title(one, rulebook)) for id_, one in open_requests(state).items())
        return [
            *stages,
            *requests,
            *((task.key, task_title(named(request, state), task.key, rulebook)) for task in tasks),
        ]
    if name == "finding":
        return list(findings_to_judge(state, context).items())
    return [(veto.id, _veto_title(veto.id, veto.finding, rulebook, context)) for veto in state.vetoes]


def _veto_title(id_: str, finding: str, rulebook: Rulebook, context: Context) -> Text:
    """The finding of a veto. If the veto follows from a case, the title names the case too."""
    title = rulebook.title_of_finding(finding)
    case = next((case for case in context.cases if case.stream == id_), None)
    if case is None:
        return title
    case_name = case_title(case, rulebook)
    return Text(zh=f"{title.zh}：{case_name.zh}", en=f"{title.en}: {case_name.en}")
