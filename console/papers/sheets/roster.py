"""名册: the departments of a year with their leading teams. It is read back as a sheet to move in (`workflow/move_in/`).

One row for each member of a team; the cells of the department stand in each of its rows and are never merged. A second
sheet has each department once: without it, who brings the file in would count the team as the whole staff. What the
office corrects is open; the id, the name and the kind of a department say which one a row is about.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from documents.sheets.writing import ExcelColumn
from storage.people import Person
from workflow.papers.sources import YearSource

from .parts import Columns, Row, of_year
from .source import PaperSheets, SheetReader

_PLACES = ("正职", "副职")
_COLUMNS: Columns = {
    "id": ExcelColumn(title="部门编号", width=12),
    "unit": ExcelColumn(title="部门名称", width=28),
    "kind": ExcelColumn(title="类别", width=14),
    "staff": ExcelColumn(title="教职工数", width=10, kind="number", is_input=True),
    "name": ExcelColumn(title="姓名", width=12, is_input=True),
    "staff_number": ExcelColumn(title="工号", width=12, is_input=True),
    "post": ExcelColumn(title="职务", width=26, is_input=True),
    "team": ExcelColumn(title="班子", width=8, choices=_PLACES, is_input=True),
}

_UNIT_COLUMNS: Columns = {key: _COLUMNS[key] for key in ("id", "unit", "kind", "staff")}


def roster(one: YearSource, reader: SheetReader) -> PaperSheets:
    rows = _rows(one, reader.people(), reader.person_names())
    head, other = _PLACES
    more = f"{head}：部门党政主要负责人　{other}：领导班子其他成员"
    teams = of_year("roster", one, _COLUMNS, rows, title="考核对象名册", more=more)
    units = of_year("roster", one, _UNIT_COLUMNS, _unit_rows(one), title="被考核部门名单")
    return PaperSheets((teams, replace(units, name="部门")))


def _rows(one: YearSource, people: Mapping[str, Person], names: Mapping[str, str]) -> Iterator[Row]:
    for each in one.units:
        unit = one.roster.units.get(each.state.unit)
        heads, members = (unit.heads, unit.members) if unit is not None else (each.state.heads, each.state.members)
        for member in (*heads, *members):
            person = people.get(member.person)
            yield {
                "id": each.state.unit,
                "unit": each.unit,
                "kind": each.kind,
                "staff": unit.staff if unit is not None else each.state.staff,
                "name": names.get(member.person, ""),
                "staff_number": person.staff_number if person is not None else "",
                "post": member.position,
                "team": _PLACES[member not in heads],
            }


def _unit_rows(one: YearSource) -> Iterator[Row]:
    for each in one.units:
        unit = one.roster.units.get(each.state.unit)
        staff = unit.staff if unit is not None else each.state.staff
        yield {"id": each.state.unit, "unit": each.unit, "kind": each.kind, "staff": staff}
