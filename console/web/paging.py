"""Divides a long list into pages, and reads the number of a page from an address."""

from __future__ import annotations

from msgspec import Struct

from .numbers import whole_number


class Paging(Struct, frozen=True):
    """Page `number` of a list of `total` rows, which has `last` pages.

    Pages count from 1; `skip` rows come before this one.
    """

    number: int
    last: int
    total: int
    skip: int


def page_of(typed: str, total: int, size: int) -> Paging:
    """The page whose number was typed in the address: the first if it is not a number, the last if it is too large."""
    last = max(1, -(-total // size))
    number = min(max(1, whole_number(typed) or 1), last)
    return Paging(number, last, total, (number - 1) * size)
