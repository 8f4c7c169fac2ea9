"""Writes values for the reader of a page, in the user's language and the institution's time zone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from states import policy
from states.rulebook.types import Rulebook
from states.user_errors import UserError
from states.vocabulary import Text

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


class Formatter:
    """Writes values in one language ("zh" or "en")."""

    def __init__(self, language: str, rulebook: Rulebook) -> None:
        self._language = language
        self._rulebook = rulebook
        self._zone = ZoneInfo(rulebook.timezone)

    def text(self, value: object) -> str:
        """A `Text` or a `UserError` in the language; anything else as it is."""
        return value.render(self._language) if isinstance(value, Text | UserError) else str(value)

    def role(self, role: str) -> str:
        return policy.role_title(role, self._rulebook).render(self._language)

    def join(self, words: Iterable[str]) -> str:
        """A list of words, with the separator of the language."""
        return (", " if self._language == "en" else "、").join(words)

    def day(self, value: date | None) -> str:
        """A date: 2026-12-08."""
        return "—" if value is None else value.isoformat()

    def long_day(self, value: date) -> str:
        """A date in a sentence: 12月8日（周三）, Wednesday 8 December."""
        if self._language == "en":
            return f"{_DAYS[value.weekday()]} {value.day} {_MONTHS[value.month - 1]}"
        return f"{value.month}月{value.day}日（周{'一二三四五六日'[value.weekday()]}）"

    def moment(self, value: datetime | None) -> str:
        """A moment in the institution's zone, to the minute: 2026-12-08 09:30."""
        return "—" if value is None else value.astimezone(self._zone).strftime("%Y-%m-%d %H:%M")
