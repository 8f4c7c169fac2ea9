"""Repairs a signed note or proof from a file or letter that mail programs and editors have changed. Pure.

A change is repaired only if there is exactly one way to do it. No trust depends on the repair: the signatures are
checked afterwards, over the repaired text, so a wrong repair leads to a wrong signature and never to a valid one.
"""

from __future__ import annotations

import quopri
import re

from config.texts import UnreadableText, text_of

from .notes import DASH, BadNote

_SPACES = {
    **dict.fromkeys(map(ord, "\u00a0\u2002\u2003\u2009\u202f\u3000"), " "),
    **dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff")),
}
_REPLACED_DASH = re.compile(r"^(?:-{1,3}|[\u2010-\u2015]{1,2}|\?) ?(?=\S+ [A-Za-z0-9+/]{6,}={0,2}$)", re.MULTILINE)
"""What editors put in place of the dash before a signature: `--`, an en dash, one or two other dashes, or `?`."""


def repair_note(raw: bytes, name: str = "") -> bytes:
    """The bytes that were signed: UTF-8, LF line ends, no byte order mark, plain spaces, one newline at the end.

    It repairs other encodings and line ends, quoted-printable text that was not decoded, spaces and dashes that an
    editor replaced, spaces at the ends of lines, and a missing last newline. It does not check whether the result is a
    note. `name`: the name of the file, for the error. Raises `BadNote` if the bytes are no text.
    """
    # Quoted-printable is not recognised by a `=` at the end of a line, because base64 has that too. It writes every `=`
    # as `=3D`.
    if b"=E2=80=94" in raw or b"=3D" in raw:
        raw = quopri.decodestring(raw)
    try:
        text = text_of(raw, name).translate(_SPACES)
    except UnreadableText as error:
        raise BadNote(why=error.why) from error
    lines = "\n".join(line.rstrip(" \t") for line in text.strip("\n \t").split("\n"))
    return (_REPLACED_DASH.sub(DASH, lines) + "\n").encode()
