"""Whole numbers: read from a form or an address, and put into an English sentence in the singular or the plural."""

from __future__ import annotations

import re
from typing import Any

LARGEST = 2**31 - 1
"""The largest number that a form or a path may have: the largest integer that a column of the database holds."""


def whole_number(typed: str) -> int | None:
    """The number, from 0 to `LARGEST`; None for anything else."""
    # `isascii` too, because `isdigit` alone accepts `²`, for which `int` raises an error.
    if not typed.isascii() or not typed.isdigit() or len(typed) > 10:
        return None
    number = int(typed)
    return number if number <= LARGEST else None


_ONE = re.compile(
    r"(?<![\w.,:/–−-])1 ((?:working )?)(day|unit|point|item|account|line|element|department|thing|second|file|case"
    r"|assessment|visit|stream|seal|sheet|result|problem|notice|member|head|defect|check|character|change|ballot|entr)"
    r"(?:ies|s)\b"
)


def counted(sentence: str, *values: Any) -> str:
    """An English sentence with its values, in the singular for one: `%d days left` becomes `1 day left`."""
    return _ONE.sub(lambda one: f"1 {one[1]}{'entry' if one[2] == 'entr' else one[2]}", sentence % values)
