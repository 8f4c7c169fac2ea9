"""日程安排表: when and where each department is visited, and by whom. What is not planned yet is left to be written in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from documents.sheets.writing import ExcelColumn
from workflow.papers.sources import YearSource

from .parts import Columns, Row, of_year
from .source import PaperSheets, SheetReader

_COLUMNS: Columns = {
    "number": ExcelColumn(title="序号", width=6, kind="number"),
    "unit": ExcelColumn(title="单位", width=22),
    "day": ExcelColumn(title="日期", width=15, kind="day", is_written_out=True, is_input=True),
    "time": ExcelColumn(title="时间", width=13, is_input=True),
    "place": ExcelColumn(title="地点", width=18, is_input=True),
    "entitled": ExcelColumn(title="应到", width=6, kind="number", is_input=True),
    "group": ExcelColumn(title="工作组", width=12, is_input=True),
    "inspectors": ExcelColumn(title="工作组成员", width=28, is_input=True),
    "contact": ExcelColumn(title="联系人", width=12, is_input=True),
}


def timetable(one: YearSource, reader: SheetReader) -> PaperSheets:
    return PaperSheets((of_year("timetable", one, _COLUMNS, _rows(one, reader.account_names())),))


def _rows(one: YearSource, names: Mapping[str, str]) -> Iterator[Row]:
    """A row for each department: those that are planned by day and time, then the others in the order of the year."""
    visits = one.year.visits
    planned = sorted((visit.day, visit.begins, unit) for unit, visit in visits.items())
    places = {unit: place for place, (_, _, unit) in enumerate(planned)}
    units = sorted(one.units, key=lambda each: places.get(each.state.unit, len(places)))
    for number, each in enumerate(units, 1):
        row: dict[str, str | int | date] = {"number": number, "unit": each.unit, "entitled": each.state.staff}
        if (visit := visits.get(each.state.unit)) is not None:
            row |= {
                "day": visit.day,
                "time": f"{visit.begins}–{visit.ends}",
                "place": visit.place,
                "group": visit.group,
                "inspectors": "、".join(names.get(one.account, "") for one in visit.inspectors),
                "contact": names.get(visit.contact, ""),
            }
        yield row
