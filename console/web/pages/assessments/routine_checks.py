"""平时检查: routine checks of the year: what was found in which unit, its answer, and what the office says to that.

One form records a check of many units, each in a stream of its own, in one transaction: all of them or none. What names people
goes to the vault; the finding is for the unit to read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from hashlib import sha256
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from starlette.responses import Response

from console.web.display import entries as shown
from console.web.display.files import File
from console.web.display.terms import terms_of
from console.web.forms import account_fields, act_form, confidential_fields, confirmation
from console.web.forms.act_form import Reading
from console.web.forms.command_batch import Asked, refused_ahead
from console.web.forms.confidential_files import PREFIX
from console.web.forms.fields import Fields, read_all, top_field
from console.web.forms.prefill import refill
from console.web.forms.submitting import submit, with_file_names
from console.web.request.field_errors import InvalidForm
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states import policy
from states.assessment import Assessment
from states.chart import ACTS
from states.deadlines.lights import WORDS, Light, timed
from states.records.roster import Unit
from states.records.routine_check import Findings, RoutineCheck
from states.refusals import Incomplete, NotThere, Refusal
from states.routine_check import (
    POSSIBLE,
    STATUS,
    AcceptAnswer,
    AnswerRoutineCheck,
    CorrectRoutineCheck,
    RecordRoutineCheck,
    ReturnAnswer,
    RoutineCheckAnswered,
    RoutineCheckCorrected,
    RoutineCheckRecorded,
    WithdrawRoutineCheck,
    elements_of,
)
from states.rulebook.types import Table
from states.streams import routine_check_stream
from states.user_errors import UserError
from states.vocabulary import Opaque, Text, Words
from storage import queries
from workflow.engine import Submission

from .assessment import handed_over

pages = Pages()

PATH = "/routine-checks"
LABELS = {
    "checked_on": Text(zh="检查日期", en="Day of the check"),
    "checked_by": Text(zh="检查人员（账号）", en="Who checked (accounts)"),
    "finding": Text(zh="检查情况", en="What was found"),
    "to_mend": Text(zh="整改要求", en="What to put right"),
    "mend_until": Text(zh="整改期限", en="Put right by"),
    "documents": Text(zh="检查材料", en="Documents"),
    "answer": Text(zh="答复", en="Answer"),
    "accepted_on": Text(zh="认可日期", en="Day of acceptance"),
    "reason": Text(zh="理由", en="Reason"),
}
"""What each field of the forms is called."""
PREFIXES = {"return_answer": "return-", "withdraw_routine_check": "withdraw-"}
"""What the ids of an act's fields begin with."""


class Row(Struct, frozen=True):
    """One check, for a list: whether something of it waits for this account, and how its deadline stands."""

    check: RoutineCheck
    findings: Findings
    unit: str
    mine: bool
    light: Light
    word: Text

    @property
    def link(self) -> str:
        return link(self.check)


def link(check: RoutineCheck) -> str:
    """Where a check's page is."""
    return f"{PATH}/{check.unit}/{check.id}"


@pages.get(PATH, view="routine_checks")
def show(request: PageRequest) -> Response:
    found = list(rows(request))
    mine = request.query.get("only", "") == "mine"
    return request.answer.page(
        "routine_checks.html", rows=[row for row in found if row.mine or not mine], all=len(found), mine=mine,
        may_record=request.permissions.may_view("checking"),
    )  # fmt: skip


def rows(request: PageRequest, unit: str | None = None) -> Iterator[Row]:
    """The checks this account may see, of one unit if so asked, the latest first."""
    for row in queries.routine_checks(request.database, unit):
        if request.permissions.may_view("routine_checks", row.unit):
            yield _row(request, row.stream)


def waiting(request: PageRequest) -> list[Row]:
    """The checks of which something waits for this account: to be answered, or its answer to be decided on."""
    return (
        [row for row in rows(request) if row.mine]
        if request.permissions.may_view("routine_checks", request.user.unit or "")
        else []
    )


def _row(request: PageRequest, stream: str) -> Row:
    check = request.engine.state(stream)
    assert isinstance(check, RoutineCheck)
    assert check.findings is not None, "it has a row"
    next_acts = {"open": ("answer_routine_check",), "answered": ("accept_answer",)}.get(check.status, ())
    light, word = _light(request, check)
    mine = any(act in _offers(request, check) for act in next_acts)
    return Row(check, check.findings, request.roster.title(check.unit), mine, light, word)


