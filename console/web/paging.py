"""Divides a long list into pages, and reads from an address which page is wanted."""

from __future__ import annotations

from msgspec import Struct

from .numbers import whole_number


class Paging(Struct, frozen=True):
    """The page `number` of `last` (both from 1) of a list of `total` rows; `skip` rows come before it."""

    number: int
    last: int
    total: int
    skip: int


def page_of(typed: str, total: int, size: int) -> Paging:
    """The page whose number is in the address: the first if it is not a number, the last if there are fewer pages."""
    last = max(1, -(-total // size))
    number = min(max(1, whole_number(typed) or 1), last)
    return Paging(number, last, total, (number - 1) * size)
