"""平时检查: the list of routine checks, the page of one check, and the acts on it: answer, accept, return, withdraw.

第三条（三）: 年终考核与平时检查相结合。 A user sees the checks of those departments whose checks the user may view. A
department can answer with documents, and with notes that are stored in the vault.

Also here, for other files: the checks that wait for the user (`checks_to_do`). Not here: the form that records or
corrects a check (`routine_check_form.py`); reading the notes (`confidential.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct
from starlette.responses import Response

from console.web.display.entries import EntryView, unrestricted_view
from console.web.display.files import RecordedFile
from console.web.display.terms import terms_of
from console.web.forms import act_form, confidential_fields
from console.web.forms.act_form import FormSource
from console.web.forms.confidential_fields import ConfidentialContent
from console.web.forms.confidential_files import PREFIX
from console.web.forms.fields import Fields, read_all, top_field
from console.web.forms.prefill import fields_of_entry
from console.web.forms.refusal_status import status_of
from console.web.forms.submitting import submit
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states import policy
from states.acts import ACTS
from states.assessment import Assessment
from states.cases.routine_check import (
    POSSIBLE_ACTS,
    STATUS_TITLES,
    AcceptAnswer,
    AnswerRoutineCheck,
    ReturnAnswer,
    RoutineCheckAnswered,
    RoutineCheckCorrected,
    RoutineCheckRecorded,
    WithdrawRoutineCheck,
)
from states.deadlines.lights import LIGHT_TITLES, Light, light_of
from states.records.routine_check import Findings, RoutineCheck
from states.refusals import NotThere, Refusal
from states.streams import routine_check_stream
from states.vocabulary import Text
from storage import queries

from .assessment import send_document

pages = Pages()

PATH = "/routine-checks"

LABELS = {
    "checked_on": Text(zh="检查日期", en="Day of the check"),
    "checked_by": Text(zh="检查人员", en="Who checked"),
    "observation": Text(zh="检查情况", en="What was found"),
    "to_mend": Text(zh="整改要求", en="What to put right"),
    "mend_until": Text(zh="整改期限", en="Put right by"),
    "documents": Text(zh="检查材料", en="Documents"),
    "answer": Text(zh="答复", en="Answer"),
    "accepted_on": Text(zh="认可日期", en="Day of acceptance"),
    "reason": Text(zh="理由", en="Reason"),
}
"""The titles of the fields in all forms about a check."""

_PREFIXES = {"return_answer": "return-", "withdraw_routine_check": "withdraw-"}
"""The prefix of the field ids in an act's form. The page has several forms with a field for the reason."""

_FINDINGS_FACTS = frozenset((RoutineCheckRecorded.kind, RoutineCheckCorrected.kind))
_ANSWER_FACTS = frozenset((RoutineCheckAnswered.kind,))


class CheckItem(Struct, frozen=True):
    """A check in a list.

    `unit_title` is the title of the department. `mine`: the check waits for its answer, or its answer for a decision,
    and the user may do this act. `light` and `word` show its status; for an open check they depend on its deadline.
    """

    check: RoutineCheck
    findings: Findings
    unit_title: str
    mine: bool
    light: Light
    word: Text

    @property
    def link(self) -> str:
        return link(self.check)


def link(check: RoutineCheck) -> str:
    """The path of a check's page."""
    return f"{PATH}/{check.unit}/{check.id}"


# --- the list -------------------------------------------------------------------------------------


@pages.get(PATH, view="routine_checks")
def show(request: PageRequest) -> Response:
    items = list(_items(request))
    only_mine = request.query.get("only", "") == "mine"
    return request.answer.page(
        "routine_checks.html",
        rows=[item for item in items if item.mine or not only_mine],
        total=len(items),
        only_mine=only_mine,
        may_record=request.permissions.may_view("checking"),
    )


def checks_to_do(request: PageRequest) -> list[CheckItem]:
    """The checks on which the user can do the next act: answer it, or decide on the answer."""
    if not request.permissions.may_view("routine_checks", request.user.unit or ""):
        return []
    # Read for the menu of every page, so it must not cost more the more checks are done with.
    return [item for item in _items(request, only_pending=True) if item.mine]


def _items(request: PageRequest, *, only_pending: bool = False) -> Iterator[CheckItem]:
    """The checks that the user may see, the latest first."""
    for stream, unit in queries.routine_check_units(request.database, only_pending).items():
        if request.permissions.may_view("routine_checks", unit):
            yield _item(request, stream)


