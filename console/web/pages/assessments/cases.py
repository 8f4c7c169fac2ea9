"""案件: the list of disciplinary cases, the page of one case, and recording, revising and rescinding a case.

In the ledger a case has facts only: opaque id, standing, outcome, date, document; no narrative and no name. The
narrative is stored in the vault. A user does not see a case that concerns the user's own department (回避).

These acts change results and vetoes, so they need a recent authentication. The effect of a case on a department's
result is computed from the rulebook and shown beside the case. Not here: the fields of the form (`case_form.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from hashlib import sha256

import msgspec
from msgspec import Struct, structs
from starlette.responses import Response

from console.papers.sheets.case_list import EFFECTS, case_table, sanction_views
from console.web.display.spreadsheets import EXCEL
from console.web.forms import confidential_fields
from console.web.forms.confidential_files import PREFIX
from console.web.forms.fields import Fields, read_all
from console.web.forms.refusal_status import status_of
from console.web.forms.submitting import submit
from console.web.numbers import whole_number
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from documents.sheets.writing import write
from states import policy
from states.acts import ACT_OF_FACT
from states.cases.case import RecordCase, RescindCase, ReviseCase, case_title
from states.records.case import CASE, Case
from states.refusals import NotThere, Refusal
from states.streams import case_stream, id_of
from states.vocabulary import Text
from storage import queries

from .case_form import form_page, initial_fields, read_body

pages = Pages()

_REASON = Text(zh="理由", en="the reason")
_DOCUMENT = Text(zh="文号", en="the document's number")

_NARRATIVE = f"{PREFIX}narrative.text"
"""The field of the narrative, which is stored in the vault and not in the ledger."""


class CaseEntry(Struct, frozen=True):
    """One entry in the history of a case."""

    title: Text
    actor: str
    principal: str | None
    at: datetime
    reason: str


@pages.get("/cases", view="cases")
def show(request: PageRequest) -> Response:
    """Show the cases that the user may see, the latest first."""
    cases = [_recorded_case(request, id_of(row.stream)) for row in queries.all_cases(request.database)]
    readable = [case for case in cases if all(request.permissions.may_view("cases", unit) for unit in case.units)]
    readable.sort(key=lambda case: case.number, reverse=True)
    return request.answer.page(
        "cases.html",
        brought=whole_number(request.query.get("brought", "")),
        cases=[(case, sanction_views(case, request.rulebook)) for case in readable],
        may_record=request.permissions.is_entitled("record_case"),
        title_of=lambda case: case_title(case, request.rulebook),
        effects_of=lambda sanctions: {effect for one in sanctions for effect, _ in one.effects},
    )


@pages.get("/cases.xlsx", view="cases", reauthenticates=True)
def download(request: PageRequest) -> Response:
    """The lines of all cases that the user may see, one row for each person concerned, as a workbook."""
    cases = [_recorded_case(request, id_of(row.stream)) for row in queries.all_cases(request.database)]
    readable = [case for case in cases if all(request.permissions.may_view("cases", unit) for unit in case.units)]
    names = {person: request.format.text(name) for person, name in request.names_of_persons.items()}
    table = case_table(
        Text(zh="案件", en="Cases"), "", readable, request.rulebook, request.roster, request.directory.people, names,
        request.user.language,
    )  # fmt: skip
    return request.answer.download("cases.xlsx", write([table]), EXCEL)


def _name_of(request: PageRequest, person: str) -> str:
    return request.format.text(request.names_of_persons.get(person, person))


@pages.get("/cases/new", view="cases", reauthenticates=True)
def show_new(request: PageRequest) -> Response:
    return form_page(request, None)


@pages.post("/cases/new", view="cases", reauthenticates=True)
def record(request: PageRequest) -> Response:
    """Record a case. The program makes its id, because an id chosen by a person might be a name."""
    id_ = _new_id(request)
    try:
        values = read_all({"body": lambda: read_body(request), **_narrative_field(request)})
        _submit(request, case_stream(id_), RecordCase(**values["body"]), values[_NARRATIVE])
    except Refusal as refusal:
        return form_page(request, None, refusal)
    return request.answer.redirect(f"/cases/{id_}?done=record_case")


@pages.get("/cases/{case}", view="cases")
def show_case(request: PageRequest, case: str) -> Response:
    return _page(request, case)


@pages.get("/cases/{case}/revise", view="cases", reauthenticates=True)
def show_revision(request: PageRequest, case: str) -> Response:
    state = case_of(request, case)
    if state.body is not None:
        request.form.prefill(initial_fields(request, state.body))
    return form_page(request, state)


@pages.post("/cases/{case}/revise", view="cases", reauthenticates=True)
def revise(request: PageRequest, case: str) -> Response:
    state, fields = case_of(request, case), _fields(request)
    try:
        values = read_all(
            {
                "body": lambda: read_body(request, state.body),
                "reason": lambda: fields.word("reason", _REASON),
                **_narrative_field(request),
            }
        )
        _submit(request, state.stream, ReviseCase(**values["body"], reason=values["reason"]), values[_NARRATIVE])
    except Refusal as refusal:
        return form_page(request, state, refusal)
    return request.answer.redirect(f"/cases/{case}?done=revise_case")


@pages.post("/cases/{case}/rescind", view="cases", reauthenticates=True)
def rescind(request: PageRequest, case: str) -> Response:
    state, fields = case_of(request, case), _fields(request)
    try:
        values = read_all(
            {
                "reason": lambda: fields.word("reason", _REASON),
                "document": lambda: fields.word("document", _DOCUMENT),
            }
        )
        submit(request, state.stream, RescindCase(**values))
    except Refusal as refusal:
        return _page(request, case, refusal)
    return request.answer.redirect(f"/cases/{case}?done=rescind_case")


def case_of(request: PageRequest, id_: str) -> Case:
    """A recorded case. Raises `NotThere`, or `OwnUnitRead` if it concerns the user's own department."""
    case = _recorded_case(request, id_)
    for unit in case.units:
        request.permissions.require_view("cases", unit)
    return case


