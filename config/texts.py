"""Decodes text files of any program, also those that Windows programs save (GB18030, UTF-16, CRLF).

Also here: the text of a TOML file, in which the characters of Chinese input methods are replaced; and the text of
another program's reply, which is never refused. Not here: the meaning of a text. A digest or a signature is always over
the decoded text, in UTF-8 with LF.
"""

from __future__ import annotations

import codecs
import re

from states.user_errors import UserError
from states.vocabulary import Text

LARGEST = 64 * 1024 * 1024
"""The size of the largest text file that is accepted, in bytes."""

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
"""The byte order marks that Notepad and Excel write. Neither writes UTF-32."""


class UnreadableText(UserError):
    """The bytes of a file are not text in any encoding that this program reads."""

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
        """The sentence without its full stop, as part of a longer sentence."""
        return Text(zh=self.render("zh").rstrip("。"), en=self.render("en").rstrip("."))


def text_of(raw: bytes, file: str) -> str:
    """The text in `raw`, without its byte order mark and with LF as line ends.

    Raises `UnreadableText`; `file` is the file's name in it.
    """
    # A text with a NUL character is not accepted: it is UTF-16 without a mark, read in another encoding.
    text = None if len(raw) > LARGEST else _decode(raw)
    if text is None or "\0" in text:
        raise UnreadableText(file=file)
    return with_unix_line_ends(text)


def toml_of(raw: bytes, file: str) -> str:
    """The text of a TOML file, with plain characters for those of Chinese input methods and of Word.

    Outside strings and comments, an ideographic or non-breaking space becomes a space, a zero-width one is removed, and
    full-width digits, commas, equals signs and brackets become plain ones. Raises `UnreadableText`.
    """
    return _TOML_PART.sub(lambda match: match[0] if match[1] else match[0].translate(_PLAIN), text_of(raw, file))


_TOML_PART = re.compile(
    r"""(\"{3}.*?\"{3}|'{3}.*?'{3}|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|\#[^\n]*)|[^"'#]+|["']""", re.DOTALL
)
"""Matches a string or a comment (group 1), or the text between two of them."""
_PLAIN = {
    **dict.fromkeys(map(ord, "\u00a0\u3000\u2002\u2003\u2009\u202f"), " "),
    **dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff")),
    **{0xFF10 + n: str(n) for n in range(10)},
    **dict(zip(map(ord, "，＝［］．－"), ",=[].-", strict=True)),
}


def with_unix_line_ends(text: str) -> str:
    """The text with LF as its only line end. Windows writes CRLF, old Macs a lone CR."""
    return re.sub("\r\n?", "\n", text)


def text_of_reply(raw: bytes) -> str:
    """The reply of another program as text: UTF-8, else GB18030, else UTF-8 with replacement characters."""
    text = _decode_as(raw, "utf-8")
    text = _decode_as(raw, "gb18030") if text is None else text
    return raw.decode("utf-8", "replace") if text is None else text


def _decode(raw: bytes) -> str | None:
    """The text by its byte order mark, else as UTF-8, else as GB18030; None if no encoding fits."""
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return _decode_as(raw[len(mark) :], encoding)
    text = _decode_as(raw, "utf-8")
    return _decode_as(raw, "gb18030") if text is None else text


def _decode_as(raw: bytes, encoding: str) -> str | None:
    """The text of `raw` in this encoding; None if it is not valid in it."""
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return None
