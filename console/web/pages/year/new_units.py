"""登记多个部门: departments put on the roster together, typed row by row or pasted from a spreadsheet. All of them or none."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from starlette.responses import Response

from console.web.forms.command_batch import Asked, submit_all
from console.web.forms.fields import Fields
from console.web.forms.rows import Column, Rows
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states import policy
from states.refusals import Incomplete, Malformed, Refusal
from states.vocabulary import Citation, Text
from states.year.roster import RegisterUnit

from .roster import FIELDS, kinds, people
from .year import may

pages = Pages()

_ID = re.compile(r"[a-z0-9][a-z0-9._-]*")
_UNITS = Text(zh="部门", en="units")


@pages.get("/roster/several", view="year")
def show(request: PageRequest) -> Response:
    return _page(request, _rows(request))


@pages.post("/roster/several", view="year")
def post(request: PageRequest) -> Response:
    """Register the departments of the table."""
    rows = _rows(request)

    def read() -> dict[int, RegisterUnit]:
        _suggest(request, rows)
        return _commands(request, rows)

    return rows.respond(partial(_page, request, rows), read, lambda commands: _register(request, rows, commands))


def _register(request: PageRequest, rows: Rows, commands: Mapping[int, RegisterUnit]) -> str:
    asked = [Asked(str(n), "roster", command, key=command.unit) for n, command in commands.items()]
    submit_all(request, asked, rows.at)
    return f"/roster?several={len(commands)}"


def _rows(request: PageRequest) -> Rows:
    columns = (
        Column("unit", FIELDS["unit"], optional=True), Column("title", FIELDS["title"]),
        Column("unit_kind", FIELDS["unit_kind"], choices=kinds(request)), Column("staff", FIELDS["staff"]),
        Column("heads", FIELDS["heads"], tall=True), Column("members", FIELDS["members"], tall=True, optional=True),
    )  # fmt: skip
    return Rows(request, columns, policy.cited("register_unit", request.rulebook))


def _page(request: PageRequest, rows: Rows, refusal: Refusal | None = None, read: int = 0) -> Response:
    return request.answer.page(
        "new_units.html", 409 if refusal else 200, rows=rows, refusal=refusal, label_of=rows.labels, read=read,
        may_register=may(request, "register_unit"),
    )  # fmt: skip


def _suggest(request: PageRequest, rows: Rows) -> None:
    """Fill in what was left out: the kind of the row above, the next id of the roster, and one of each person by unit and place."""
    known = {*request.roster.units, *(rows.cell(n, "unit") for n in rows.numbers)}
    cells: dict[str, str] = {}
    kind = ""
    for n in rows.numbers:
        unit = rows.cell(n, "unit") or _next(known)
        known.add(unit)
        kind = rows.cell(n, "unit_kind") or kind
        cells |= {f"{n}.unit": unit, f"{n}.unit_kind": kind}
        cells |= {f"{n}.{name}": _with_ids(rows.cell(n, name), f"{unit}-{name[0]}") for name in ("heads", "members")}
    rows.fill(cells)


def _next(known: set[str]) -> str:
    """The id after the last one: `u-07` after `u-06`."""
    found = [(int(one[2]), one[1], len(one[2])) for id_ in known if (one := re.fullmatch(r"(.*?)([0-9]{1,9})", id_))]
    last, prefix, width = max(found, default=(0, "u-", 2))
    return f"{prefix}{last + 1:0{width}}"


def _with_ids(typed: str, prefix: str) -> str:
    """One person a line, with an id before a post that has none."""
    lines = [line.strip() for line in re.split(r"[\n;；]", typed) if line.strip()]
    return "\n".join(
        line if _ID.fullmatch(line.split()[0]) or len(line.split()) > 1 else f"{prefix}{n} {line}"
        for n, line in enumerate(lines, 1)
    )


def _commands(request: PageRequest, rows: Rows) -> dict[int, RegisterUnit]:
    """The command of each row. InvalidForm with everything that is wrong, each fault at its cell."""
    typed = Fields(request.form, rows.clause)

    def values(n: int) -> Mapping[str, Callable[[], Any]]:
        return {
            "unit": lambda: typed.id(f"{n}.unit", FIELDS["unit"]),
            "title": lambda: typed.word(f"{n}.title", FIELDS["title"]),
            "unit_kind": lambda: typed.word(f"{n}.unit_kind", FIELDS["unit_kind"]),
            "staff": lambda: typed.whole(f"{n}.staff", FIELDS["staff"]),
            "heads": lambda: _people(rows.cell(n, "heads"), FIELDS["heads"], rows.clause),
            "members": lambda: _people(rows.cell(n, "members"), FIELDS["members"], rows.clause),
        }

    found = rows.read_all(values)
    if not found:
        raise Incomplete(missing=_UNITS, clause=rows.clause)
    return {n: RegisterUnit(**said) for n, said in found.items()}


def _people(typed: str, what: Text, clause: Citation) -> Any:
    """The persons of a cell. A word before the post that is no id may be a name, which no entry may hold."""
    for line in typed.splitlines():
        if not _ID.fullmatch(line.split()[0]):
            why = Text(
                zh=f"“{line}”的第一项不是编号。不写姓名，只写职务，或先写编号（如 p-0101）",
                en=f"“{line}” does not begin with an id. Do not write names: write the post only, or an id first, such as p-0101",
            )
            raise Malformed(what=what, why=why, clause=clause)
    return people(typed, what, clause)