def _light(request: PageRequest, check: RoutineCheck) -> tuple[Light, Text]:
    """How a check stands; an open one by its deadline, like a step."""
    if check.status == "open" and check.findings is not None:
        light = timed(check.findings.checked_on, check.due, request.today, request.soon_until)
        return light, WORDS[light] if light == "late" else STATUS[check.status]
    lights: dict[str, Light] = {"answered": "now", "withdrawn": "wait"}
    return lights.get(check.status, "done"), STATUS[check.status]


@pages.get(f"{PATH}/new", view="checking")
def new(request: PageRequest) -> Response:
    request.form.prefill([("checked_by", request.user.id), ("checked_on", request.format.day(request.today))])
    return _form(request, None)


@pages.post(f"{PATH}/new", view="checking")
def record(request: PageRequest) -> Response:
    """Put a check of one or many units on record: all of them, or none and why."""
    try:
        act_form.take_files(request)
        found = read_all({"commands": lambda: _commands(request), **_in_confidence(request, "new")})
        commands, narrative = found["commands"], found[f"{PREFIX}new.text"]
        _check_all(request, commands)
        said = [narrative] if narrative else []
        with_notes = {
            stream: confidential_fields.keep(request, one, stream, said, [one.unit]) for stream, one in commands.items()
        }
        decisions = [request.prepare(stream, command) for stream, command in with_notes.items()]
        confirmed = confirmation.confirmed_facts(request, decisions)
    except Refusal as refusal:
        return _form(request, None, refusal)
    submissions = [
        with_file_names(request, Submission(
            one.stream, one.command, one.actor, request.form.command_id.of(one.stream), expected_fact=confirmed[one.stream], decision=one,
        ))
        for one in decisions
    ]  # fmt: skip
    answers = request.engine.submit_many(submissions)
    wrong = {s.stream: answer for s, answer in zip(submissions, answers, strict=True) if isinstance(answer, Refusal)}
    if wrong:  # somebody was quicker: the others are on record, and the list shows them
        return _form(request, None, InvalidForm(wrong))
    return request.answer.redirect(f"{PATH}?done={len(submissions)}")


def _commands(request: PageRequest) -> dict[str, RecordRoutineCheck]:
    """The command for each unit that is ticked, by its stream. InvalidForm with all that is missing."""
    units = sorted(set(request.form.texts("unit")))
    typed, of_units = (
        _fields(request, RecordRoutineCheck.act),
        [name for name in request.form if name.startswith("finding.")],
    )
    wrong: dict[str, UserError] = {}
    fields: dict[str, Any] = {}
    try:
        fields = typed.values({
            "": lambda: _findings(request, RecordRoutineCheck.act),
            **{name: partial(typed.words, name, LABELS["finding"]) for name in of_units},
        })[""]  # fmt: skip
    except InvalidForm as several:
        wrong |= several.wrong
    if not units:
        clause = request.rulebook.routine_check.clause
        wrong["unit"] = Incomplete(missing=Text(zh="被检查的部门", en="the units checked"), clause=clause)
    strange = set(fields.get("elements", ())) - {key for unit in units for key in _own_elements(request, unit)}
    if units and strange:
        what = Text(
            zh=f"适用于要素 {'、'.join(sorted(strange))} 的部门", en=f"a unit that has {', '.join(sorted(strange))}"
        )
        wrong["elements"] = Incomplete(missing=what, clause=request.rulebook.routine_check.clause)
    if wrong:
        raise InvalidForm(wrong)
    return {
        routine_check_stream(_id(request, at, len(units))): RecordRoutineCheck(
            unit=Opaque(unit),
            **{
                **fields,
                "elements": tuple(key for key in fields["elements"] if key in _own_elements(request, unit)),
                "finding": Words(request.form.text(f"finding.{unit}") or fields["finding"]),
            },
        )
        for at, unit in enumerate(units, 1)
    }


def _id(request: PageRequest, at: int, of: int) -> str:
    """An id of our own, the same for a form that is sent twice."""
    digest = sha256(f"{request.user.id} {request.form.command_id}".encode()).hexdigest()[:8]
    return f"r-{request.today.year}-{digest}" + (f"-{at:02}" if of > 1 else "")


