"""登记多个部门: one form that registers many departments, typed in rows or pasted from a spreadsheet: all or none.

The program fills in the ids of departments and persons that are not typed. A line that may contain a person's name is
refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from starlette.responses import Response

from console.web.forms.command_batch import BatchCommand, submit_all
from console.web.forms.fields import Fields
from console.web.forms.rows import Column, FormRows
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states import policy
from states.assessment import Member
from states.records.roster import next_unit_id
from states.refusals import Incomplete, Malformed, Refusal
from states.vocabulary import Citation, Text
from states.year.roster import RegisterUnit

from .roster import FIELDS, read_team, unit_kinds

pages = Pages()

_ID = re.compile(r"[a-z0-9][a-z0-9._-]*")
_UNITS = Text(zh="部门", en="departments")


@pages.get("/roster/several", view="year")
def show(request: PageRequest) -> Response:
    return _page(request, _rows(request))


@pages.post("/roster/several", view="year")
def register_units(request: PageRequest) -> Response:
    """Fill in the empty cells, and register the departments of the table: all or none."""
    rows = _rows(request)

    def read() -> dict[int, RegisterUnit]:
        _fill_gaps(request, rows)
        return _read_commands(request, rows)

    return rows.respond(partial(_page, request, rows), read, lambda commands: _register(request, rows, commands))


def _register(request: PageRequest, rows: FormRows, commands: Mapping[int, RegisterUnit]) -> str:
    """Register the departments. Returns the path of the next page."""
    batch = [BatchCommand(str(n), "roster", command, key=command.unit) for n, command in commands.items()]
    submit_all(request, batch, rows.errors_of_row)
    return f"/roster?several={len(commands)}"


def _rows(request: PageRequest) -> FormRows:
    columns = (
        Column("unit", FIELDS["unit"], optional=True),
        Column("title", FIELDS["title"]),
        Column("unit_kind", FIELDS["unit_kind"], choices=unit_kinds(request)),
        Column("staff", FIELDS["staff"]),
        Column("heads", FIELDS["heads"], tall=True),
        Column("members", FIELDS["members"], tall=True, optional=True),
    )
    return FormRows(request, columns, policy.clause_of("register_unit", request.rulebook))


def _page(request: PageRequest, rows: FormRows, refusal: Refusal | None = None, read: int = 0) -> Response:
    return request.answer.page(
        "new_units.html",
        409 if refusal else 200,
        rows=rows,
        refusal=refusal,
        label_of=rows.labels,
        read=read,
        may_register=request.permissions.is_entitled("register_unit"),
    )


def _fill_gaps(request: PageRequest, rows: FormRows) -> None:
    """Fill in the empty cells.

    A department gets the next free id of the roster and the kind of the row above. A person gets the id of the
    department with a letter and a number (`u-07-h1`).
    """
    ids = {*request.roster.units, *(rows.cell(n, "unit") for n in rows.numbers)}
    cells: dict[str, str] = {}
    kind = ""
    for n in rows.numbers:
        unit = rows.cell(n, "unit") or next_unit_id(ids)
        ids.add(unit)
        kind = rows.cell(n, "unit_kind") or kind
        cells |= {f"{n}.unit": unit, f"{n}.unit_kind": kind}
        for team in ("heads", "members"):
            cells[f"{n}.{team}"] = _with_ids(rows.cell(n, team), f"{unit}-{team[0]}")
    rows.fill(cells)


def _with_ids(text: str, prefix: str) -> str:
    """The text with one person in each line. A line with only a post gets an id before it."""
    lines = [line.strip() for line in re.split(r"[\n;；]", text) if line.strip()]
    return "\n".join(
        # A line of several words without an id is not changed. Its first word may be a name, which is refused later.
        line if _ID.fullmatch(line.split()[0]) or len(line.split()) > 1 else f"{prefix}{n} {line}"
        for n, line in enumerate(lines, 1)
    )


def _read_commands(request: PageRequest, rows: FormRows) -> dict[int, RegisterUnit]:
    """The command of each row. Raises `InvalidForm` with the errors of all cells, or `Incomplete` without rows."""
    fields = Fields(request.form, rows.clause)

    def readers(n: int) -> Mapping[str, Callable[[], Any]]:
        return {
            "unit": lambda: fields.id(f"{n}.unit", FIELDS["unit"]),
            "title": lambda: fields.word(f"{n}.title", FIELDS["title"]),
            "unit_kind": lambda: fields.word(f"{n}.unit_kind", FIELDS["unit_kind"]),
            "staff": lambda: fields.whole(f"{n}.staff", FIELDS["staff"]),
            "heads": lambda: _read_team(rows.cell(n, "heads"), FIELDS["heads"], rows.clause),
            "members": lambda: _read_team(rows.cell(n, "members"), FIELDS["members"], rows.clause),
        }

    values = rows.read_all(readers)
    if not values:
        raise Incomplete(missing=_UNITS, clause=rows.clause)
    return {n: RegisterUnit(**row) for n, row in values.items()}


def _read_team(text: str, title: Text, clause: Citation) -> tuple[Member, ...]:
    """The persons in a cell. Raises `Malformed`, also if a line does not begin with an id."""
    for line in text.splitlines():
        # The first word of a line must be the person's id. Otherwise it may be a name, and no entry may have a name.
        if not _ID.fullmatch(line.split()[0]):
            why = Text(
                zh=f"“{line}”的第一项不是编号。不写姓名，只写职务，或先写编号（如 p-0101）",
                en=f"“{line}” does not begin with an id. Do not write names: "
                "write the post only, or an id first, such as p-0101",
            )
            raise Malformed(what=title, why=why, clause=clause)
    return read_team(text, title, clause)
