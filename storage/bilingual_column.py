"""Encodes a bilingual sentence as JSON for a column, and decodes it: the answer of a channel, the fault of a replay."""

from __future__ import annotations

import msgspec

from states.vocabulary import Text


def encode(sentence: Text | None) -> str | None:
    """The sentence as JSON for the column; None for no sentence."""
    return None if sentence is None else msgspec.json.encode(sentence).decode()


def decode(column: str | None) -> Text | None:
    """The sentence of a column; None for NULL. Raises msgspec.DecodeError if the column has another content."""
    return None if column is None else msgspec.json.decode(column, type=Text)
