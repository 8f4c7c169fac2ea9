"""A sentence in both languages as a column keeps it: JSON. What a channel or a replay answered, as a reader of either language reads it."""

from __future__ import annotations

import msgspec

from states.vocabulary import Text


def encode(sentence: Text | None) -> str | None:
    """What the column keeps."""
    return None if sentence is None else msgspec.json.encode(sentence).decode()


def decode(kept: str | None) -> Text | None:
    """The sentence a column keeps. msgspec.DecodeError where it keeps none."""
    return None if kept is None else msgspec.json.decode(kept, type=Text)
