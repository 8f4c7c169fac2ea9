"""New ids for commands that come from a door of the console."""

from __future__ import annotations

from uuid import uuid4


def new_id(door: str = "web") -> str:
    """An id for a command: the door it came through and 32 letters.

    Letters only, because the ledger refuses eleven digits in a row: they may be a phone number (`states/privacy.py`).
    """
    return f"{door}-" + uuid4().hex.translate(_LETTERS)


_LETTERS = str.maketrans("0123456789", "ghijklmnop")
