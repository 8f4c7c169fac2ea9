"""Random ids: for the commands of the console, and for the occasions of special assessments."""

from __future__ import annotations

from uuid import uuid4

_LETTERS = str.maketrans("0123456789", "ghijklmnop")


def new_id(prefix: str = "web") -> str:
    """A new id: the prefix, a hyphen and 32 random letters. The prefix is not the door of a command.

    Letters only, because the ledger refuses eleven digits in a row: they may be a phone number (`states/privacy.py`).
    """
    return f"{prefix}-" + uuid4().hex.translate(_LETTERS)
