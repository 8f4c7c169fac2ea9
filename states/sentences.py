"""An error is a sentence for the person who reads it, in Chinese and in English.

`Told` is the root of every error this house raises on purpose: a `Refusal` (states), a `RulebookFault`
(config), a `StorageFault` (storage). A subclass writes its sentence once per language, as a format string
over the values it is raised with. A value that is a `Text` is put in the language of the sentence; a string stays as
it is, whatever is in it, for it may be what somebody typed. Only the clause is named as each language names clauses.
"""

from __future__ import annotations

from typing import ClassVar

from .rulebook.clauses import cite
from .vocabulary import Text


class Told(Exception):
    """Something went otherwise than asked, said so that the reader knows what to do next."""

    zh: ClassVar[str] = ""
    en: ClassVar[str] = ""

    def __init__(self, **given: object) -> None:
        self.given = given
        super().__init__(self.say("en"))

    @property
    def code(self) -> str:
        """The stable name of this kind of error, for programs and tests."""
        return type(self).__name__

    def say(self, language: str) -> str:
        """The whole sentence in `language` ("zh" or "en")."""
        values = {name: said(value, language) for name, value in self.given.items()}
        if isinstance(clause := self.given.get("clause"), str):
            values["clause"] = cite(clause).say(language)
        return (self.en if language == "en" else self.zh).format(**values)

    @property
    def text(self) -> Text:
        """The whole sentence in both languages."""
        return Text(zh=self.say("zh"), en=self.say("en"))

    def __str__(self) -> str:
        return f"{self.say('zh')} / {self.say('en')}"


def said(value: object, language: str) -> object:
    """A value as a sentence in `language` says it."""
    return value.say(language) if isinstance(value, Text) else value
