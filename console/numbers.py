"""Whole numbers as a form or an address has them."""

from __future__ import annotations

LARGEST = 2**31 - 1
"""No number in a form or path is larger: a database would not take it."""


def whole_number(typed: str) -> int | None:
    """The number, from 0 to `LARGEST`; None for anything else. `str.isdigit` alone lets `²` pass, which `int` refuses."""
    if not typed.isascii() or not typed.isdigit() or len(typed) > 10:
        return None
    number = int(typed)
    return number if number <= LARGEST else None
