"""Plain text: UTF-8 or GB 18030, and no character that cannot be shown."""

from __future__ import annotations

import re

from .unfit import Unfit

_UNSHOWN = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def look(data: bytes) -> None:
    """`Unfit` where the bytes are no text."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            said = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not _UNSHOWN.search(said):
            return
    raise Unfit("不是纯文本", "it is no plain text")
