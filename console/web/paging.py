"""One page of a long list: which it is, how many there are, and how many rows come before it."""

from __future__ import annotations

from msgspec import Struct


class Paging(Struct, frozen=True):
    """The page `number` of `last` (both from 1) of a list of `total` rows; `skip` rows come before it."""

    number: int
    last: int
    total: int
    skip: int


def page(asked: str, total: int, size: int) -> Paging:
    """The page that is asked for; the first where that is no number, the last where there are not so many."""
    last = max(1, -(-total // size))
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else 1
    number = min(max(1, number), last)
    return Paging(number, last, total, (number - 1) * size)