def _own_elements(request: PageRequest, unit: str) -> tuple[str, ...]:
    return elements_of(unit, request.roster, request.rulebook)


def _check_all(request: PageRequest, commands: dict[str, RecordRoutineCheck]) -> None:
    """Refuse all of them where one would be refused."""
    asked = [Asked(f"unit.{one.unit}", stream, one) for stream, one in commands.items()]
    wrong = {one.row: refusal for one, refusal in refused_ahead(request, asked)}
    if wrong:
        raise next(iter(wrong.values())) if len(commands) == 1 else InvalidForm(wrong)


def _findings(request: PageRequest, act: str) -> dict[str, Any]:
    """What a form says of a check, as both commands take it. InvalidForm."""
    reading = _reading(request, act)
    typed = reading.typed
    fields = typed.values({
        "checked_on": lambda: typed.day("checked_on", LABELS["checked_on"]),
        "checked_by": lambda: account_fields.known(request, _people(typed.word("checked_by", LABELS["checked_by"])), typed.clause),
        "finding": lambda: typed.word("finding", LABELS["finding"]),
        "mend_until": lambda: typed.any_day("mend_until", LABELS["mend_until"]),
        "documents": lambda: reading.documents("documents"),
        "to_mend": lambda: typed.words("to_mend", LABELS["to_mend"]),
    })  # fmt: skip
    return {**fields, "elements": tuple(request.form.texts("elements"))}


def _in_confidence(request: PageRequest, place: str) -> dict[str, Callable[[], confidential_fields.Content | None]]:
    """What is said in confidence of a check, by the field it is said in."""
    return {f"{PREFIX}{place}.text": lambda: confidential_fields.read(request, place, "check_notes", None)}


def _reading(request: PageRequest, act: str, stream: str = "") -> Reading:
    _, context, _ = request.context("routine_check/new")
    return Reading(request, act, Assessment(), context, stream=stream)


def _fields(request: PageRequest, act: str) -> Fields:
    """The fields of an act's form; the page of a check has several forms that ask for a reason, each under its own id."""
    return Fields(request.form, _reading(request, act).clause, PREFIXES.get(act, ""))


def _people(typed: str) -> tuple[Opaque, ...]:
    parts = typed.replace("，", ",").replace("、", ",").split(",")
    return tuple(Opaque(part.strip()) for part in parts if part.strip())


@pages.get(f"{PATH}/{{unit}}/{{check}}", view="routine_checks")
def look(request: PageRequest, unit: str, check: str) -> Response:
    state = check_of(request, unit, check)
    if state.status == "open" and state.returned and state.answers:
        request.form.prefill(_answered(request, state))
    return _one(request, state)


def _answered(request: PageRequest, state: RoutineCheck) -> list[tuple[str, str]]:
    """The unit's answer that was returned, as its form would say it: with its files."""
    entries = request.engine.ledger.stream(state.stream)
    last = next(entry for entry in reversed(entries) if entry.kind == RoutineCheckAnswered.kind)
    return refill(request, AnswerRoutineCheck.act, last)


@pages.get(f"{PATH}/{{unit}}/{{check}}/documents/{{sha256}}", view="routine_checks")
def document(request: PageRequest, unit: str, check: str, sha256: str) -> Response:
    """A document of this check, saved or opened."""
    lines = _lines(request, check_of(request, unit, check))
    return handed_over(request, lines, sha256, f"{check}-{unit}")


@pages.get(f"{PATH}/{{unit}}/{{check}}/correct", view="checking")
def correct(request: PageRequest, unit: str, check: str) -> Response:
    state = check_of(request, unit, check)
    if state.findings is not None:
        request.form.prefill(_typed(state.findings))
    return _form(request, state)


