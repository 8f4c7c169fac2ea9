"""Whole numbers: reads one from a form or an address, and writes one into an English sentence."""

from __future__ import annotations

import re
from typing import Any

LARGEST = 2**31 - 1
"""The largest number that a form or a path may have. A column of the database holds no larger integer."""


def whole_number(typed: str) -> int | None:
    """The number, if it is one from 0 to `LARGEST`; otherwise None."""
    # `isascii` too, because `isdigit` alone accepts `²`, for which `int` raises an error.
    if not typed.isascii() or not typed.isdigit() or len(typed) > 10:
        return None
    number = int(typed)
    return number if number <= LARGEST else None


_ONE_OF_SEVERAL = re.compile(
    r"(?<![\w.,:/–−-])1 ((?:working )?)(day|unit|point|item|account|line|element|department|thing|second|file|case"
    r"|assessment|visit|stream|seal|sheet|result|problem|notice|member|head|defect|check|character|change|ballot|entr)"
    r"(?:ies|s)\b"
)


def format_with_singular(sentence: str, *values: Any) -> str:
    """An English sentence with its values, in the singular for the number 1: `%d days left` becomes `1 day left`."""
    return _ONE_OF_SEVERAL.sub(
        lambda match: f"1 {match[1]}{'entry' if match[2] == 'entr' else match[2]}", sentence % values
    )