def _item(request: PageRequest, stream: str) -> CheckItem:
    check = request.engine.state(stream)
    assert isinstance(check, RoutineCheck)
    assert check.findings is not None, "a check with a row in the database is recorded"
    next_act = {"open": "answer_routine_check", "answered": "accept_answer"}.get(check.status)
    light, word = _light(request, check)
    mine = next_act is not None and next_act in _offers(request, check)
    return CheckItem(check, check.findings, request.roster.title(check.unit), mine, light, word)


def _light(request: PageRequest, check: RoutineCheck) -> tuple[Light, Text]:
    """The light and the word for the status of a check. For an open check they depend on its deadline."""
    if check.status == "open" and check.findings is not None:
        light = light_of(check.findings.checked_on, check.due, request.today, request.soon_until)
        return light, LIGHT_TITLES[light] if light == "late" else STATUS_TITLES[check.status]
    lights: dict[str, Light] = {"answered": "now", "withdrawn": "wait"}
    return lights.get(check.status, "done"), STATUS_TITLES[check.status]


# --- one check ------------------------------------------------------------------------------------


@pages.get(f"{PATH}/{{unit}}/{{check}}", view="routine_checks")
def show_check(request: PageRequest, unit: str, check: str) -> Response:
    state = check_of(request, unit, check)
    if state.status == "open" and state.returned and state.answers:
        request.form.prefill(_returned_answer(request, state))
    return _page(request, state)


@pages.get(f"{PATH}/{{unit}}/{{check}}/documents/{{sha256}}", view="routine_checks")
def document(request: PageRequest, unit: str, check: str, sha256: str) -> Response:
    """Send a document that an entry of this check names."""
    views = _entry_views(request, check_of(request, unit, check))
    return send_document(request, views, sha256, f"{check}-{unit}")


def check_of(request: PageRequest, unit: str, id_: str) -> RoutineCheck:
    """A recorded check. Raises `NotThere`, also if it belongs to another department than the one in the path."""
    state = request.engine.state(routine_check_stream(id_))
    assert isinstance(state, RoutineCheck)
    if state.findings is None or state.unit != unit:
        first = policy.title("record_routine_check", request.rulebook)
        raise NotThere(act=Text(zh="查阅平时检查", en="look at the routine check"), stream=id_, first=first)
    return state


def _returned_answer(request: PageRequest, state: RoutineCheck) -> list[tuple[str, str]]:
    """The fields and files of the last answer, which was returned, as initial fields of the next answer."""
    entries = request.engine.ledger.stream(state.stream)
    last = next(entry for entry in reversed(entries) if entry.kind == RoutineCheckAnswered.kind)
    return fields_of_entry(request, AnswerRoutineCheck.act, last)


def _page(request: PageRequest, state: RoutineCheck, refusal: Refusal | None = None, refused_act: str = "") -> Response:
    """The page of a check. `refused_act` is the act whose form shows the refusal."""
    views = _entry_views(request, state)
    light, word = _light(request, state)
    prefix = _PREFIXES.get(refused_act, "")
    return request.answer.page(
        "routine_check.html",
        status_of(refusal),
        field_of=lambda path: f"{prefix}{top_field(path)}" if path else "",
        label_of=LABELS,
        check=state,
        path=link(state),
        findings=state.findings,
        elements=_elements(request, state),
        findings_files=_files(views, _FINDINGS_FACTS),
        answer_files=_files(views, _ANSWER_FACTS),
        light=light,
        word=word,
        clause=request.rulebook.routine_check.clause,
        acts=_offers(request, state),
        title_of=lambda act: policy.title(act, request.rulebook),
        label=LABELS,
        locked=confidential_fields.vault_error(request),
        refusal=refusal,
        refused=refused_act,
        done=next((act for act in ACTS if act == request.query.get("done")), None),
        lines=[view for view in views if not view.is_reminder],
        reminders=[view for view in views if view.is_reminder],
        names=request.account_names,
    )


def _offers(request: PageRequest, state: RoutineCheck) -> tuple[str, ...]:
    """The acts that the user may do on the check now."""
    _, context, _ = request.context(state.stream)
    return tuple(act for act in POSSIBLE_ACTS[state.status] if request.permissions.may_do(act, state, context))


def _entry_views(request: PageRequest, state: RoutineCheck) -> list[EntryView]:
    """The entries of the check, the latest first."""
    terms = terms_of(request, Assessment(), request.rulebook)
    entries = request.engine.ledger.stream(state.stream)
    return [unrestricted_view(entry, terms, request.format.moment) for entry in reversed(entries)]


