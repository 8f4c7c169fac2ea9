"""A text as the XML of an Office file can hold it: no control character, and one kind of line break."""

from __future__ import annotations

import re

_UNFIT = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def fits(text: str) -> bool:
    """Whether XML 1.0 can hold every character of a text (2.2)."""
    return _UNFIT.search(text) is None


def readable(text: str, most: int) -> str:
    """The text with a mark (U+FFFD) for each character that XML cannot hold, and cut off with `…` after `most`."""
    plain = _UNFIT.sub("\ufffd", text)
    return plain if len(plain) <= most else f"{plain[: most - 1]}…"


def with_plain_breaks(text: str) -> str:
    """The text with a line feed for each of the three kinds of line breaks."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
