"""New ids for the commands that the console submits."""

from __future__ import annotations

from uuid import uuid4

_LETTERS = str.maketrans("0123456789", "ghijklmnop")


def new_id(door: str = "web") -> str:
    """An id for a command: a word for its origin (`door`) and 32 random letters.

    Letters only, because the ledger refuses eleven digits in a row: they may be a phone number (`states/privacy.py`).
    """
    return f"{door}-" + uuid4().hex.translate(_LETTERS)
