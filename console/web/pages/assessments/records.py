"""登记事项: the list of records of the kinds that the rulebook lists beside cases, the page of one, and the acts on it.

A department sees its own records; who conducts, decides or uses assessments sees all. A confidential kind is read as
cases are: by those who may read cases, and by nobody of the department. Not here: cases (`cases.py`), and the fields of
the form (`record_form.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256

import msgspec
from msgspec import Struct
from starlette.responses import Response

from console.web.forms.fields import Fields, read_all
from console.web.forms.refusal_status import status_of
from console.web.forms.submitting import submit
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states import policy
from states.acts import ACT_OF_FACT
from states.cases.record import EnterRecord, RescindRecord, ReviseRecord, kinds_to_enter, record_title
from states.records.record import Record, RecordedLine
from states.refusals import NotKnown, NotThere, Refusal
from states.rulebook.calculation.record_kinds import RecordKind
from states.rulebook.sentences.names import figure, option_title
from states.streams import id_of, kind_of, record_stream
from states.views import view_of_record
from states.vocabulary import Text, listed
from storage import queries

from .record_form import LABELS, form_page, initial_fields, read_body

pages = Pages()

_REASON = Text(zh="理由", en="the reason")


class LineView(Struct, frozen=True):
    """One line of a record, with the titles of its options and its number in words."""

    line: RecordedLine
    options: list[Text]
    number: str


class RecordEntry(Struct, frozen=True):
    """One entry in the history of a record."""

    title: Text
    actor: str
    principal: str | None
    at: datetime
    reason: str


@pages.get("/records", view="records")
def show(request: PageRequest) -> Response:
    """Show the records that the user may see, the latest first, with a button for each kind that the user may enter."""
    streams = [row.stream for row in queries.all_records(request.database) if kind_of(row.stream) == "record"]
    records = [_recorded(request, id_of(stream)) for stream in streams]
    readable = [record for record in records if request.permissions.may_read_record(record, request.rulebook)]
    readable.sort(key=lambda record: record.number, reverse=True)
    return request.answer.page(
        "records.html",
        records=readable,
        kinds=[kind for kind in kinds_to_enter(request.rulebook) if _may_enter(request, kind)],
        title_of=lambda record: record_title(record, request.rulebook),
    )


@pages.get("/records/new/{kind}", view="records")
def show_new(request: PageRequest, kind: str) -> Response:
    return form_page(request, _kind(request, kind), None)


@pages.post("/records/new/{kind}", view="records")
def enter(request: PageRequest, kind: str) -> Response:
    """Enter a record. The program makes its id, because an id chosen by a person might be a name."""
    of_kind, id_ = _kind(request, kind), _new_id(request)
    try:
        submit(request, record_stream(id_), EnterRecord(**read_body(request, of_kind)))
    except Refusal as refusal:
        return form_page(request, of_kind, None, refusal)
    return request.answer.redirect(f"/records/{id_}?done=enter_record")


@pages.get("/records/{record}", view="records")
def show_record(request: PageRequest, record: str) -> Response:
    return _page(request, record)


@pages.get("/records/{record}/revise", view="records")
def show_revision(request: PageRequest, record: str) -> Response:
    state = record_of(request, record)
    if state.body is not None:
        request.form.prefill(initial_fields(request, state.body))
    return form_page(request, _kind_of(request, state), state)


@pages.post("/records/{record}/revise", view="records")
def revise(request: PageRequest, record: str) -> Response:
    state = record_of(request, record)
    kind, fields = _kind_of(request, state), Fields(request.form, request.rulebook.cited("revise_record"))
    try:
        values = read_all(
            {
                "body": lambda: read_body(request, kind, state.body),
                "reason": lambda: fields.word("reason", LABELS["reason"]),
            }
        )
        submit(request, state.stream, ReviseRecord(**values["body"], reason=values["reason"]))
    except Refusal as refusal:
        return form_page(request, kind, state, refusal)
    return request.answer.redirect(f"/records/{record}?done=revise_record")


@pages.post("/records/{record}/rescind", view="records")
def rescind(request: PageRequest, record: str) -> Response:
    state = record_of(request, record)
    fields = Fields(request.form, request.rulebook.cited("rescind_record"))
    try:
        values = read_all({"reason": lambda: fields.word("reason", _REASON)})
        submit(request, state.stream, RescindRecord(**values))
    except Refusal as refusal:
        return _page(request, record, refusal)
    return request.answer.redirect(f"/records/{record}?done=rescind_record")


def record_of(request: PageRequest, id_: str) -> Record:
    """A record that the user may see. Raises `NotThere`, or the `Refusal` of the view."""
    record = _recorded(request, id_)
    if not request.permissions.may_read_record(record, request.rulebook):
        for unit in record.units:
            request.permissions.require_view(view_of_record(record, request.rulebook), unit)
    return record


def _recorded(request: PageRequest, id_: str) -> Record:
    """A record. It does not check whether the user may see it. Raises `NotThere`."""
    state = request.engine.state(record_stream(id_))
    assert isinstance(state, Record)
    if state.body is None:
        first = policy.title("enter_record", request.rulebook)
        act, stream = Text(zh="查阅登记事项", en="look at the record"), Text(zh="这项登记", en="such record")
        raise NotThere(act=act, stream=stream, first=first)
    return state


def _kind(request: PageRequest, key: str) -> RecordKind:
    """A kind of record that is entered here. Raises `NotKnown`."""
    kinds = {kind.key: kind for kind in kinds_to_enter(request.rulebook)}
    if key not in kinds:
        known = listed((kind.title.text for kind in kinds.values()), Text(zh="无", en="none"))
        clause = request.rulebook.cited("enter_record")
        raise NotKnown(what=Text(zh="登记事项", en="kind of record"), value=key, known=known, clause=clause)
    return kinds[key]


def _kind_of(request: PageRequest, record: Record) -> RecordKind:
    return _kind(request, record.body.record if record.body is not None else "")


def _new_id(request: PageRequest) -> str:
    """The id of a new record. A form that is sent twice gets the same id."""
    seed = f"{request.user.id} {request.form.command_id}"
    return f"e-{request.today.year}-{sha256(seed.encode()).hexdigest()[:8]}"


def _may_enter(request: PageRequest, kind: RecordKind) -> bool:
    by, _ = policy.entitled_roles("enter_record", None, None, request.rulebook)
    return not request.user.roles.isdisjoint(role for role in by if not kind.by or role in kind.by)


def _page(request: PageRequest, id_: str, refusal: Refusal | None = None) -> Response:
    record = record_of(request, id_)
    state, context, _ = request.context(record.stream)
    acts = () if record.rescinded else ("revise_record", "rescind_record")
    kind = request.rulebook.records.get(record.body.record) if record.body is not None else None
    return request.answer.page(
        "record.html",
        status_of(refusal),
        record=record,
        kind=kind,
        lines=list(_lines(record, kind)),
        acts=[act for act in acts if kind is not None and request.permissions.may_do(act, state, context)],
        title=record_title(record, request.rulebook),
        history=list(_history(request, record)),
        names=request.account_names,
        refusal=refusal,
        done=request.query.get("done", ""),
    )


def _lines(record: Record, kind: RecordKind | None) -> Iterator[LineView]:
    if record.body is None or kind is None:
        return
    for line in record.body.lines:
        options = [option_title(kind, field.key, line.fields.get(field.key, "")) for field in kind.field]
        yield LineView(line, options, "" if line.number is None else figure(line.number))


def _history(request: PageRequest, record: Record) -> Iterator[RecordEntry]:
    """The entries of the record, the latest first."""
    for entry in reversed(request.engine.ledger.stream(record.stream)):
        fact = msgspec.json.decode(entry.payload)
        act = policy.title(ACT_OF_FACT[entry.kind], request.rulebook)
        yield RecordEntry(act, entry.actor, entry.principal, entry.recorded_at, fact.get("reason", ""))
