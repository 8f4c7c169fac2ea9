"""The words of a search, and how well a text matches them. A text matches if every word is contained in it.

Chinese needs no word breaking for that. Small and capital letters count as equal, and so do full-width and half-width
characters (`config/typed.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from config.typed import to_searchable
from storage.people import Person

EXACT, BEGINS, CONTAINS = RANKS = range(3)
"""How well a text matches, the best first."""


class SearchWords(Struct, frozen=True):
    """The typed words as `to_searchable` writes them, and all of them as one text (`phrase`)."""

    words: tuple[str, ...]
    phrase: str

    @classmethod
    def read(cls, typed: str) -> SearchWords:
        """The words in a typed text. No words are in every text."""
        words = tuple(to_searchable(typed).split())
        return cls(words, " ".join(words))

    def are_in(self, searchable: str) -> bool:
        """Whether a text, as `to_searchable` writes it, contains every word."""
        for word in self.words:  # noqa: SIM110  # four times as fast as all(…), for thousands of texts
            if word not in searchable:
                return False
        return True

    def ranks(self, searchable: Iterable[str]) -> list[int]:
        """How well each of these texts matches; all of them contain every word."""
        phrase, first = self.phrase, self.words[0]
        return [EXACT if text == phrase else BEGINS if text.startswith(first) else CONTAINS for text in searchable]

    def best_rank(self, searchable: Sequence[str], beside: str = "") -> int | None:
        """How well the best of these texts matches; None if none does.

        A word may also be in the text `beside` them; such a match is no more than `CONTAINS`.
        """
        own = [text for text in searchable if self.are_in(text)]
        if own:
            return min(self.ranks(own))
        return CONTAINS if beside and any(self.are_in(f"{text}\n{beside}") for text in searchable) else None


def text_of_person(person: Person) -> str:
    """The text in which a person is found: name, staff number and post."""
    return to_searchable(f"{person.name}\n{person.staff_number}\n{person.post}")
