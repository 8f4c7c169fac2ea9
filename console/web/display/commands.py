"""What a command says, field by field and in words, for the person who is about to confirm it. Nothing is left out; an empty field is said to be empty.

Titles and values are those of every other page (`display/`); what no entry has is added: the names of the files that come with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from states.assessment import Member
from states.chart import ACTS
from states.titles import FIELDS, same_text, title_of
from states.vocabulary import Command, Document, Text

from . import records, values
from .files import NameOf, describe
from .terms import Terms


class CommandField(Struct, frozen=True):
    """One field: its title, what it says, and its parts where it has many, each with its title. Both are empty where nothing was filled in."""

    title: Text
    said: Text | None = None
    parts: tuple[tuple[Text, Text], ...] = ()

    @property
    def empty(self) -> bool:
        return self.said is None and not self.parts


def command_fields(
    command: Command, terms: Terms, files: Mapping[str, str], without: frozenset[str] = frozenset()
) -> Iterator[CommandField]:
    """Every field of the command, in its order, but those named. `files` are the names of files by digest."""
    kind = ACTS[command.act].facts[0].kind
    for name in command.__struct_fields__:
        title = title_of(name, kind) if name in FIELDS and name not in without else None
        if title is not None:
            yield _line(title, name, getattr(command, name), terms, files)


def _line(title: Text, name: str, value: Any, terms: Terms, files: Mapping[str, str]) -> CommandField:
    documents = (value,) if isinstance(value, Document) else value if isinstance(value, tuple) else ()
    if documents and isinstance(documents[0], Document):
        return CommandField(title, describe(documents, _named(files)))
    if isinstance(value, Member):
        return CommandField(title, same_text(f"{value.position}（{value.person}）"))
    if name == "sanctions":  # an entry's readers see no person; who typed the ids checks them
        parts = ((same_text(one.person), records.sanction_text(one, n, terms)) for n, one in enumerate(value, 1))
        return CommandField(title, None, tuple(parts))
    said = values.value_text(name, value, terms, lambda moment: moment.isoformat())
    parts = ((item.title, item.said) for item in values.value_parts(name, value, terms, _named(files)))
    return CommandField(title, said, tuple(parts))


def _named(files: Mapping[str, str]) -> NameOf:
    return lambda one: same_text(files.get(one.sha256) or one.sha256[:8])
