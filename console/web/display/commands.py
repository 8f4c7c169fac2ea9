"""The fields of a command as text, for the user who must confirm it. Fields without a value are included.

Titles and values are the same as on other pages, with two differences. A person whose name is not known is shown with
the id as it was typed, so that the user can check it. A file is shown with the name under which the form sent it, or
else with the beginning of its digest. A field that has no title is left out.
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
    command: Command, terms: Terms, files: Mapping[str, str], omitted_fields: frozenset[str] = frozenset()
) -> Iterator[CommandField]:
    """The fields of the command in order, except the `omitted_fields`. `files` has the names of files by digest."""
    kind = ACTS[command.act].facts[0].kind
    for name in command.__struct_fields__:
        title = title_of(name, kind) if name in FIELD_TITLES and name not in omitted_fields else None
        if title is not None:
            yield _field(title, name, getattr(command, name), terms, files)


def _field(title: Text, name: str, value: Any, terms: Terms, files: Mapping[str, str]) -> CommandField:
    items = (value,) if isinstance(value, Document) else value if isinstance(value, tuple) else ()
    if items and isinstance(items[0], Document):
        return CommandField(title, describe(items, _file_title(files)))
    if isinstance(value, Member):
        person = terms.person(value.person)
        return CommandField(title, Text(zh=f"{person.zh}（{value.position}）", en=f"{person.en} ({value.position})"))
    # Here the user who typed or picked the people must check them, so each sanction has its person as title.
    if name == "sanctions":
        parts = (
            (terms.person(sanction.person), records.sanction_text(sanction, number, terms))
            for number, sanction in enumerate(value, 1)
        )
        return CommandField(title, None, tuple(parts))
    text = values.value_text(name, value, terms, lambda moment: moment.isoformat())
    parts = ((item.title, item.text) for item in values.value_parts(name, value, terms, _file_title(files)))
    return CommandField(title, text, tuple(parts))


def _file_title(files: Mapping[str, str]) -> FileTitle:
    return lambda document: same_text(files.get(document.sha256) or document.sha256[:8])
