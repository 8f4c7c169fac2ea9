"""Repairs a signed note or proof from a file or letter that mail programs and editors have changed. Pure.

Only what can be undone in exactly one way is undone. Nothing is trusted because of it: the signatures are checked afterwards, over the
repaired text, so a wrong repair shows as a wrong signature and never as a valid one.
"""

from __future__ import annotations

import quopri
import re

from config.texts import UnreadableText, text_of

from .notes import DASH, BadNote

_SPACES = {**dict.fromkeys(map(ord, "\u00a0\u2002\u2003\u2009\u202f\u3000"), " "),
           **dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"))}  # fmt: skip
_SIGNED_BY = re.compile(r"^(?:-{1,3}|[\u2010-\u2015]{1,2}|\?) ?(?=\S+ [A-Za-z0-9+/]{6,}={0,2}$)", re.MULTILINE)
"""The dash before a signature as editors write it: `--`, an en dash, a GBK em dash, two of them, or the `?` of an encoding without one."""


def repair_note(raw: bytes, name: str = "") -> bytes:
    """The bytes that were signed: UTF-8, LF, no mark, plain spaces, one newline at the end.

    Undone are other encodings and line ends, quoted-printable that nobody decoded, spaces and dashes that an editor
    replaced, spaces at the end of lines and a lost newline. Raises `BadNote` if it is no text.
    """
    # Not by a `=` at the end of a line: base64 ends so. Quoted-printable writes every `=` as `=3D`.
    if b"=E2=80=94" in raw or b"=3D" in raw:
        raw = quopri.decodestring(raw)
    try:
        text = text_of(raw, name).translate(_SPACES)
    except UnreadableText as error:
        raise BadNote(why=error.why) from error
    lines = "\n".join(line.rstrip(" \t") for line in text.strip("\n \t").split("\n"))
    return (_SIGNED_BY.sub(DASH, lines) + "\n").encode()
