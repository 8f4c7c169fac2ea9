"""The reference in docs/rulebook.md names every key and every word that a rulebook file can have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from states.rulebook.calculation.forms import WAYS
from states.rulebook.types import Rulebook

from .tutorial import DOCUMENT

REFERENCE = DOCUMENT.read_text("utf-8").partition("\n## Reference")[2]
NAMES = re.findall(r"`([^`]+)`", REFERENCE)
WORDS = {*NAMES, *(word for name in NAMES for word in re.findall(r"[a-z_]+", name))}


def parts_of(annotation: Any, parts: dict[str, type[BaseModel]]) -> dict[str, type[BaseModel]]:
    """Every part that can stand in a rulebook."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel) and annotation.__name__ not in parts:
        parts[annotation.__name__] = annotation
        for field in annotation.model_fields.values():
            parts_of(field.annotation, parts)
    for inner in get_args(annotation):
        parts_of(inner, parts)
    return parts


PARTS = parts_of(Rulebook, {})


def words_of(annotation: Any) -> Iterator[str]:
    """The words that a key may have as its value, if only certain ones are allowed."""
    for inner in get_args(annotation):
        if isinstance(inner, str):
            yield inner
        yield from words_of(inner)


@pytest.mark.parametrize("name", sorted(PARTS))
def test_every_key_of_a_part_is_named(name: str) -> None:
    keys = {field.alias or key for key, field in PARTS[name].model_fields.items()} - {"reading_locations"}
    assert keys - WORDS == set()


@pytest.mark.parametrize("name", sorted(PARTS))
def test_every_word_that_a_key_may_have_is_named(name: str) -> None:
    words = {word for field in PARTS[name].model_fields.values() for word in words_of(field.annotation)}
    assert words - WORDS - WAYS == set()


def test_every_way_has_its_row() -> None:
    assert set(re.findall(r"^\| `([a-z_]+)` \| [^|]+ \| .* \|$", REFERENCE, re.MULTILINE)) >= WAYS
