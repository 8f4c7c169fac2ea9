"""The working days in China, by the State Council's notices and by law. Also here: reading and checking a table.

The installed package has the notices up to its release. The table of a later year can be imported. A table belongs to
the year of its notice, but a notice may also set days of the December before: 2022-12-31 is a day off by the notice for
2023. The holidays that the law fixes for every year need no notice (`statutory.py`). Not here: the import of a table
and the deadlines that it moves (`workflow/calendar.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from typing import Any

import msgspec
from chinese_calendar.constants import holidays, workdays  # type: ignore[import-untyped]

from config.statutory import statutory_holidays
from config.texts import UnreadableText, text_of
from states.user_errors import UserError
from states.vocabulary import Text

_YEARS = frozenset(day.year for day in holidays)
_FIRST, _LAST = 2000, 2200
"""The first and the last year that a notice can have."""


class CalendarFault(UserError):
    """A holiday table cannot be used."""

    zh = "放假安排文件 {file} 不能使用：{why}。未作任何更改；文件格式见 docs/operating.md。"
    en = "The table of days off {file} cannot be used: {why}. Nothing was changed; docs/operating.md has the format."


class HolidayTableDay(msgspec.Struct, frozen=True):
    """One day of a notice: a day off, or a working day at a weekend."""

    date: date
    isOffDay: bool  # noqa: N815  the name in the published files
    name: str = ""


class HolidayTable(msgspec.Struct, frozen=True):
    """One year's notice. It does not list ordinary weekends and working days. `papers`: the URLs of the notice."""

    year: int
    days: tuple[HolidayTableDay, ...]
    papers: tuple[str, ...] = ()


def parse_table(source: bytes, name: str) -> HolidayTable:
    """The table in `source`, in the format of `holiday-cn`. Raises `CalendarFault` with the file's name `name`."""
    try:
        table = msgspec.json.decode(text_of(source, name), type=HolidayTable)
    except UnreadableText as error:
        raise CalendarFault(file=name, why=error.why) from error
    except (msgspec.DecodeError, UnicodeError) as error:
        raise CalendarFault(file=name, why=Text(zh=f"格式有误（{error}）", en=str(error))) from error
    fault = _find_fault(table)
    if fault is not None:
        raise CalendarFault(file=name, why=fault)
    return table


def faults_of_days(table: HolidayTable) -> Iterator[tuple[int, Text]]:
    """Why days of a table cannot be in the notice of its year: the number of the day, from 0, and the reason."""
    earlier: set[date] = set()
    for number, day in enumerate(table.days):
        if day.date in earlier:
            yield number, Text(zh=f"{day.date} 出现两次", en=f"{day.date} is there twice")
        elif not date(table.year - 1, 12, 1) <= day.date <= date(table.year + 1, 1, 31):
            zh, en = f"{day.date} 不属于 {table.year} 年", f"{day.date} does not belong to {table.year}"
            yield number, Text(zh=zh, en=en)
        elif not day.isOffDay and day.date in statutory_holidays(day.date.year):
            yield (
                number,
                Text(
                    zh=f"{day.date} 是法定节假日（全国年节及纪念日放假办法第二条），不能调为上班",
                    en=f"{day.date} is a holiday by law (regulation on holidays, article 2), so nobody works on it",
                ),
            )
        earlier.add(day.date)


class TableChanges(msgspec.Struct, frozen=True):
    """What a new table changes: days that are new in it, that were of the other kind, and that it no longer has.

    `gone` leaves out a day that stays as it is without being listed, such as a Saturday off. `same`: the other days.
    """

    added: tuple[HolidayTableDay, ...]
    changed: tuple[HolidayTableDay, ...]
    gone: tuple[HolidayTableDay, ...]
    same: int

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.changed or self.gone)


def notice_of(year: int, tables: Iterable[HolidayTable]) -> HolidayTable | None:
    """The present table of a year: the imported one, else that of the package; None if neither has the year."""
    if (imported := next((one for one in tables if one.year == year), None)) is not None:
        return imported
    off, work = (sorted(day for day in days if day.year == year) for days in (holidays, workdays))
    days = (*(HolidayTableDay(day, True) for day in off), *(HolidayTableDay(day, False) for day in work))
    return HolidayTable(year, days) if days else None


def changes_of(table: HolidayTable, before: HolidayTable | None) -> TableChanges:
    """What a table changes against the present one of its year."""
    old = {day.date: day for day in before.days} if before is not None else {}
    added = tuple(day for day in table.days if day.date not in old)
    changed = tuple(day for day in table.days if day.date in old and old[day.date].isOffDay != day.isOffDay)
    listed = {day.date for day in table.days}
    gone = tuple(
        day for day in old.values() if day.date not in listed and day.isOffDay == _is_usually_working(day.date)
    )
    return TableChanges(added, changed, gone, len(table.days) - len(added) - len(changed))


def _is_usually_working(day: date) -> bool:
    return day.weekday() < 5 and day not in statutory_holidays(day.year)


def _find_fault(table: HolidayTable) -> Text | None:
    """The reason why a table cannot be the notice of a year; None if it can."""
    if not _FIRST <= table.year <= _LAST:
        return Text(zh=f"年份 {table.year} 有误", en=f"the year {table.year} cannot be meant")
    if not any(day.isOffDay for day in table.days):
        return Text(zh="没有任何休息日", en="it has no day off")
    return next((why for _, why in faults_of_days(table)), None)


def working_days_between(day: date, other: date, is_working: Callable[[date], bool]) -> int:
    """The number of working days after `day`, up to and including `other`; negative if `other` is before `day`."""
    if other < day:
        return -working_days_between(other, day, is_working)
    return sum(is_working(day + timedelta(days=n)) for n in range(1, (other - day).days + 1))


class WorkingDays:
    """The working days, including those at weekends. Imported `tables` take precedence over the package."""

    # The tables of the package are used directly, because its functions search a whole table for each day.

    def __init__(self, tables: Iterable[HolidayTable] = ()) -> None:
        self._tables = {table.year: table for table in sorted(tables, key=lambda t: t.year)}
        self._is_working: dict[date, bool] = {
            day.date: not day.isOffDay for table in self._tables.values() for day in table.days
        }

    def is_working(self, day: date) -> bool:
        """Whether `day` (a date, not a datetime) is a working day.

        In a provisional year, every day from Monday to Friday is one, except the holidays by law.
        """
        by_table = self._is_working.get(day)
        if by_table is not None:
            return by_table
        if day in statutory_holidays(day.year):
            return False
        if day.year in self._tables and not self._is_set_by_package(day):
            return day.weekday() < 5
        return day in workdays or (day.weekday() < 5 and day not in holidays)

    def between(self, day: date, other: date) -> int:
        """The number of working days after `day`, up to and including `other`; negative if `other` is before `day`."""
        return working_days_between(day, other, self.is_working)

    def _is_set_by_package(self, day: date) -> bool:
        """Whether `day` is in a December for which the package has the notice of the next year."""
        return day.month == 12 and day.year + 1 in _YEARS

    def is_provisional(self, year: int) -> bool:
        """Whether there is no notice for `year` yet (未定). Then only weekends and the holidays by law are days off.

        The last days of December may change even in a year with a notice, because the next year's notice sets them.
        """
        return year not in _YEARS and year not in self._tables


def encode_table(table: HolidayTable) -> str:
    """The text of a table, as it is stored."""
    return msgspec.json.encode(table).decode()


def decode_tables(sources: Iterable[str]) -> list[HolidayTable]:
    """The tables in stored texts."""
    decode: Any = msgspec.json.Decoder(HolidayTable).decode
    return [decode(source) for source in sources]
