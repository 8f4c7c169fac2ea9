"""A bilingual sentence in a column, as JSON: what a channel or a replay answered, for readers of both languages."""

from __future__ import annotations

import msgspec

from states.vocabulary import Text


def encode(sentence: Text | None) -> str | None:
    """The sentence as the column holds it."""
    return None if sentence is None else msgspec.json.encode(sentence).decode()


def decode(stored: str | None) -> Text | None:
    """The sentence of a column. msgspec.DecodeError for anything else."""
    return None if stored is None else msgspec.json.decode(stored, type=Text)
