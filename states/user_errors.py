"""The base class of errors that are sentences for people, in Chinese and in English.

`UserError` is the base class of every error that people may read: a `Refusal` (states), a `RulebookFault` (config), a
`StorageError` (storage). Any other exception is a bug, a failure of the machine, or caught by the program itself.

A subclass has one format string for each language, which is filled in with the details of the error. A detail that is a
`Text` is rendered in the language of the sentence. A string stays as it is, because somebody may have typed it. The
detail `clause` is rendered as each language cites clauses.
"""

from __future__ import annotations

from typing import ClassVar

from .rulebook.clauses import cite
from .vocabulary import Text


class UserError(Exception):
    """The base class of every error that people may read. `details` are the values in its sentence, by name."""

    zh: ClassVar[str] = ""
    en: ClassVar[str] = ""

    def __init__(self, **details: object) -> None:
        self.details = details
        super().__init__(self.render("en"))

    @property
    def code(self) -> str:
        """The stable name of this kind of error, for programs and tests."""
        return type(self).__name__

    def render(self, language: str) -> str:
        """The whole sentence in `language` ("zh" or "en")."""
        values = {
            name: value.render(language) if isinstance(value, Text) else value for name, value in self.details.items()
        }
        if isinstance(clause := self.details.get("clause"), str):
            values["clause"] = cite(clause).render(language)
        return (self.en if language == "en" else self.zh).format(**values)

    @property
    def text(self) -> Text:
        """The whole sentence in both languages."""
        return Text(zh=self.render("zh"), en=self.render("en"))

    def __str__(self) -> str:
        return f"{self.render('zh')} / {self.render('en')}"
