"""The form that records and corrects routine checks.

One form can record the same check of many departments. Each department gets a command on a stream of its own. If one
of the commands would be refused, none is submitted. All are submitted in one transaction.

Content that names people is stored in the vault, because the department reads the finding. A correction does not remove
documents or notes that the check already has. Not here: the list of the checks, and the acts on one
(`routine_checks.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from hashlib import sha256
from typing import Any

from msgspec.structs import replace
from starlette.responses import Response

from console.web.forms import account_fields, act_form, confidential_fields, confirmation
from console.web.forms.command_batch import BatchCommand, refused_commands
from console.web.forms.confidential_files import PREFIX
from console.web.forms.fields import read_all, top_field
from console.web.forms.refusal_status import status_of
from console.web.forms.submitting import submit, with_file_names
from console.web.request.field_errors import InvalidForm
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states.cases.routine_check import CorrectRoutineCheck, RecordRoutineCheck, elements_of
from states.records.roster import Unit
from states.records.routine_check import Findings, RoutineCheck
from states.refusals import Incomplete, Refusal
from states.rulebook.calculation.forms import ScoreForm
from states.streams import routine_check_stream
from states.user_errors import UserError
from states.vocabulary import Opaque, Text, Words
from workflow.engine import Submission
from workflow.previews import Decision

from .routine_checks import LABELS, PATH, check_of, link, notes_field, source_of

pages = Pages()

_NOTES = f"{PREFIX}new.text"
"""The field of the confidential notes."""


@pages.get(f"{PATH}/new", view="checking")
def show_new(request: PageRequest) -> Response:
    request.form.prefill([("checked_by", request.user.id), ("checked_on", request.format.day(request.today))])
    return _form(request, None)


@pages.post(f"{PATH}/new", view="checking")
def record(request: PageRequest) -> Response:
    """Record a check of one or many departments, after a confirmation. If one would be refused, none is recorded."""
    try:
        act_form.store_uploads(request)
        values = read_all({"commands": lambda: _commands(request), **notes_field(request, "new")})
        _raise_if_refused(request, values["commands"])
        contents = [values[_NOTES]] if values[_NOTES] else []
        # The notes are stored before the decisions are prepared. They are entries of the ledger too, and a prepared
        # decision is valid only while no other entry is added.
        with_notes = {
            stream: confidential_fields.store(request, command, stream, contents, [command.unit])
            for stream, command in values["commands"].items()
        }
        decisions = [request.prepare(stream, command) for stream, command in with_notes.items()]
        confirmed = confirmation.confirmed_facts(request, decisions)
    except Refusal as refusal:
        return _form(request, None, refusal)
    submissions = [_submission(request, decision, confirmed[decision.stream]) for decision in decisions]
    answers = request.engine.submit_many(submissions)
    refusals = {
        submission.stream: answer
        for submission, answer in zip(submissions, answers, strict=True)
        if isinstance(answer, Refusal)
    }
    # A command is refused here only if somebody else wrote to the ledger after the check above. The other commands are
    # done, and the list shows their checks.
    if refusals:
        return _form(request, None, InvalidForm(refusals))
    return request.answer.redirect(f"{PATH}?done={len(submissions)}")


@pages.get(f"{PATH}/{{unit}}/{{check}}/correct", view="checking")
def show_correction(request: PageRequest, unit: str, check: str) -> Response:
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
                "reason": lambda: source_of(request, act).fields.word("reason", LABELS["reason"]),
                "findings": lambda: _findings(request, act),
                **notes_field(request, "new"),
            }
        )
        command = _correction(state, values["findings"], values["reason"])
        contents = [values[_NOTES]] if values[_NOTES] else []
        with_notes = confidential_fields.store(request, command, state.stream, contents, [unit])
        # `store` replaces the notes in the command by the new ones. A correction must not remove notes, so they are
        # joined.
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
        request.form.command_id.with_suffix(decision.stream),
        expected_fact=confirmed_fact,
        decision=decision,
    )
    return with_file_names(request, submission)


def _correction(state: RoutineCheck, fields: dict[str, Any], reason: Words) -> CorrectRoutineCheck:
    """The command that corrects a check: the fields of the form, and the documents and notes that it already has."""
    before = state.findings.documents if state.findings else ()
    added = (document for document in fields["documents"] if document not in before)
    return CorrectRoutineCheck(
        **{**fields, "documents": (*before, *added)},
        notes=state.findings.notes if state.findings else (),
        reason=reason,
    )


def _commands(request: PageRequest) -> dict[str, RecordRoutineCheck]:
    """The command for each selected department, by stream. Raises `InvalidForm` with all errors."""
    units = sorted(set(request.form.texts("unit")))
    errors: dict[str, UserError] = {}
    fields: dict[str, Any] = {}
    try:
        fields = _shared_fields(request)
    except InvalidForm as invalid:
        errors |= invalid.errors
    errors |= _wrong_units(request, units, fields.get("elements", ()))
    if errors:
        raise InvalidForm(errors)
    return {
        routine_check_stream(_new_id(request, number, len(units))): RecordRoutineCheck(
            unit=Opaque(unit),
            **{
                **fields,
                "elements": tuple(key for key in fields["elements"] if key in _elements_of(request, unit)),
                "observation": Words(request.form.text(f"observation.{unit}") or fields["observation"]),
            },
        )
        for number, unit in enumerate(units, 1)
    }


def _shared_fields(request: PageRequest) -> dict[str, Any]:
    """The fields with one value for all departments. Raises `InvalidForm`.

    The findings about single departments are checked here too, but are not in the result.
    """
    act = RecordRoutineCheck.act
    form_fields = source_of(request, act).fields
    own_findings = [name for name in request.form if name.startswith("observation.")]
    # `_findings` reads several fields, and its errors have the names of those fields. So it needs no name here.
    values = form_fields.values(
        {
            "": lambda: _findings(request, act),
            **{name: partial(form_fields.words, name, LABELS["observation"]) for name in own_findings},
        }
    )
    shared: dict[str, Any] = values[""]
    return shared


def _wrong_units(request: PageRequest, units: Sequence[str], elements: Iterable[str]) -> dict[str, UserError]:
    """The error of the selection: no department, or an element that none of the selected departments has; else none."""
    clause = request.rulebook.routine_check.clause
    if not units:
        return {"unit": Incomplete(missing=Text(zh="被检查的部门", en="the departments checked"), clause=clause)}
    unknown = sorted(set(elements) - {key for unit in units for key in _elements_of(request, unit)})
    if not unknown:
        return {}
    missing = Text(zh=f"适用于要素 {'、'.join(unknown)} 的部门", en=f"a department that has {', '.join(unknown)}")
    return {"elements": Incomplete(missing=missing, clause=clause)}


def _new_id(request: PageRequest, number: int, count: int) -> str:
    """The id of a new check.

    A form that is sent twice gets the same id. If `count` is over 1, the id has the `number`.
    """
    digest = sha256(f"{request.user.id} {request.form.command_id}".encode()).hexdigest()[:8]
    return f"r-{request.today.year}-{digest}" + (f"-{number:02}" if count > 1 else "")


def _elements_of(request: PageRequest, unit: str) -> tuple[str, ...]:
    return elements_of(unit, request.roster, request.rulebook)


def _raise_if_refused(request: PageRequest, commands: dict[str, RecordRoutineCheck]) -> None:
    """Raise the `Refusal` if the only command would be refused, or `InvalidForm` if one of several would be refused."""
    batch = [BatchCommand(f"unit.{command.unit}", stream, command) for stream, command in commands.items()]
    refusals = {command.row: refusal for command, refusal in refused_commands(request, batch)}
    if refusals:
        raise next(iter(refusals.values())) if len(commands) == 1 else InvalidForm(refusals)


def _findings(request: PageRequest, act: str) -> dict[str, Any]:
    """The fields of the findings, which both commands have. Raises `InvalidForm`."""
    source = source_of(request, act)
    form_fields = source.fields
    values = form_fields.values(
        {
            "checked_on": lambda: form_fields.day("checked_on", LABELS["checked_on"]),
            "checked_by": lambda: account_fields.read(request, "checked_by", LABELS["checked_by"], form_fields.clause),
            "observation": lambda: form_fields.word("observation", LABELS["observation"]),
            "mend_until": lambda: form_fields.any_day("mend_until", LABELS["mend_until"]),
            "documents": lambda: source.documents("documents"),
            "to_mend": lambda: form_fields.words("to_mend", LABELS["to_mend"]),
        }
    )
    return {**values, "elements": tuple(request.form.texts("elements"))}


def _form(request: PageRequest, state: RoutineCheck | None, refusal: Refusal | None = None) -> Response:
    """The form that records a new check, or corrects `state`."""
    act = CorrectRoutineCheck.act if state else RecordRoutineCheck.act
    stream_state, context, _ = request.context(state.stream if state else "routine_check/new")
    request.permissions.require_act(act, stream_state, context)
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
        checkers=account_fields.offered(request),
        other_checkers=account_fields.typed(request, "checked_by"),
        units=units,
        selected=set(request.form.texts("unit")),
        tables=_tables(request, state, units),
        ticked=set(request.form.texts("elements")),
        locked=confidential_fields.vault_error(request),
        refusal=refusal,
    )


def _tables(request: PageRequest, state: RoutineCheck | None, units: Sequence[Unit]) -> list[ScoreForm]:
    """The tables whose elements can be chosen: of all departments, or of the department whose check is corrected."""
    rulebook = request.rulebook
    kinds = {unit.unit_kind for unit in units if state is None or unit.unit == state.unit}
    keys = {rulebook.forms_by_kind[kind].key for kind in kinds if kind in rulebook.forms_by_kind}
    return [table for table in rulebook.form if table.key in keys]


def _initial_fields(findings: Findings) -> list[tuple[str, str]]:
    """The initial fields of the form for a recorded check."""
    return [
        ("checked_on", findings.checked_on.isoformat()),
        *(("checked_by", account) for account in findings.checked_by),
        ("observation", findings.observation),
        ("to_mend", findings.to_mend or ""),
        ("mend_until", findings.mend_until.isoformat() if findings.mend_until else ""),
        *(("elements", key) for key in findings.elements),
    ]
