"""Whole numbers as a form or an address has them, and as English counts with them."""

from __future__ import annotations

import re
from typing import Any

LARGEST = 2**31 - 1
"""No number in a form or path is larger: a database would not take it."""


def whole_number(typed: str) -> int | None:
    """The number, from 0 to `LARGEST`; None for anything else. `str.isdigit` alone lets `²` pass, which `int` refuses."""
    if not typed.isascii() or not typed.isdigit() or len(typed) > 10:
        return None
    number = int(typed)
    return number if number <= LARGEST else None


_ONE = re.compile(
    r"(?<![\w.,:/–−-])1 ((?:working )?)(day|unit|point|item|account|line|element|department|thing|second|file|case|assessment|visit|stream"
    r"|seal|sheet|result|problem|notice|member|head|defect|check|character|change|ballot|entr)(?:ies|s)\b"
)


def counted(said: str, *values: Any) -> str:
    """An English sentence with its values put in: `%d days left` is `1 day left` for one."""
    return _ONE.sub(lambda one: f"1 {one[1]}{'entry' if one[2] == 'entr' else one[2]}", said % values)
