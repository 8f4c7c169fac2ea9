"""The fields of a command in words, for the person who is about to confirm it. Empty fields are included.

Titles and values are the same as on other pages, with two differences. A person has the typed id, so that the person
who typed it can check it. A file has the name with which it was chosen. A field that has no title is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from states.acts import ACTS
from states.assessment import Member
from states.titles import FIELD_TITLES, same_text, title_of
from states.vocabulary import Command, Document, Text

from . import records, values
from .files import FileTitle, describe
from .terms import Terms


class CommandField(Struct, frozen=True):
    """One field. `text` is its value in one line; `parts` are the title and text of each part of a long value.

    An empty field has neither.
    """

    title: Text
    text: Text | None = None
    parts: tuple[tuple[Text, Text], ...] = ()

    @property
    def is_empty(self) -> bool:
        return self.text is None and not self.parts


def command_fields(
    command: Command, terms: Terms, files: Mapping[str, str], without: frozenset[str] = frozenset()
) -> Iterator[CommandField]:
    """The fields of the command in order, except those in `without`. `files` has the names of files by digest."""
    kind = ACTS[command.act].facts[0].kind
    for name in command.__struct_fields__:
        title = title_of(name, kind) if name in FIELD_TITLES and name not in without else None
        if title is not None:
            yield _field(title, name, getattr(command, name), terms, files)


def _field(title: Text, name: str, value: Any, terms: Terms, files: Mapping[str, str]) -> CommandField:
    documents = (value,) if isinstance(value, Document) else value if isinstance(value, tuple) else ()
    if documents and isinstance(documents[0], Document):
        return CommandField(title, describe(documents, _name_from(files)))
    if isinstance(value, Member):
        return CommandField(title, same_text(f"{value.position}（{value.person}）"))
    # Readers of an entry see no person. Here the person who typed the ids checks them.
    if name == "sanctions":
        parts = ((same_text(one.person), records.sanction_text(one, n, terms)) for n, one in enumerate(value, 1))
        return CommandField(title, None, tuple(parts))
    text = values.value_text(name, value, terms, lambda moment: moment.isoformat())
    parts = ((item.title, item.text) for item in values.value_parts(name, value, terms, _name_from(files)))
    return CommandField(title, text, tuple(parts))


def _name_from(files: Mapping[str, str]) -> FileTitle:
    return lambda document: same_text(files.get(document.sha256) or document.sha256[:8])