@pages.post(f"{PATH}/{{unit}}/{{check}}/correct", view="checking")
def corrected(request: PageRequest, unit: str, check: str) -> Response:
    state = check_of(request, unit, check)
    try:
        act_form.take_files(request)
        found = read_all({
            "reason": lambda: _fields(request, CorrectRoutineCheck.act).word("reason", LABELS["reason"]),
            "findings": lambda: _findings(request, CorrectRoutineCheck.act),
            **_in_confidence(request, "new"),
        })  # fmt: skip
        fields = found["findings"]
        before = state.findings.documents if state.findings else ()
        fields["documents"] = (*before, *(one for one in fields["documents"] if one not in before))
        narrative = found[f"{PREFIX}new.text"]
        command = CorrectRoutineCheck(
            **fields, notes=state.findings.notes if state.findings else (), reason=found["reason"]
        )
        said = confidential_fields.keep(request, command, state.stream, [narrative] if narrative else [], [unit])
        if isinstance(said, CorrectRoutineCheck) and said is not command:
            said = replace(said, notes=(*command.notes, *said.notes))
        submit(request, state.stream, said)
    except Refusal as refusal:
        return _form(request, state, refusal)
    return request.answer.redirect(f"{link(state)}?done={CorrectRoutineCheck.act}")


@pages.post(f"{PATH}/{{unit}}/{{check}}/answer_routine_check", view="routine_checks")
def answer(request: PageRequest, unit: str, check: str) -> Response:
    """The unit's answer, with its documents, and in confidence what names people."""
    state = check_of(request, unit, check)
    try:
        act_form.take_files(request)
        reading = _reading(request, AnswerRoutineCheck.act, state.stream)
        found = read_all({
            "answer": lambda: reading.typed.word("answer", LABELS["answer"]),
            "documents": lambda: reading.documents("documents"),
            **_in_confidence(request, "answer"),
        })  # fmt: skip
        command = AnswerRoutineCheck(answer=found["answer"], documents=found["documents"])
        narrative = found[f"{PREFIX}answer.text"]
        submit(
            request,
            state.stream,
            confidential_fields.keep(request, command, state.stream, [narrative] if narrative else [], [unit]),
        )
    except Refusal as refusal:
        return _one(request, state, refusal, AnswerRoutineCheck.act)
    return request.answer.redirect(f"{link(state)}?done={AnswerRoutineCheck.act}")


@pages.post(f"{PATH}/{{unit}}/{{check}}/accept_answer", view="checking")
def accept(request: PageRequest, unit: str, check: str) -> Response:
    state, typed = check_of(request, unit, check), _fields(request, AcceptAnswer.act)
    try:
        found = typed.values({
            "accepted_on": lambda: typed.day("accepted_on", LABELS["accepted_on"]),
            "remark": lambda: typed.words("remark"),
        })  # fmt: skip
        submit(request, state.stream, AcceptAnswer(**found))
    except Refusal as refusal:
        return _one(request, state, refusal, AcceptAnswer.act)
    return request.answer.redirect(f"{link(state)}?done={AcceptAnswer.act}")


@pages.post(f"{PATH}/{{unit}}/{{check}}/return_answer", view="checking")
def send_back(request: PageRequest, unit: str, check: str) -> Response:
    state, typed = check_of(request, unit, check), _fields(request, ReturnAnswer.act)
    try:
        found = typed.values({
            "reason": lambda: typed.word("reason", LABELS["reason"]),
            "mend_until": lambda: typed.any_day("mend_until", LABELS["mend_until"]),
        })  # fmt: skip
        submit(request, state.stream, ReturnAnswer(**found))
    except Refusal as refusal:
        return _one(request, state, refusal, ReturnAnswer.act)
    return request.answer.redirect(f"{link(state)}?done={ReturnAnswer.act}")


@pages.post(f"{PATH}/{{unit}}/{{check}}/withdraw_routine_check", view="checking")
def withdraw(request: PageRequest, unit: str, check: str) -> Response:
    state = check_of(request, unit, check)
    try:
        reason = _fields(request, WithdrawRoutineCheck.act).word("reason", LABELS["reason"])
        submit(request, state.stream, WithdrawRoutineCheck(reason=reason))
    except Refusal as refusal:
        return _one(request, state, refusal, WithdrawRoutineCheck.act)
    return request.answer.redirect(f"{link(state)}?done={WithdrawRoutineCheck.act}")


def check_of(request: PageRequest, unit: str, check: str) -> RoutineCheck:
    """A check on record, of this unit: a path of another's leads nowhere. NotThere."""
    state = request.engine.state(routine_check_stream(check))
    assert isinstance(state, RoutineCheck)
    if state.findings is None or state.unit != unit:
        first = policy.title("record_routine_check", request.rulebook)
        raise NotThere(act=Text(zh="查阅平时检查", en="look at the routine check"), stream=check, first=first)
    return state


