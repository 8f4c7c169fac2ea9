"""Signed notes (c2sp.org/signed-note): a text, and a line for each signature. Pure.

    a text ending in a newline
    <an empty line>
    — <key name> base64(4 bytes of key id || signature)

`parse_note` accepts what the specification allows and nothing else. It does not check the signatures: only
`keys.verify_signatures` does, and before that the text must not be trusted.

Also here: the names that a key may have, and base64. Not here: keys (`keys.py`), the text of a seal (`checkpoints.py`).
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode

from msgspec import Struct

from states.user_errors import UserError
from states.vocabulary import Text

MAX_BYTES = 1_000_000
"""The most bytes that a note may have: "verifiers SHOULD apply a maximum limit"."""

DASH = "\N{EM DASH} "


class BadNote(UserError, ValueError):
    """The bytes are not a signed note. `why` is the reason, a `Text`."""

    zh = "这不是一份可读的封存文件：{why}。请向出具方索取原文件，不要改动或重新排版。"
    en = "This cannot be read as a signed note: {why}. Ask for the original file, not edited and not reformatted."


class Signature(Struct, frozen=True):
    """One line under a note: the name of the key, the id of the key (4 bytes), and the bytes of the signature."""

    name: str
    id: bytes
    raw: bytes

    def __str__(self) -> str:
        return f"{DASH}{self.name} {encode_base64(self.id + self.raw)}\n"


class Note(Struct, frozen=True):
    """A text with its signatures. The signatures are made over `text`, which ends in a newline."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        return f"{self.text}\n{''.join(map(str, self.signatures))}"

    def with_signatures(self, *more: Signature) -> Note:
        """A copy with more signatures. A signature that the note already has is not added again."""
        return Note(self.text, tuple(dict.fromkeys((*self.signatures, *more))))


def parse_note(raw: bytes) -> Note:
    """Read a note. Raises `BadNote` if the bytes are not a note."""
    if len(raw) > MAX_BYTES:
        raise BadNote(why=_TOO_LARGE)
    try:
        whole = raw.decode()
    except UnicodeDecodeError as error:
        raise BadNote(why=_NOT_UTF8) from error
    if any(character < " " and character != "\n" for character in whole):
        raise BadNote(why=_CONTROL_CHARACTERS)
    # "The text is separated from the signatures by the last empty line in the note."
    text, separator, signatures = whole.rpartition("\n\n")
    if not separator or not signatures.endswith("\n"):
        raise BadNote(why=_NO_SIGNATURES)
    return Note(text + "\n", tuple(parse_signature(line) for line in signatures[:-1].split("\n")))


def parse_signature(line: str) -> Signature:
    """Read one signature line, without its newline. Raises `BadNote` if it is not one."""
    dash, name, encoded = (*line.split(" "), "", "", "")[:3]
    try:
        raw = decode_base64(encoded)
    except ValueError as error:
        raise BadNote(why=_BAD_SIGNATURE_LINE) from error
    if f"{dash} " != DASH or line.count(" ") != 2 or not is_name(name) or len(raw) < 5:
        raise BadNote(why=_BAD_SIGNATURE_LINE)
    return Signature(name, raw[:4], raw[4:])


def is_name(name: str) -> bool:
    """Whether a key may have this name: "non-empty and MUST NOT contain any Unicode spaces or plus"."""
    return bool(name) and "+" not in name and not any(character.isspace() or character < " " for character in name)


def encode_base64(raw: bytes) -> str:
    """Encode bytes in base64 as defined by RFC 4648, section 4."""
    return b64encode(raw).decode()


def decode_base64(text: str) -> bytes:
    """Decode base64 in its canonical form. Raises ValueError for any other text."""
    raw = b64decode(text, validate=True)
    if encode_base64(raw) != text:
        raise binascii.Error("not canonical")
    return raw


_TOO_LARGE = Text(zh="文件过大", en="it is too large")
_NOT_UTF8 = Text(zh="不是 UTF-8 文本", en="it is not UTF-8")
_CONTROL_CHARACTERS = Text(
    zh="含有控制字符（如制表符或 Windows 换行）", en="it has control characters, such as tabs or CR line ends"
)
_NO_SIGNATURES = Text(
    zh="缺少空行或其后的签名行", en="it has no empty line with signature lines after it, each ending in a newline"
)
_BAD_SIGNATURE_LINE = Text(zh="签名行的格式不对", en="a signature line is not of its form")
