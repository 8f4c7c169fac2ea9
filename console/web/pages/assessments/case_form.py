"""The form of a case, with one row of fields for each sanction of a person: drawing it, filling it, and reading it.

The form serves both to record and to revise a case, because both commands have these fields. Not here: the reason for a
revision and the confidential narrative, which `cases.py` reads; and submitting the command.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from msgspec import structs
from starlette.responses import Response

from console.web.forms import confidential_fields
from console.web.forms.fields import Fields
from console.web.forms.refusal_status import status_of
from console.web.request.page_request import PageRequest
from states.records.case import CASE, Case, CaseBody, Sanction
from states.refusals import Malformed, Refusal
from states.rulebook.calculation.record_kinds import FieldKind
from states.vocabulary import Opaque, Text

_ROWS = 4
"""The number of rows in an empty form."""

_MAX_ROWS = 50
"""The number of rows that are read from a form, at most."""

_SANCTION_FIELDS = ("person", "effective_on", "document", "instead_of", "remark")
"""The fields of a row besides those of the rulebook (`fields.outcome`). The row's number follows: `person.2`."""

LABELS = {
    "unit": Text(zh="发生时所在部门", en="the department at the time"),
    "unit_now": Text(zh="现在部门", en="the department now"),
    "acted_on": Text(zh="行为日期", en="the day of the act"),
    "elements": Text(zh="失分的要素", en="the elements"),
    "person": Text(zh="人员编号", en="the person's id"),
    "effective_on": Text(zh="生效日期", en="the effective date"),
    "document": Text(zh="文号", en="the document's number"),
    "instead_of": Text(zh="代替的较重处理", en="the heavier outcome"),
    "remark": Text(zh="说明", en="the remark"),
    "reason": Text(zh="变更理由", en="the reason"),
}
"""The titles of the fields, as used in error messages."""


def form_page(request: PageRequest, case: Case | None, refusal: Refusal | None = None) -> Response:
    """The page with the form that records a new case, or revises `case`. Raises a `Refusal` if the user may not."""
    state, context, _ = request.context(case.stream if case else "case/new")
    request.permissions.require_act("revise_case" if case else "record_case", state, context)
    kind = request.rulebook.records[CASE]
    return request.answer.page(
        "case_form.html",
        status_of(refusal),
        field_of=partial(_field_of, request),
        label_of=_labels(request),
        case=case,
        refusal=refusal,
        locked=confidential_fields.vault_error(request),
        rows=range(_row_count(case)),
        filled=set(_filled_rows(request)),
        kind=kind,
        choices_of={field.key: _choices(request, field) for field in kind.field},
        units=list(request.roster.units.values()),
    )


def _choices(request: PageRequest, field: FieldKind) -> list[tuple[str, str]]:
    return [(option.key, option.title.text.render(request.user.language)) for option in field.option]


def initial_fields(body: CaseBody) -> list[tuple[str, str]]:
    """The initial fields of the form for a recorded case."""
    fields = [
        ("unit", body.unit),
        ("unit_now", body.unit_now or ""),
        ("elements", ", ".join(body.elements)),
        ("acted_on", body.acted_on.isoformat() if body.acted_on else ""),
    ]
    for row, sanction in enumerate(body.sanctions):
        fields += [(f"{name}.{row}", str(getattr(sanction, name) or "")) for name in _SANCTION_FIELDS]
        fields += [(f"fields.{field}.{row}", option) for field, option in sanction.fields.items()]
    return fields


def read_body(request: PageRequest) -> dict[str, Any]:
    """The fields that both commands have, by name, from the form. Raises `InvalidForm` with all errors."""
    fields = Fields(request.form, request.rulebook.veto_clause)
    # If no row is filled in, the empty first row is read, so that the refusal names its missing fields.
    rows = list(_filled_rows(request)) or [0]
    values = fields.values(
        {
            "unit": lambda: fields.id("unit", LABELS["unit"]),
            "acted_on": lambda: fields.any_day("acted_on", LABELS["acted_on"]),
            "elements": lambda: fields.words("elements", LABELS["elements"]) or "",
            **{
                f"person.{row}": partial(_read_sanction, fields, row, request.rulebook.records[CASE].field)
                for row in rows
            },
        }
    )
    unit_now = request.form.text("unit_now")
    elements = values["elements"].replace("，", ",").replace("、", ",").split(",")
    body = CaseBody(
        unit=values["unit"],
        unit_now=Opaque(unit_now) if unit_now else None,
        acted_on=values["acted_on"],
        elements=tuple(filter(None, (element.strip() for element in elements))),
        sanctions=tuple(values[f"person.{row}"] for row in rows),
    )
    return structs.asdict(body)


def _read_sanction(fields: Fields, row: int, kinds: tuple[FieldKind, ...]) -> Sanction:
    """The sanction in a row. Raises `InvalidForm` with all errors of the row."""
    optional = ("document", "instead_of", "remark")
    options = {f"fields.{kind.key}.{row}": kind for kind in kinds}
    values = fields.values(
        {
            f"person.{row}": lambda: fields.id(f"person.{row}", LABELS["person"]),
            **{name: partial(_read_option, fields, name, kind) for name, kind in options.items()},
            f"effective_on.{row}": lambda: fields.any_day(f"effective_on.{row}", LABELS["effective_on"]),
            **{f"{name}.{row}": partial(fields.words, f"{name}.{row}", LABELS[name]) for name in optional},
        }
    )
    own = {name.partition(".")[0]: value for name, value in values.items() if name not in options}
    return Sanction(**own, fields={kind.key: values[name] for name, kind in options.items()})


def _read_option(fields: Fields, name: str, kind: FieldKind) -> str:
    word = fields.word(name, _label(kind))
    if word not in kind.options:
        why = Text(zh="不在所列选项之中", en="it is not one of those listed")
        raise Malformed(what=_label(kind), why=why, clause=fields.clause)
    return word


def _label(kind: FieldKind) -> Text:
    """The title of a field of the rulebook, within a sentence."""
    return Text(zh=kind.title.zh, en=f"the {kind.title.en.lower()}")


def _labels(request: PageRequest) -> dict[str, Text]:
    titles = {name: LABELS[name] for name in _SANCTION_FIELDS}
    titles |= {f"fields.{kind.key}": _label(kind) for kind in request.rulebook.records[CASE].field}
    return LABELS | {f"{name}.{row}": title for row in _filled_rows(request) for name, title in titles.items()}


def _row_count(case: Case | None) -> int:
    """The number of rows to show: one for each person of the case and one more, but at least `_ROWS`."""
    return max(_ROWS, len(case.body.sanctions) + 1) if case is not None and case.body is not None else _ROWS


def _filled_rows(request: PageRequest) -> Iterator[int]:
    """The numbers of the rows in which something was typed."""
    names = [*_SANCTION_FIELDS, *(f"fields.{kind.key}" for kind in request.rulebook.records[CASE].field)]
    for row in range(_MAX_ROWS):
        if any(request.form.text(f"{name}.{row}") for name in names):
            yield row


def _field_of(request: PageRequest, path: str) -> str:
    """The form field to which a field of the command belongs: `sanctions.1` is the second row that is filled in."""
    head, _, rest = path.partition(".")
    number, _, name = rest.partition(".")
    if head != "sanctions":
        return head
    rows = list(_filled_rows(request))
    return f"{name or 'person'}.{rows[int(number)]}" if number.isdigit() and int(number) < len(rows) else "person.0"
