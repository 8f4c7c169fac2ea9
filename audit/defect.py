"""A defect: one inconsistency that the audit finds in a ledger, in the tables beside it, or in a bundle.

It has a stable code and a sentence in both languages. The sentences are in `defect_sentences.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from states.user_errors import UserError
from states.vocabulary import Text

from .defect_sentences import SENTENCES

_REST_UNCHECKED = Text(
    zh="本序列其后的记录无从核对，不再列出。", en=" The rest of this stream cannot be checked and is not listed."
)


class Defect(Struct, frozen=True):
    """One inconsistency.

    `number` is that of the entry, `stream` the stream it belongs to; each is None if it belongs to no single one.
    """

    number: int | None
    stream: str | None
    code: str
    zh: str
    en: str

    def render(self, language: str) -> str:
        """The defect on one line, in `language` ("zh" or "en")."""
        english = language == "en"
        number = "" if self.number is None else f"entry {self.number}" if english else f"第 {self.number} 号"
        place = " ".join(filter(None, (number, self.stream)))
        sentence = self.en if english else self.zh
        return f"{place}{': ' if english else '：'}{sentence}" if place else sentence


def sort_defects(defects: Iterable[Defect]) -> tuple[Defect, ...]:
    """Sort defects by entry. Defects of the same entry keep their order; defects without an entry come last."""
    return tuple(sorted(defects, key=lambda defect: (defect.number is None, defect.number or 0)))


def make_defect(
    code: str, number: int | None, stream: str | None, *, rest_unchecked: bool = False, **values: object
) -> Defect:
    """Make the defect with this code and fill `values` into its sentence.

    `rest_unchecked` adds that the rest of the stream is not checked. Raises KeyError if there is no sentence for the
    code.
    """
    sentence = SENTENCES[code]
    zh, en = (
        _fill(sentence, values, language) + (_REST_UNCHECKED.render(language) if rest_unchecked else "")
        for language in ("zh", "en")
    )
    return Defect(number, stream, code, zh, en)


def _fill(sentence: Text, values: Mapping[str, object], language: str) -> str:
    arguments = {
        name: value.render(language) if isinstance(value, Text | UserError) else value for name, value in values.items()
    }
    return sentence.render(language).format(**arguments)
