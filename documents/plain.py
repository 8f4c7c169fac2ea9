"""Plain text, in whatever encoding programs here save, and no character that cannot be shown."""

from __future__ import annotations

import re

from config.texts import UnreadableText, text_of

from .unfit import Unfit

_UNSHOWN = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def look(data: bytes) -> None:
    """`Unfit` where the bytes are no text."""
    try:
        said = text_of(data, "")
    except UnreadableText:
        said = "\0"
    if _UNSHOWN.search(said):
        raise Unfit("不是纯文本", "it is no plain text")
