"""Bytes that a person or a machine handed in, as text. The one place that knows how Windows programs save a file.

Not here: what the text means. What is hashed or signed is hashed and checked as text in UTF-8 with LF, after this.
"""

from __future__ import annotations

import codecs
import re

from states.user_errors import UserError
from states.vocabulary import Text

LARGEST = 64 * 1024 * 1024
"""No text that is handed in is longer, in bytes."""

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
"""The byte order marks that Notepad and Excel write. UTF-32 is written by neither."""


class UnreadableText(UserError):
    """Bytes that are not text in any encoding that programs in use here save."""

    zh = (
        "{file} 不是可读的文本文件：已依次按 UTF-8、UTF-16（带标记）和 GB18030（GBK）识别，均不成立。"
        "请用记事本或 Excel 另存为 UTF-8 后重试。"
    )
    en = (
        "{file} is not a text file that can be read: UTF-8, UTF-16 (with a mark) and GB18030 (GBK) were tried in turn. "
        "Save it as UTF-8 and try again."
    )

    @property
    def why(self) -> Text:
        """The same without its full stop, for a sentence that goes on."""
        return Text(zh=self.render("zh").rstrip("。"), en=self.render("en").rstrip("."))


def text_of(raw: bytes, file: str) -> str:
    """The text of a file: its byte order mark removed, its line ends LF, whatever program saved it.

    Raises `UnreadableText` naming `file`. A NUL is no character of a text: it is what UTF-16 without a mark shows.
    """
    text = None if len(raw) > LARGEST else _decoded(raw)
    if text is None or "\0" in text:
        raise UnreadableText(file=file)
    return unix(text)


def toml_of(raw: bytes, file: str) -> str:
    """The text of a TOML file, with what Chinese input methods and Word put between the words made harmless.

    Only outside strings and comments: an ideographic or non-breaking space is a space, a zero-width one is nothing, and
    full-width digits, commas, equals signs and brackets are the plain ones. Raises `UnreadableText`.
    """
    return _QUOTED.sub(lambda found: found[0] if found[1] else found[0].translate(_PLAIN), text_of(raw, file))


_QUOTED = re.compile(r"""(\"{3}.*?\"{3}|'{3}.*?'{3}|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|\#[^\n]*)|[^"'#]+|["']""", re.DOTALL)
"""A string or a comment, else what is between them."""
_PLAIN = {
    **dict.fromkeys(map(ord, "\u00a0\u3000\u2002\u2003\u2009\u202f"), " "),
    **dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff")),
    **{0xFF10 + n: str(n) for n in range(10)},
    **dict(zip(map(ord, "，＝［］．－"), ",=[].-", strict=True)),
}


def unix(text: str) -> str:
    """The text with LF as its only line end; CRLF and a lone CR are what Windows and old Macs write."""
    return re.sub("\r\n?", "\n", text)


def spoken(raw: bytes) -> str:
    """The reply of another program, never refused: UTF-8, else GB18030, else UTF-8 with replacements."""
    text = _as(raw, "utf-8")
    text = _as(raw, "gb18030") if text is None else text
    return raw.decode("utf-8", "replace") if text is None else text


def _decoded(raw: bytes) -> str | None:
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return _as(raw[len(mark) :], encoding)
    text = _as(raw, "utf-8")
    return _as(raw, "gb18030") if text is None else text


def _as(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return None
