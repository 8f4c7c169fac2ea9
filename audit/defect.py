"""A defect: one thing in a ledger that does not add up, with a stable code and a sentence in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from states.user_errors import UserError
from states.vocabulary import Text

from .defect_sentences import SENTENCES


class Defect(Struct, frozen=True):
    """One thing that does not add up: at which entry, in which stream (None: of no one entry, of no one stream)."""

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
        said = self.en if english else self.zh
        return f"{place}{': ' if english else '：'}{said}" if place else said


def sort_defects(found: Iterable[Defect]) -> tuple[Defect, ...]:
    """Defects in the order of entries, those of one entry as they were found; those of no one entry last."""
    return tuple(sorted(found, key=lambda one: (one.number is None, one.number or 0)))


def make_defect(code: str, number: int | None, stream: str | None, *, ends: bool = False, **values: object) -> Defect:
    """The defect of this code, its sentence filled in with `values`; `ends` adds that the rest of its stream is not checked."""
    sentence = SENTENCES[code]
    zh, en = (_filled(sentence, values, at) + (_ENDS.render(at) if ends else "") for at in ("zh", "en"))
    return Defect(number, stream, code, zh, en)


def _filled(sentence: Text, values: Mapping[str, object], language: str) -> str:
    filled = {k: v.render(language) if isinstance(v, Text | UserError) else v for k, v in values.items()}
    return sentence.render(language).format(**filled)


_ENDS = Text(
    zh="本序列其后的记录无从核对，不再列出。", en=" The rest of this stream cannot be checked and is not listed."
)
