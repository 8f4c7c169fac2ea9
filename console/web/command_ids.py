"""Ids for commands."""

from __future__ import annotations

from uuid import uuid4


def new_id(door: str = "web") -> str:
    """An id for a command. In letters: eleven digits in a row may be somebody's number, and the ledger refuses them."""
    return f"{door}-" + uuid4().hex.translate(_LETTERS)


_LETTERS = str.maketrans("0123456789", "ghijklmnop")
