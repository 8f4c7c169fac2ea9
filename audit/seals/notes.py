"""Signed notes (c2sp.org/signed-note): a text, and the lines of those who signed it. Pure; keys are in `keys.py`.

    a text ending in a newline
    <an empty line>
    — <key name> base64(4 bytes of key id || signature)

`parse` takes what the specification allows and nothing else. That a note could be read says nothing about who
signed it: only `keys.verify_signatures` does, and an unchecked text is not to be believed.
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode

from msgspec import Struct

from states.user_errors import UserError
from states.vocabulary import Text

LARGEST = 1_000_000
"""How many bytes a note may have: "verifiers SHOULD apply a maximum limit"."""

DASH = "\N{EM DASH} "


class BadNote(UserError, ValueError):
    """The bytes are not a signed note. `why` is a `Text`."""

    zh = "这不是一份可读的封存文件：{why}。请向出具方索取原文件，不要改动或重新排版。"
    en = "This cannot be read as a signed note: {why}. Ask for the original file, not edited and not reformatted."


class Signature(Struct, frozen=True):
    """One line under a note: the name it bears, the key id, and the bytes of the signature."""

    name: str
    id: bytes
    made: bytes

    def __str__(self) -> str:
        return f"{DASH}{self.name} {encode_base64(self.id + self.made)}\n"


class Note(Struct, frozen=True):
    """A text with its signatures. `text` ends in a newline and is what is signed."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        return f"{self.text}\n{''.join(map(str, self.signatures))}"

    def with_signatures(self, *more: Signature) -> Note:
        """The same text, signed by more; a line that is there already is not added."""
        return Note(self.text, tuple(dict.fromkeys((*self.signatures, *more))))


def parse_note(raw: bytes) -> Note:
    """The note these bytes hold. BadNote if they hold none."""
    if len(raw) > LARGEST:
        raise BadNote(why=_LARGE)
    try:
        whole = raw.decode()
    except UnicodeDecodeError as error:
        raise BadNote(why=_UTF8) from error
    if any(character < " " and character != "\n" for character in whole):
        raise BadNote(why=_CONTROL)
    # "The text is separated from the signatures by the last empty line in the note."
    text, apart, signatures = whole.rpartition("\n\n")
    if not apart or not signatures.endswith("\n"):
        raise BadNote(why=_FORM)
    return Note(text + "\n", tuple(parse_signature(line) for line in signatures[:-1].split("\n")))


def parse_signature(line: str) -> Signature:
    """One signature line, without its newline. BadNote."""
    dash, name, made = (*line.split(" "), "", "", "")[:3]
    try:
        raw = decode_base64(made)
    except ValueError as error:
        raise BadNote(why=_SIGNATURE) from error
    if f"{dash} " != DASH or line.count(" ") != 2 or not is_name(name) or len(raw) < 5:
        raise BadNote(why=_SIGNATURE)
    return Signature(name, raw[:4], raw[4:])


def is_name(name: str) -> bool:
    """Whether a key may have this name: "non-empty and MUST NOT contain any Unicode spaces or plus"."""
    return bool(name) and "+" not in name and not any(c.isspace() or c < " " for c in name)


def encode_base64(raw: bytes) -> str:
    """Base 64 as RFC 4648, section 4."""
    return b64encode(raw).decode()


def decode_base64(text: str) -> bytes:
    """The bytes of a base 64 text in its one canonical form; ValueError for any other."""
    raw = b64decode(text, validate=True)
    if encode_base64(raw) != text:
        raise binascii.Error("not canonical")
    return raw


_LARGE = Text(zh="文件过大", en="it is too large")
_UTF8 = Text(zh="不是 UTF-8 文本", en="it is not UTF-8")
_CONTROL = Text(
    zh="含有控制字符（如制表符或 Windows 换行）", en="it has control characters, such as tabs or CR line ends"
)
_FORM = Text(
    zh="缺少空行或其后的签名行", en="it has no empty line with signature lines after it, each ending in a newline"
)
_SIGNATURE = Text(zh="签名行的格式不对", en="a signature line is not of its form")
