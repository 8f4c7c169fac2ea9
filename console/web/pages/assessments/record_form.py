"""The form of a record, made from the fields of its kind: drawing it, filling it, and reading it.

The form serves both to enter and to revise a record. Not here: the reason for a revision, which `records.py` reads, and
submitting the command.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from msgspec import structs
from starlette.responses import Response

from console.web.forms.fields import Fields
from console.web.forms.line_rows import LineRows
from console.web.forms.refusal_status import status_of
from console.web.request.directory_names import DirectoryNames
from console.web.request.page_request import PageRequest
from states.records.record import Record, RecordBody, RecordedLine
from states.refusals import Refusal
from states.rulebook.calculation.ladders import LadderRow
from states.rulebook.calculation.record_kinds import RecordKind
from states.rulebook.types import Rulebook
from states.vocabulary import Opaque, Text

LABELS = {
    "unit": Text(zh="发生时所在部门", en="the department at the time"),
    "unit_now": Text(zh="现在部门", en="the department now"),
    "acted_on": Text(zh="发生日期", en="the day on which it happened"),
    "person": Text(zh="人员", en="the person"),
    "number": Text(zh="数量", en="the number"),
    "effective_on": Text(zh="生效日期", en="the effective date"),
    "document": Text(zh="文号", en="the document's number"),
    "remark": Text(zh="说明", en="the remark"),
    "reason": Text(zh="更正理由", en="the reason"),
}
"""The titles of the fields, as used in error messages."""


def form_page(
    request: PageRequest, kind: RecordKind, record: Record | None, refusal: Refusal | None = None
) -> Response:
    """The page with the form that enters a new record, or revises `record`. Raises a `Refusal` if the user may not."""
    state, context, _ = request.context(record.stream if record else "record/new")
    request.permissions.require_act("revise_record" if record else "enter_record", state, context)
    rows = _rows(request, kind)
    return request.answer.page(
        "record_form.html",
        status_of(refusal),
        field_of=rows.field_of,
        label_of=LABELS | rows.labels,
        record=record,
        kind=kind,
        refusal=refusal,
        rows=range(rows.count(len(record.body.lines) if record is not None and record.body is not None else 0)),
        filled=set(rows.filled),
        row_fields=_row_fields(kind, request.rulebook),
        choices_of=rows.choices,
        numbers=_numbers(kind, request.rulebook),
        needs_number=_needs_number(kind, request.rulebook),
        people=request.directory_names.options if kind.personal else [],
        units=_units(request),
    )


def initial_fields(request: PageRequest, body: RecordBody) -> list[tuple[str, str]]:
    """The initial fields of the form for a record."""
    names = request.directory_names
    fields = [
        ("unit", body.unit),
        ("unit_now", body.unit_now or ""),
        ("acted_on", body.acted_on.isoformat() if body.acted_on else ""),
    ]
    for row, line in enumerate(body.lines):
        fields.append((f"person.{row}", names.text_of(line.person) if line.person is not None else ""))
        for name in ("number", "effective_on", "document", "remark"):
            value = getattr(line, name)
            fields.append((f"{name}.{row}", "" if value is None else str(value)))
        fields += [(f"fields.{field}.{row}", option) for field, option in line.fields.items()]
    return fields


def read_body(request: PageRequest, kind: RecordKind, before: RecordBody | None = None) -> dict[str, Any]:
    """The fields that both commands have, by name, from the form. Raises `InvalidForm` with all errors.

    `before`: the record as it is, if the form revises it.
    """
    recorded = [line.person for line in before.lines if line.person is not None] if before is not None else ()
    names = request.directory_names.and_ids(recorded)
    fields, rows = Fields(request.form, request.rulebook.cited("enter_record")), _rows(request, kind)
    lines = {
        f"fields.{kind.first.key}.{row}": partial(_read_line, request, fields, rows, kind, names, row)
        for row in rows.to_read
    }
    values = fields.values(
        {
            "unit": lambda: fields.id("unit", LABELS["unit"]),
            "acted_on": lambda: fields.any_day("acted_on", LABELS["acted_on"]),
            **lines,
        }
    )
    unit_now = request.form.text("unit_now")
    body = RecordBody(
        record=kind.key,
        unit=values["unit"],
        unit_now=Opaque(unit_now) if unit_now else None,
        acted_on=values["acted_on"],
        lines=tuple(values[name] for name in lines),
    )
    return structs.asdict(body)


def _read_line(
    request: PageRequest, fields: Fields, rows: LineRows, kind: RecordKind, names: DirectoryNames, row: int
) -> RecordedLine:
    """The line in a row. Raises `InvalidForm` with all errors of the row."""
    options = rows.readers(fields, row)
    has_number = bool(request.form.text(f"number.{row}")) or _needs_number(kind, request.rulebook)
    person, number = f"person.{row}", f"number.{row}"
    values = fields.values(
        {
            person: lambda: fields.person(person, LABELS["person"], names.id_of) if kind.personal else None,
            **options,
            number: lambda: fields.number(number, LABELS["number"]) if has_number else None,
            f"effective_on.{row}": lambda: fields.any_day(f"effective_on.{row}", LABELS["effective_on"]),
            **{
                f"{name}.{row}": partial(fields.words, f"{name}.{row}", LABELS[name]) for name in ("document", "remark")
            },
        }
    )
    own = {name.partition(".")[0]: value for name, value in values.items() if name not in options}
    return RecordedLine(**own, fields=rows.options(values, row))


def _rows(request: PageRequest, kind: RecordKind) -> LineRows:
    return LineRows(request, kind, "lines", {name: LABELS[name] for name in _row_fields(kind, request.rulebook)})


def _row_fields(kind: RecordKind, rulebook: Rulebook) -> list[str]:
    """The fields of a row besides those of the kind: a person if it is about persons, a number if a row takes one."""
    person = ["person"] if kind.personal else []
    number = ["number"] if _numbers(kind, rulebook) is not None else []
    return [*person, *number, "effective_on", "document", "remark"]


def _numbers(kind: RecordKind, rulebook: Rulebook) -> Text | None:
    """What is entered as the number of a line, in words. None if no row of a ladder takes one."""
    rows = [row for row in _ladder_rows(kind, rulebook) if row.takes_number]
    if not rows:
        return None
    limits = [row.between for row in rows if row.between is not None]
    if len(limits) == len(rows):
        low, high = min(low for low, _ in limits), max(high for _, high in limits)
        return Text(zh=f"分值，在 {low} 至 {high} 之间", en=f"points, between {low} and {high}")
    return Text(zh="次数或数量", en="how many")


def _needs_number(kind: RecordKind, rulebook: Rulebook) -> bool:
    """Whether every line of this kind has a number, whatever its options."""
    rows = _ladder_rows(kind, rulebook)
    return bool(rows) and all(row.takes_number for row in rows)


def _ladder_rows(kind: RecordKind, rulebook: Rulebook) -> list[LadderRow]:
    """The rows of all ladders that read this kind of record."""
    return [row for ladder in rulebook.ladder if ladder.record == kind.key for row in ladder.row]


def _units(request: PageRequest) -> list[tuple[str, Text]]:
    """The departments to choose from. Who acts only for a department chooses that one."""
    own = request.user.unit if request.user.roles == {"unit"} else None
    units = [unit for unit in request.roster.units.values() if own is None or unit.unit == own]
    closed = {unit.unit for unit in units if request.roster.closing(unit.unit)}
    return [
        (unit.unit, Text(zh=f"{unit.title}（已撤销）", en=f"{unit.title} (closed)") if unit.unit in closed
         else Text(zh=unit.title, en=unit.title))
        for unit in units
    ]  # fmt: skip