def _recorded_case(request: PageRequest, id_: str) -> Case:
    """A recorded case. It does not check whether the user may see it. Raises `NotThere`."""
    state = request.engine.state(case_stream(id_))
    assert isinstance(state, Case)
    if state.body is None:
        first = policy.title("record_case", request.rulebook)
        raise NotThere(
            act=Text(zh="查阅案件", en="look at the case"), stream=Text(zh="这起案件", en="such case"), first=first
        )
    return state


def _new_id(request: PageRequest) -> str:
    """The id of a new case. A form that is sent twice gets the same id."""
    seed = f"{request.user.id} {request.form.command_id}"
    return f"c-{request.today.year}-{sha256(seed.encode()).hexdigest()[:8]}"


def _fields(request: PageRequest) -> Fields:
    return Fields(request.form, request.rulebook.cited("revise_case"))


def _narrative_field(request: PageRequest) -> dict[str, Callable[[], confidential_fields.ConfidentialContent | None]]:
    """The reader of the narrative, by the name of its field."""
    return {_NARRATIVE: lambda: confidential_fields.read(request, "narrative", "case_narrative", None)}


def _submit(
    request: PageRequest,
    stream: str,
    command: RecordCase | ReviseCase,
    narrative: confidential_fields.ConfidentialContent | None,
) -> None:
    """Store the narrative in the vault if there is one, and submit the command.

    The narrative is stored with the person whom it is about, if the case has exactly one person.
    """
    people = {sanction.person for sanction in command.sanctions}
    about = people.pop() if len(people) == 1 else None
    units = dict.fromkeys(filter(None, (command.unit, command.unit_now)))
    contents = [structs.replace(narrative, about=about)] if narrative else []
    submit(request, stream, confidential_fields.store(request, command, stream, contents, units))


def _page(request: PageRequest, id_: str, refusal: Refusal | None = None) -> Response:
    case = case_of(request, id_)
    acts = [
        act for act in ("revise_case", "rescind_case") if request.permissions.is_entitled(act) and not case.rescinded
    ]
    return request.answer.page(
        "case.html",
        status_of(refusal),
        case=case,
        sanctions=sanction_views(case, request.rulebook),
        kind=request.rulebook.records[CASE],
        effects=EFFECTS,
        name_of=lambda person: _name_of(request, person),
        acts=acts,
        history=list(_history(request, case)),
        names=request.account_names,
        refusal=refusal,
        done=request.query.get("done", ""),
    )


def _history(request: PageRequest, case: Case) -> Iterator[CaseEntry]:
    """The entries of the case, the latest first."""
    for entry in reversed(request.engine.ledger.stream(case.stream)):
        fact = msgspec.json.decode(entry.payload)
        act = policy.title(ACT_OF_FACT[entry.kind], request.rulebook)
        yield CaseEntry(act, entry.actor, entry.principal, entry.recorded_at, fact.get("reason", ""))
