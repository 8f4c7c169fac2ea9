"""The form that records and corrects routine checks.

One form records the same check of many departments: a command for each, on a stream of its own, in one transaction, all
of them or none. What names people goes to the vault; the finding is for the department to read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from hashlib import sha256
from typing import Any

from msgspec.structs import replace
from starlette.responses import Response

from console.web.forms import account_fields, act_form, confidential_fields, confirmation
from console.web.forms.command_batch import BatchCommand, refused_ahead
from console.web.forms.confidential_files import PREFIX
from console.web.forms.fields import read_all, top_field
from console.web.forms.refusal_status import status_of
from console.web.forms.submitting import submit, with_file_names
from console.web.request.field_errors import InvalidForm
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states.records.roster import Unit
from states.records.routine_check import Findings, RoutineCheck
from states.refusals import Incomplete, Refusal
from states.routine_check import CorrectRoutineCheck, RecordRoutineCheck, elements_of
from states.rulebook.types import IndicatorTable
from states.streams import routine_check_stream
from states.user_errors import UserError
from states.vocabulary import Opaque, Text, Words
from workflow.engine import Submission
from workflow.previews import Decision

from .routine_checks import LABELS, PATH, check_of, link, notes_field, reading_of

pages = Pages()

_NOTES = f"{PREFIX}new.text"
"""The field of the confidential notes."""


@pages.get(f"{PATH}/new", view="checking")
def new(request: PageRequest) -> Response:
    request.form.prefill([("checked_by", request.user.id), ("checked_on", request.format.day(request.today))])
    return _form(request, None)


@pages.post(f"{PATH}/new", view="checking")
def record(request: PageRequest) -> Response:
    """Record a check of one or many departments: all of them, or none and why."""
    try:
        act_form.store_uploads(request)
        values = read_all({"commands": lambda: _commands(request), **notes_field(request, "new")})
        _raise_refusals(request, values["commands"])
        contents = [values[_NOTES]] if values[_NOTES] else []
        # The notes go first: they are entries of the ledger too, and a decision holds only while the ledger ends where
        # it did.
        with_notes = {
            stream: confidential_fields.store(request, one, stream, contents, [one.unit])
            for stream, one in values["commands"].items()
        }
        decisions = [request.prepare(stream, command) for stream, command in with_notes.items()]
        confirmed = confirmation.confirmed_facts(request, decisions)
    except Refusal as refusal:
        return _form(request, None, refusal)
    submissions = [_submission(request, one, confirmed[one.stream]) for one in decisions]
    answers = request.engine.submit_many(submissions)
    wrong = {s.stream: answer for s, answer in zip(submissions, answers, strict=True) if isinstance(answer, Refusal)}
    # One that is refused only now was changed by somebody else since it was checked above. The others are on record,
    # and the list shows them.
    if wrong:
        return _form(request, None, InvalidForm(wrong))
    return request.answer.redirect(f"{PATH}?done={len(submissions)}")


@pages.get(f"{PATH}/{{unit}}/{{check}}/correct", view="checking")
def correct(request: PageRequest, unit: str, check: str) -> Response:
    state = check_of(request, unit, check)
    if state.findings is not None:
        request.form.prefill(_initial_fields(state.findings))
    return _form(request, state)


@pages.post(f"{PATH}/{{unit}}/{{check}}/correct", view="checking")
def submit_correction(request: PageRequest, unit: str, check: str) -> Response:
    state, act = check_of(request, unit, check), CorrectRoutineCheck.act
    try:
        act_form.store_uploads(request)
        values = read_all(
            {
                "reason": lambda: reading_of(request, act).typed.word("reason", LABELS["reason"]),
                "findings": lambda: _findings(request, act),
                **notes_field(request, "new"),
            }
        )
        command = _correction(state, values["findings"], values["reason"])
        contents = [values[_NOTES]] if values[_NOTES] else []
        with_notes = confidential_fields.store(request, command, state.stream, contents, [unit])
        # `keep` puts the new notes in the place of the old ones; a correction takes nothing away.
        if isinstance(with_notes, CorrectRoutineCheck) and with_notes is not command:
            with_notes = replace(with_notes, notes=(*command.notes, *with_notes.notes))
        submit(request, state.stream, with_notes)
    except Refusal as refusal:
        return _form(request, state, refusal)
    return request.answer.redirect(f"{link(state)}?done={act}")


def _submission(request: PageRequest, decision: Decision, confirmed_fact: str | None) -> Submission:
    submission = Submission(
        decision.stream,
        decision.command,
        decision.actor,
        request.form.command_id.of(decision.stream),
        expected_fact=confirmed_fact,
        decision=decision,
    )
    return with_file_names(request, submission)


def _correction(state: RoutineCheck, fields: dict[str, Any], reason: Words) -> CorrectRoutineCheck:
    """The command: the fields of the form, and the documents and notes that are there already."""
    before = state.findings.documents if state.findings else ()
    added = (one for one in fields["documents"] if one not in before)
    return CorrectRoutineCheck(
        **{**fields, "documents": (*before, *added)},
        notes=state.findings.notes if state.findings else (),
        reason=reason,
    )


def _commands(request: PageRequest) -> dict[str, RecordRoutineCheck]:
    """The command for each department that is selected, by its stream. InvalidForm with everything that is wrong."""
    units = sorted(set(request.form.texts("unit")))
    wrong: dict[str, UserError] = {}
    fields: dict[str, Any] = {}
    try:
        fields = _shared_fields(request)
    except InvalidForm as invalid:
        wrong |= invalid.wrong
    wrong |= _wrong_units(request, units, fields.get("elements", ()))
    if wrong:
        raise InvalidForm(wrong)
    return {
        routine_check_stream(_id(request, at, len(units))): RecordRoutineCheck(
            unit=Opaque(unit),
            **{
                **fields,
                "elements": tuple(key for key in fields["elements"] if key in _elements_of(request, unit)),
                "finding": Words(request.form.text(f"finding.{unit}") or fields["finding"]),
            },
        )
        for at, unit in enumerate(units, 1)
    }


def _shared_fields(request: PageRequest) -> dict[str, Any]:
    """The fields that all departments share. The findings of single departments are only checked here. InvalidForm."""
    act = RecordRoutineCheck.act
    typed = reading_of(request, act).typed
    own_findings = [name for name in request.form if name.startswith("finding.")]
    values = typed.values(
        {
            "": lambda: _findings(request, act),
            **{name: partial(typed.words, name, LABELS["finding"]) for name in own_findings},
        }
    )
    shared: dict[str, Any] = values[""]
    return shared


def _wrong_units(request: PageRequest, units: Sequence[str], elements: Iterable[str]) -> dict[str, UserError]:
    """What is wrong with the selection: no department, or an element that none of the departments has."""
    clause = request.rulebook.routine_check.clause
    if not units:
        return {"unit": Incomplete(missing=Text(zh="被检查的部门", en="the departments checked"), clause=clause)}
    strange = sorted(set(elements) - {key for unit in units for key in _elements_of(request, unit)})
    if not strange:
        return {}
    what = Text(zh=f"适用于要素 {'、'.join(strange)} 的部门", en=f"a department that has {', '.join(strange)}")
    return {"elements": Incomplete(missing=what, clause=clause)}


def _id(request: PageRequest, number: int, of: int) -> str:
    """The id of a new check: the same for a form that is sent twice. Several checks of one form are numbered."""
    digest = sha256(f"{request.user.id} {request.form.command_id}".encode()).hexdigest()[:8]
    return f"r-{request.today.year}-{digest}" + (f"-{number:02}" if of > 1 else "")


def _elements_of(request: PageRequest, unit: str) -> tuple[str, ...]:
    return elements_of(unit, request.roster, request.rulebook)


def _raise_refusals(request: PageRequest, commands: dict[str, RecordRoutineCheck]) -> None:
    """Raise what refuses the commands, if one would be refused: the refusal itself, or InvalidForm for several."""
    asked = [BatchCommand(f"unit.{one.unit}", stream, one) for stream, one in commands.items()]
    wrong = {one.row: refusal for one, refusal in refused_ahead(request, asked)}
    if wrong:
        raise next(iter(wrong.values())) if len(commands) == 1 else InvalidForm(wrong)


def _findings(request: PageRequest, act: str) -> dict[str, Any]:
    """The fields that both commands share. InvalidForm."""
    reading = reading_of(request, act)
    typed = reading.typed
    fields = typed.values(
        {
            "checked_on": lambda: typed.day("checked_on", LABELS["checked_on"]),
            "checked_by": lambda: account_fields.require_known(
                request, _people(typed.word("checked_by", LABELS["checked_by"])), typed.clause
            ),
            "finding": lambda: typed.word("finding", LABELS["finding"]),
            "mend_until": lambda: typed.any_day("mend_until", LABELS["mend_until"]),
            "documents": lambda: reading.documents("documents"),
            "to_mend": lambda: typed.words("to_mend", LABELS["to_mend"]),
        }
    )
    return {**fields, "elements": tuple(request.form.texts("elements"))}


def _people(typed: str) -> tuple[Opaque, ...]:
    """The ids, separated by commas of either script or 、."""
    parts = typed.replace("，", ",").replace("、", ",").split(",")
    return tuple(Opaque(part.strip()) for part in parts if part.strip())


def _form(request: PageRequest, state: RoutineCheck | None, refusal: Refusal | None = None) -> Response:
    """The form that records a check, or corrects `state`."""
    act = CorrectRoutineCheck.act if state else RecordRoutineCheck.act
    resolved, context, _ = request.context(state.stream if state else "routine_check/new")
    request.permissions.require_act(act, resolved, context)
    units = sorted(request.roster.units.values(), key=lambda unit: unit.title)
    return request.answer.page(
        "routine_check_form.html",
        status_of(refusal),
        field_of=top_field,
        label_of=LABELS,
        check=state,
        path=link(state) if state else PATH,
        clause=request.rulebook.routine_check.clause,
        label=LABELS,
        units=units,
        selected=set(request.form.texts("unit")),
        tables=_tables(request, state, units),
        ticked=set(request.form.texts("elements")),
        locked=confidential_fields.why_unusable(request),
        refusal=refusal,
    )


def _tables(request: PageRequest, state: RoutineCheck | None, units: Sequence[Unit]) -> list[IndicatorTable]:
    """The tables whose elements can be chosen: those of all departments, or of the one whose check is corrected."""
    rulebook = request.rulebook
    kinds = {one.unit_kind for one in units if state is None or one.unit == state.unit}
    keys = {rulebook.tables[kind].key for kind in kinds if kind in rulebook.tables}
    return [table for table in rulebook.table if table.key in keys]


def _initial_fields(findings: Findings) -> list[tuple[str, str]]:
    """The fields of the form for a check that is on record."""
    return [
        ("checked_on", findings.checked_on.isoformat()),
        ("checked_by", ", ".join(findings.checked_by)),
        ("finding", findings.finding),
        ("to_mend", findings.to_mend or ""),
        ("mend_until", findings.mend_until.isoformat() if findings.mend_until else ""),
        *(("elements", key) for key in findings.elements),
    ]
