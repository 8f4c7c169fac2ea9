"""The form of a case, with one row of fields for each sanction of a person: drawing it, filling it, and reading it.

The form serves both to record and to revise a case, because both commands have these fields. Not here: the reason for a
revision and the confidential narrative, which `cases.py` reads; and submitting the command.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from msgspec import structs
from starlette.responses import Response

from config.typed import listed_parts
from console.web.forms import confidential_fields
from console.web.forms.fields import Fields
from console.web.forms.line_rows import LineRows
from console.web.forms.refusal_status import status_of
from console.web.request.directory_names import DirectoryNames
from console.web.request.page_request import PageRequest
from states.records.case import CASE, Case, CaseBody, Sanction
from states.refusals import Refusal
from states.vocabulary import Opaque, Text

LABELS = {
    "unit": Text(zh="发生时所在部门", en="the department at the time"),
    "unit_now": Text(zh="现在部门", en="the department now"),
    "acted_on": Text(zh="行为日期", en="the day of the act"),
    "elements": Text(zh="失分的要素", en="the elements"),
    "person": Text(zh="人员", en="the person"),
    "effective_on": Text(zh="生效日期", en="the effective date"),
    "document": Text(zh="文号", en="the document's number"),
    "instead_of": Text(zh="代替的较重处理", en="the heavier outcome"),
    "remark": Text(zh="说明", en="the remark"),
    "reason": Text(zh="变更理由", en="the reason"),
}
"""The titles of the fields, as used in error messages."""

_SANCTION_LABELS = {name: LABELS[name] for name in ("person", "effective_on", "document", "instead_of", "remark")}
"""The fields of a row besides those of the rulebook (`fields.outcome`)."""


def form_page(request: PageRequest, case: Case | None, refusal: Refusal | None = None) -> Response:
    """The page with the form that records a new case, or revises `case`. Raises a `Refusal` if the user may not."""
    state, context, _ = request.context(case.stream if case else "case/new")
    request.permissions.require_act("revise_case" if case else "record_case", state, context)
    rows, kind = _rows(request), request.rulebook.records[CASE]
    return request.answer.page(
        "case_form.html",
        status_of(refusal),
        field_of=rows.field_of,
        label_of=LABELS | rows.labels,
        case=case,
        refusal=refusal,
        locked=confidential_fields.vault_error(request),
        rows=range(rows.count(len(case.body.sanctions) if case is not None and case.body is not None else 0)),
        filled=set(rows.filled),
        kind=kind,
        choices_of=rows.choices,
        people=request.directory_names.options,
        units=list(request.roster.units.values()),
    )


def _rows(request: PageRequest) -> LineRows:
    return LineRows(request, request.rulebook.records[CASE], "sanctions", _SANCTION_LABELS)


def initial_fields(request: PageRequest, body: CaseBody) -> list[tuple[str, str]]:
    """The initial fields of the form for a recorded case."""
    names = request.directory_names
    fields = [
        ("unit", body.unit),
        ("unit_now", body.unit_now or ""),
        ("elements", ", ".join(body.elements)),
        ("acted_on", body.acted_on.isoformat() if body.acted_on else ""),
    ]
    for row, sanction in enumerate(body.sanctions):
        own = {name: str(getattr(sanction, name) or "") for name in _SANCTION_LABELS}
        own["person"] = names.text_of(sanction.person)
        fields += [(f"{name}.{row}", text) for name, text in own.items()]
        fields += [(f"fields.{field}.{row}", option) for field, option in sanction.fields.items()]
    return fields


def read_body(request: PageRequest, before: CaseBody | None = None) -> dict[str, Any]:
    """The fields that both commands have, by name, from the form. Raises `InvalidForm` with all errors.

    `before`: the case as it is recorded, if the form revises it.
    """
    fields, rows = Fields(request.form, request.rulebook.cited("record_case")), _rows(request)
    names = request.directory_names.and_ids([one.person for one in before.sanctions] if before is not None else ())
    values = fields.values(
        {
            "unit": lambda: fields.id("unit", LABELS["unit"]),
            "acted_on": lambda: fields.any_day("acted_on", LABELS["acted_on"]),
            "elements": lambda: fields.words("elements", LABELS["elements"]) or "",
            **{f"person.{row}": partial(_read_sanction, fields, rows, row, names) for row in rows.to_read},
        }
    )
    unit_now = request.form.text("unit_now")
    body = CaseBody(
        unit=values["unit"],
        unit_now=Opaque(unit_now) if unit_now else None,
        acted_on=values["acted_on"],
        elements=listed_parts(values["elements"]),
        sanctions=tuple(values[f"person.{row}"] for row in rows.to_read),
    )
    return structs.asdict(body)


def _read_sanction(fields: Fields, rows: LineRows, row: int, names: DirectoryNames) -> Sanction:
    """The sanction in a row. Raises `InvalidForm` with all errors of the row."""
    optional, options = ("document", "instead_of", "remark"), rows.readers(fields, row)
    values = fields.values(
        {
            f"person.{row}": lambda: fields.person(f"person.{row}", LABELS["person"], names.id_of),
            **options,
            f"effective_on.{row}": lambda: fields.any_day(f"effective_on.{row}", LABELS["effective_on"]),
            **{f"{name}.{row}": partial(fields.words, f"{name}.{row}", LABELS[name]) for name in optional},
        }
    )
    own = {name.partition(".")[0]: value for name, value in values.items() if name not in options}
    return Sanction(**own, fields=rows.options(values, row))
