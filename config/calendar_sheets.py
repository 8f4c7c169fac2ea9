"""A year's days off as an office has them in a sheet: one row a day, or a column of days off and one of days of work.

A cell may have a range of days (`2027-02-05 至 2027-02-11`). Every fault is named with its cell; with a fault
nothing is read. A table in the published format can be written as such a sheet. Not here: that format
(`calendars.py`), and the import (`workflow/calendar.py`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from itertools import zip_longest

from msgspec import Struct

from states.vocabulary import Text

from . import typed
from .calendars import HolidayTable, HolidayTableDay, faults_of_days
from .cells import Cell, CellFault, CellRow, CellSheet, Workbook
from .tables import FoundTable, Head, Heads, SheetRow, rows_of

DAY_HEADS: Heads = {
    "day": Head(Text(zh="日期", en="Date"), ("放假调休日期", "公历日期"), True),
    "off": Head(Text(zh="放假或上班", en="Off or work"), ("是否放假", "放假/上班", "安排", "类型", "休/班", "是否休息"), True),
    "note": Head(Text(zh="备注", en="Remark"), ("节日", "节假日", "假日", "名称", "节日名称", "说明")),
    "paper": Head(Text(zh="依据", en="Notice"), ("通知", "文件", "来源", "网址")),
}  # fmt: skip
"""The columns of a sheet with one row a day. A question as a head (是否放假) is answered with 是 or 否."""

LIST_HEADS: Heads = {
    "off": Head(Text(zh="放假日期", en="Days off"), ("放假时间", "放假日", "休息日", "放假", "放假调休时间"), True),
    "work": Head(
        Text(zh="调休上班日期", en="Days of work"),
        ("上班日期", "调休上班", "调休上班日", "补班日期", "补班", "上班日", "调休日期"),
        True,
    ),
    "note": DAY_HEADS["note"],
    "paper": DAY_HEADS["paper"],
}
"""The columns of a sheet with a list of days off and a list of days of work at a weekend."""

KINDS: Mapping[str, Heads] = {"days": DAY_HEADS, "lists": LIST_HEADS}
_OFF = frozenset({"放假", "休", "休息", "假", "放假调休", "是", "√", "off", "yes", "y"})
_WORK = frozenset({"上班", "班", "补班", "调休上班", "工作日", "调班", "否", "×", "work", "no", "n"})
_TO = re.compile(r"\s*(?:至|到|—+|–|~|～)\s*")
_NONE: tuple[date, ...] = ()
_LONGEST = 31
"""The most days of a range in a cell: more is a slip."""


class CalendarSheet(Struct, frozen=True):
    """What the tables have: the days off of a year, or None and every fault. Without a table there is no fault."""

    table: HolidayTable | None
    faults: tuple[CellFault, ...]


def read_calendar(tables: Iterable[FoundTable]) -> CalendarSheet:
    """The days off of one year. Its year is that of most of the days."""
    faults: list[CellFault] = []
    days: list[HolidayTableDay] = []
    places: list[tuple[SheetRow, str]] = []
    papers: dict[str, None] = {}
    all_tables = list(tables)
    for table in all_tables:
        for row in rows_of(table, faults):
            if paper := row.text("paper"):
                papers[paper] = None
            for key, day in _days_of_row(row, table.kind):
                days.append(day)
                places.append((row, key))
    if not days:
        if all_tables and not faults:
            why = Text(zh="表头下没有任何日期", en="there is no date below the heads")
            faults.append(CellFault(all_tables[0].sheet, all_tables[0].head_row, None, why))
        return CalendarSheet(None, tuple(faults))
    (year, _), *_ = Counter(day.date.year for day in days).most_common(1)
    holiday_table = HolidayTable(year, tuple(days), tuple(papers))
    for number, why in faults_of_days(holiday_table):
        row, key = places[number]
        row.fault(key, why)
    if not faults and not any(day.isOffDay for day in days):
        places[0][0].fault(places[0][1], Text(zh="没有任何休息日", en="there is no day off"))
    return CalendarSheet(None if faults else holiday_table, tuple(faults))


def sheet_of(table: HolidayTable) -> Workbook:
    """A table as a workbook with one row a day, which `read_calendar` reads as the same table."""
    heads = {column: Cell(head.title.zh) for column, head in enumerate(DAY_HEADS.values(), 1)}
    rows = [CellRow(1, heads)]
    for number, (day, paper) in enumerate(zip_longest(table.days, table.papers[: len(table.days)]), 2):
        texts = (day.date.isoformat(), "放假" if day.isOffDay else "上班", day.name, paper or "")
        rows.append(CellRow(number, {column: Cell(text) for column, text in enumerate(texts, 1) if text}))
    return (CellSheet(f"{table.year}", tuple(rows)),)


def _days_of_row(row: SheetRow, kind: str) -> Iterator[tuple[str, HolidayTableDay]]:
    """The days of a row, each with the key of the column that has it."""
    note = row.text("note")
    if kind == "lists":
        for key in ("off", "work"):
            for day in row.read(key, _days, _NONE):
                yield key, HolidayTableDay(day, key == "off", note)
        return
    unsaid = Text(zh="没有写放假还是上班", en="it does not say whether the day is off")
    is_off: bool | None = row.read("off", _is_off, None, unsaid)
    days = row.read("day", _days, _NONE, Text(zh="没有日期", en="there is no date"))
    if is_off is not None:
        yield from (("day", HolidayTableDay(day, is_off, note)) for day in days)


def _is_off(text: str) -> bool:
    if text.casefold() in _OFF:
        return True
    if text.casefold() in _WORK:
        return False
    raise typed.Unclear("应为“放假”或“上班”", "it must be “off” or “work”")


def _days(text: str) -> tuple[date, ...]:
    """One day, or every day of a range. Raises `Unclear`."""
    first, *others = _TO.split(text)
    start = typed.day(first)
    if not others:
        return (start,)
    end = typed.day(others[0]) if len(others) == 1 else start
    count = (end - start).days + 1
    if len(others) > 1 or not 1 <= count <= _LONGEST:
        raise typed.Unclear(
            "起止日期应形如 2027-02-05 至 2027-02-11，先起后止",
            "a range of days must look like 2027-02-05 – 2027-02-11, with the first day first",
        )
    return tuple(start + timedelta(days=number) for number in range(count))