def _offers(request: PageRequest, state: RoutineCheck) -> tuple[str, ...]:
    """The acts open to this account on the check as it stands."""
    _, context, _ = request.context(state.stream)
    return tuple(act for act in POSSIBLE[state.status] if request.permissions.may_do(act, state, context))


def _lines(request: PageRequest, state: RoutineCheck) -> list[shown.EntryView]:
    terms = terms_of(request, Assessment(), request.rulebook)
    return [
        shown.entry_view(entry, terms, request.format.moment)
        for entry in reversed(request.engine.ledger.stream(state.stream))
    ]


def _one(request: PageRequest, state: RoutineCheck, refusal: Refusal | None = None, refused: str = "") -> Response:
    lines = _lines(request, state)
    labels = _labels(request, state)
    light, word = _light(request, state)
    return request.answer.page(
        "routine_check.html", _status(refusal), check=state, findings=state.findings, path=link(state), labels=labels, light=light,
        word=word, refusal=refusal, refused=refused, acts=_offers(request, state), names=request.account_names, found_files=_files(lines, _OF_FINDINGS), answer_files=_files(lines, _OF_ANSWER),
        lines=[line for line in lines if not line.called], reminders=[line for line in lines if line.called],
        title_of=lambda act: policy.title(act, request.rulebook), done=next((act for act in ACTS if act == request.query.get("done")), None),
        field_of=lambda path: f"{PREFIXES.get(refused, '')}{top_field(path)}" if path else "", label_of=LABELS,
        locked=confidential_fields.locked(request), label=LABELS, prefixes=PREFIXES,
        clause=request.rulebook.routine_check.clause,
    )  # fmt: skip


_OF_FINDINGS = frozenset((RoutineCheckRecorded.kind, RoutineCheckCorrected.kind))
_OF_ANSWER = frozenset((RoutineCheckAnswered.kind,))


def _files(lines: list[shown.EntryView], kinds: frozenset[str]) -> tuple[File, ...]:
    """The files of the last entry of these kinds; the lines have the last entry first."""
    return next((line.files for line in lines if line.kind in kinds), ())


def _labels(request: PageRequest, state: RoutineCheck) -> list[tuple[str, Text]]:
    """The elements a check touches: number as printed, and text; an element another edition had, by its key."""
    known = {key: element for table in request.rulebook.table for key, element in table.elements.items()}
    touched = state.findings.elements if state.findings else ()
    return [(known[key].label, known[key].text.text) if key in known else (key, Text(zh="", en="")) for key in touched]


def _form(request: PageRequest, state: RoutineCheck | None, refusal: Refusal | None = None) -> Response:
    held, context, _ = request.context(state.stream if state else "routine_check/new")
    request.permissions.require_act((CorrectRoutineCheck if state else RecordRoutineCheck).act, held, context)
    units = sorted(request.roster.units.values(), key=lambda unit: unit.title)
    return request.answer.page(
        "routine_check_form.html", _status(refusal), check=state, refusal=refusal, units=units, tables=_tables(request, state, units),
        field_of=top_field, label_of=LABELS, chosen=set(request.form.texts("unit")), ticked=set(request.form.texts("elements")),
        locked=confidential_fields.locked(request), label=LABELS, path=link(state) if state else PATH,
        clause=request.rulebook.routine_check.clause,
    )  # fmt: skip


def _tables(request: PageRequest, state: RoutineCheck | None, units: list[Unit]) -> list[Table]:
    """The indicator tables to choose elements from: those of the units there are; of one check, its unit's own."""
    rulebook = request.rulebook
    kinds = {one.unit_kind for one in units if state is None or one.unit == state.unit}
    mine = {rulebook.tables[kind].key for kind in kinds if kind in rulebook.tables}
    return [table for table in rulebook.table if table.key in mine]


def _typed(findings: Findings) -> list[tuple[str, str]]:
    """A check as its form would say it."""
    until = findings.mend_until.isoformat() if findings.mend_until else ""
    return [
        ("checked_on", findings.checked_on.isoformat()), ("checked_by", ", ".join(findings.checked_by)),
        ("finding", findings.finding), ("to_mend", findings.to_mend or ""), ("mend_until", until),
        *(("elements", key) for key in findings.elements),
    ]  # fmt: skip


def _status(refusal: Refusal | None) -> int:
    return 200 if refusal is None else 403 if refusal.grave else 409
