"""The working days in China, by the State Council's notices, as far as they are known here.

The installed package knows the years up to its release. The table of a later year can be imported. A table belongs to
the year of its notice, but a notice may also set days of the December before: 2022-12-31 is a day off by the notice for
2023. Holidays that the regulation fixes for every year need no notice (`statutory.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

import msgspec
from chinese_calendar.constants import holidays, workdays  # type: ignore[import-untyped]

from config.statutory import statutory
from config.texts import UnreadableText, text_of
from states.user_errors import UserError
from states.vocabulary import Text

_YEARS = frozenset(day.year for day in holidays)
_FIRST, _LAST = 2000, 2200
"""The range of years a notice can be for."""


class CalendarFault(UserError):
    """A holiday table cannot be used."""

    zh = "放假安排文件 {file} 不能使用：{why}。未作任何更改；文件格式见 docs/operating.md。"
    en = "The table of days off {file} cannot be used: {why}. Nothing was changed; docs/operating.md has the format."


class HolidayTableDay(msgspec.Struct, frozen=True):
    """One day of a notice: a day off, or a weekend day that is worked."""

    date: date
    isOffDay: bool  # noqa: N815  as the published files name it
    name: str = ""


class HolidayTable(msgspec.Struct, frozen=True):
    """One year's notice. It does not list ordinary weekends and working days."""

    year: int
    days: tuple[HolidayTableDay, ...]
    papers: tuple[str, ...] = ()


def parse_table(source: bytes, name: str) -> HolidayTable:
    """The table in a file in the format of `holiday-cn`. Raises `CalendarFault`, which calls the file `name`."""
    try:
        read = msgspec.json.decode(text_of(source, name), type=HolidayTable)
    except UnreadableText as error:
        raise CalendarFault(file=name, why=error.why) from error
    except (msgspec.DecodeError, UnicodeError) as error:
        raise CalendarFault(file=name, why=Text(zh=f"格式有误（{error}）", en=str(error))) from error
    why = _wrong(read)
    if why is not None:
        raise CalendarFault(file=name, why=why)
    return read


def _wrong(read: HolidayTable) -> Text | None:
    """Why a table cannot be a year's notice; None if it can."""
    days = [day.date for day in read.days]
    if not _FIRST <= read.year <= _LAST:
        return Text(zh=f"年份 {read.year} 有误", en=f"the year {read.year} cannot be meant")
    if not any(day.isOffDay for day in read.days):
        return Text(zh="没有任何休息日", en="it has no day off")
    if len(set(days)) < len(days):
        twice = next(day for day in days if days.count(day) > 1)
        return Text(zh=f"{twice} 出现两次", en=f"{twice} is there twice")
    strange = [day for day in days if not date(read.year - 1, 12, 1) <= day <= date(read.year + 1, 1, 31)]
    if strange:
        return Text(zh=f"{strange[0]} 不属于 {read.year} 年", en=f"{strange[0]} does not belong to {read.year}")
    against = [day.date for day in read.days if not day.isOffDay and day.date in statutory(day.date.year)]
    if against:
        return Text(
            zh=f"{against[0]} 是法定节假日（全国年节及纪念日放假办法第二条），不能调为上班",
            en=f"{against[0]} is a holiday by law (the regulation on holidays, article 2) and cannot be a day of work",
        )
    return None


def working_days_between(day: date, other: date, is_working: Callable[[date], bool]) -> int:
    """The number of working days after `day`, up to and including `other`; negative if `other` is before `day`."""
    if other < day:
        return -working_days_between(other, day, is_working)
    return sum(is_working(day + timedelta(days=n)) for n in range(1, (other - day).days + 1))


class WorkingDays:
    """The working days, including weekend days that are worked. Imported `tables` overrule the package."""

    # The package's tables are read directly: its own functions search a whole table for each day.

    def __init__(self, tables: Iterable[HolidayTable] = ()) -> None:
        self._tables = {one.year: one for one in sorted(tables, key=lambda t: t.year)}
        self._days: dict[date, bool] = {day.date: not day.isOffDay for one in self._tables.values() for day in one.days}

    def is_working(self, day: date) -> bool:
        """Whether `day` is a working day. A date, not a datetime.

        In a provisional year every Monday to Friday is one, except the holidays by law.
        """
        by_table = self._days.get(day)
        if by_table is not None:
            return by_table
        if day in statutory(day.year):
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
        """Whether the notice for `year` is unknown here (未定): then only weekends and the holidays by law are days off.

        Even if it is known, the last days of December may change: the next year's notice sets them.
        """
        return year not in _YEARS and year not in self._tables


def encode_table(read: HolidayTable) -> str:
    """A table as text, for storing."""
    return msgspec.json.encode(read).decode()


def decode_tables(sources: Iterable[str]) -> list[HolidayTable]:
    """The tables of stored texts."""
    decode: Any = msgspec.json.Decoder(HolidayTable).decode
    return [decode(one) for one in sources]
