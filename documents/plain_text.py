"""Decodes plain text in the encodings that programs in China write, and rejects text with control characters."""

from __future__ import annotations

import re

from config.texts import UnreadableText, text_of
from states.vocabulary import Text

from .rejection import Rejection

_CONTROL = re.compile(r"[\x00-\x06\x0e-\x19\x1c-\x1f]")
_AS_TEXT = Text(
    zh="请用记事本打开，另存为 UTF-8 文本后再上传", en="Open it in Notepad, save it as UTF-8 text and upload that"
)


def inspect(data: bytes) -> None:
    """Raises `Rejection` if the bytes are not plain text."""
    if _CONTROL.search(decode_text(data)):
        raise Rejection("不是纯文本", "is not plain text", advice=_AS_TEXT)


def decode_text(data: bytes) -> str:
    """The text of a file. UTF-16 without a byte order mark is recognised by its zero bytes.

    Raises `Rejection` if the bytes are not text in any of the encodings.
    """
    half = len(data) // 2
    for encoding, zeros in (("utf-16-le", data[1::2]), ("utf-16-be", data[::2])):
        if half and not len(data) % 2 and zeros.count(0) > half * 0.3 and data.count(0) < half * 1.1:
            try:
                return data.decode(encoding)
            except UnicodeDecodeError:
                continue
    try:
        return text_of(data, "")
    except UnreadableText as error:
        raise Rejection("不是纯文本", "is not plain text", advice=_AS_TEXT) from error
