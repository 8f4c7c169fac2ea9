"""Why a file is not taken, as the look at its build found it."""

from __future__ import annotations

from states.vocabulary import Text


class Unfit(Exception):
    """A file is broken, or holds what may not be in it. `why` is half a sentence."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.why = Text(zh=zh, en=en)


def broken() -> Unfit:
    """The file is not built as its kind is."""
    return Unfit("文件已损坏，打不开", "it is damaged and cannot be opened")