def _files(views: list[EntryView], facts: frozenset[str]) -> tuple[RecordedFile, ...]:
    """The files of the latest entry with one of these facts. `views` has the latest entry first."""
    return next((view.files for view in views if view.kind in facts), ())


def _elements(request: PageRequest, state: RoutineCheck) -> list[tuple[str, Text]]:
    """The printed number and the text of each element that the check concerns.

    An element that the edition in force does not have is shown by its key.
    """
    elements = {key: element for table in request.rulebook.form for key, element in table.elements.items()}
    keys = state.findings.elements if state.findings else ()
    return [
        (elements[key].label, elements[key].title.text) if key in elements else (key, Text(zh="", en=""))
        for key in keys
    ]


# --- the acts -------------------------------------------------------------------------------------


@pages.post(f"{PATH}/{{unit}}/{{check}}/answer_routine_check", view="routine_checks")
def answer(request: PageRequest, unit: str, check: str) -> Response:
    """Answer the check, with documents. Notes that name people are stored in the vault."""
    state, act = check_of(request, unit, check), AnswerRoutineCheck.act
    try:
        act_form.store_uploads(request)
        source = source_of(request, act, state.stream)
        values = read_all(
            {
                "answer": lambda: source.fields.word("answer", LABELS["answer"]),
                "documents": lambda: source.documents("documents"),
                **notes_field(request, "answer"),
            }
        )
        command = AnswerRoutineCheck(answer=values["answer"], documents=values["documents"])
        notes = values[f"{PREFIX}answer.text"]
        contents = [notes] if notes else []
        submit(request, state.stream, confidential_fields.store(request, command, state.stream, contents, [unit]))
    except Refusal as refusal:
        return _page(request, state, refusal, act)
    return request.answer.redirect(f"{link(state)}?done={act}")


@pages.post(f"{PATH}/{{unit}}/{{check}}/accept_answer", view="checking")
def accept(request: PageRequest, unit: str, check: str) -> Response:
    state, act = check_of(request, unit, check), AcceptAnswer.act
    fields = _fields(request, act)
    try:
        values = fields.values(
            {
                "accepted_on": lambda: fields.day("accepted_on", LABELS["accepted_on"]),
                "remark": lambda: fields.words("remark"),
            }
        )
        submit(request, state.stream, AcceptAnswer(**values))
    except Refusal as refusal:
        return _page(request, state, refusal, act)
    return request.answer.redirect(f"{link(state)}?done={act}")


@pages.post(f"{PATH}/{{unit}}/{{check}}/return_answer", view="checking")
def send_back(request: PageRequest, unit: str, check: str) -> Response:
    state, act = check_of(request, unit, check), ReturnAnswer.act
    fields = _fields(request, act)
    try:
        values = fields.values(
            {
                "reason": lambda: fields.word("reason", LABELS["reason"]),
                "mend_until": lambda: fields.any_day("mend_until", LABELS["mend_until"]),
            }
        )
        submit(request, state.stream, ReturnAnswer(**values))
    except Refusal as refusal:
        return _page(request, state, refusal, act)
    return request.answer.redirect(f"{link(state)}?done={act}")


@pages.post(f"{PATH}/{{unit}}/{{check}}/withdraw_routine_check", view="checking")
def withdraw(request: PageRequest, unit: str, check: str) -> Response:
    state, act = check_of(request, unit, check), WithdrawRoutineCheck.act
    try:
        reason = _fields(request, act).word("reason", LABELS["reason"])
        submit(request, state.stream, WithdrawRoutineCheck(reason=reason))
    except Refusal as refusal:
        return _page(request, state, refusal, act)
    return request.answer.redirect(f"{link(state)}?done={act}")


def source_of(request: PageRequest, act: str, stream: str = "") -> FormSource:
    """The source of an act's fields.

    Uploaded files are stored with `stream`, the stream of the check; it is empty for a new check.
    """
    _, context, _ = request.context("routine_check/new")
    return FormSource(request, act, Assessment(), context, stream=stream)


def notes_field(request: PageRequest, place: str) -> dict[str, Callable[[], ConfidentialContent | None]]:
    """The reader of the confidential notes at a place of the form, by the name of their field."""
    return {f"{PREFIX}{place}.text": lambda: confidential_fields.read(request, place, "check_notes", None)}


def _fields(request: PageRequest, act: str) -> Fields:
    """The fields in the form of an act on a check."""
    return Fields(request.form, source_of(request, act).clause, _PREFIXES.get(act, ""))
