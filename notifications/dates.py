"""Days as people write them (`12 月 4 日（周五）`, `Friday 4 December`), and the time until or since a deadline."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from config.calendars import working_days_between

WEEKDAYS = {
    "zh": "一二三四五六日",
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def day_with_weekday(value: date, language: str, year: int | None = None) -> str:
    """A day with its weekday. The year is left out if it is `year`."""
    weekday = WEEKDAYS[language][value.weekday()]
    if language == "en":
        return f"{weekday} {value.day} {MONTHS[value.month - 1]}" + ("" if value.year == year else f" {value.year}")
    return ("" if value.year == year else f"{value.year} 年 ") + f"{value.month} 月 {value.day} 日（周{weekday}）"


def letter_date(value: date, language: str) -> str:
    """The date at the end of a letter."""
    if language == "en":
        return f"{value.day} {MONTHS[value.month - 1]} {value.year}"
    return f"{value.year} 年 {value.month} 月 {value.day} 日"


def time_left(today: date, due: date, is_working: Callable[[date], bool], language: str) -> str:
    """The time until a deadline, or since it, in working days: `还有 4 个工作日`, `逾期 1 个工作日`."""
    count = abs(working_days_between(today, due, is_working))
    if due == today:
        return "due today" if language == "en" else "今日截止"
    if due > today and not count:
        return "today is the last working day" if language == "en" else "今日是最后一个工作日"
    if language == "en":
        days = f"{count} working day{'' if count == 1 else 's'}"
        return f"{days} left" if due > today else f"{days} overdue"
    return f"还有 {count} 个工作日" if due > today else f"逾期 {count} 个工作日"
