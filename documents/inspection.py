"""Whether a file that somebody hands in may be accepted: its name and its structure must be of the same kind.

The rule: nothing that runs a program, fetches something or hides something is accepted; what an office makes every day is. Names and
first bytes say little, so each kind is parsed as its own programs parse it, in a separate process (`isolation.py`). Whether what a
file says is true is for people to decide.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from states.guards import LARGEST_DOCUMENT as LARGEST
from states.refusals import Refusal
from states.vocabulary import Text

from . import isolation, plain_text, signatures
from .kinds import ADVICE, KINDS, OTHER_KIND, is_office, kind_title
from .office import conversion, package
from .rejection import MAKE_SMALLER, OPEN_AND_SAVE, REMOVE_PASSWORD, Rejection


class FileNotAccepted(Refusal):
    """The file is not accepted."""

    zh = "文件“{name}”未收下：{why}。{advice}。"
    en = "The file “{name}” was not taken: it {why}. {advice}."


ENDING_OF_MEDIA_TYPE: Mapping[str, str] = {kind.media_type: ending for ending, kind in KINDS.items()}
"""The ending of a document's name when it is downloaded."""


class AcceptedFile(Struct, frozen=True):
    """A file that is accepted: under its own name, or, if it was converted, under a new one that says so."""

    name: str
    data: bytes
    media_type: str


def accept_attribute(converter: Path | None = None) -> str:
    """The attribute `accept` of a form's file field: old Office formats, too, where they can be converted."""
    return ",".join(f".{ending}" for ending in (*KINDS, *(conversion.CONVERTIBLE if converter else ())))


_STEM = 80
"""Letters of an old file's name that stay, so that the note on the conversion is not cut off."""

_HEADER = 1024
"""Within so many bytes a PDF says that it is one; what stands before is passed over (ISO 32000-1, implementation note 13)."""


def recognise(data: bytes) -> str:
    """The ending that fits a file's content; "bin" where it is no kind of document."""
    if data.startswith(b"PK\x03\x04"):
        return package.ending_of(data) or "bin"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if b"%PDF-" in data[:_HEADER]:
        return "pdf"
    try:
        plain_text.inspect(data)
    except Rejection:
        return "bin"
    return "txt"


def accept_file(name: str, data: bytes, converter: Path | None) -> AcceptedFile:
    """The file to store: the one that was uploaded, or, for an old Office format and with a converter, its conversion.

    Raises `FileNotAccepted` with the reason, and `isolation.InspectionUnavailable` where no process can be started.
    """
    ending = _written_ending(name)
    if (
        converter is None
        or ending not in conversion.CONVERTIBLE
        or not data
        or len(data) > LARGEST
        or signatures.has_password(data)
    ):
        return AcceptedFile(name, data, inspect(name, data))
    new = conversion.CONVERTIBLE[ending].new
    try:
        converted = conversion.convert(converter, ending, data)
        _inspect_converted(new, converted)
    except Rejection as unfit:
        raise FileNotAccepted(name=_printable(name), why=unfit.why, advice=unfit.advice) from unfit
    stem = name.strip(" .").rpartition(".")[0][:_STEM]
    return AcceptedFile(f"{stem}（由 {ending} 转换）.{new}", converted, KINDS[new].media_type)


def _inspect_converted(new: str, converted: bytes) -> None:
    """Inspect a converted file like any other."""
    try:
        isolation.inspect_in_process(new, converted)
    except Rejection as unfit:
        raise unfit.at(Text(zh="转换后的文件", en="the converted file")) from unfit


def inspect(name: str, data: bytes) -> str:
    """The media type of a file that may be accepted; `name` is the one it was uploaded with.

    Takes up to two seconds of processor time in another process. Raises `FileNotAccepted` with the reason, and
    `isolation.InspectionUnavailable` where no process can be started.
    """
    try:
        ending = check_ending(name, data)
        isolation.inspect_in_process(ending, data)
    except Rejection as unfit:
        raise FileNotAccepted(name=_printable(name), why=unfit.why, advice=unfit.advice) from unfit
    return KINDS[ending].media_type


def _printable(name: str) -> str:
    return "".join(one for one in name if unicodedata.category(one) not in ("Cc", "Cf", "Zl", "Zp"))[-80:]


def _written_ending(name: str) -> str:
    plainly = unicodedata.normalize("NFKC", name).strip(" .").lower()
    return plainly.rpartition(".")[2] if "." in plainly else ""


def check_ending(name: str, data: bytes) -> str:
    """The ending that decides the parser: that of the name, if the first bytes agree. Raises `Rejection` if not."""
    if not data:
        raise Rejection("是空的", "is empty", advice=OTHER_KIND)
    if len(data) > LARGEST:
        raise Rejection(f"超过 {LARGEST // 2**20} MB", f"is larger than {LARGEST // 2**20} MB", advice=MAKE_SMALLER)
    ending = _written_ending(name)
    if ending not in KINDS:
        shown = ending[:12]
        zh, en = f"是“{shown or '无后缀'}”类文件，不能上传", f"is of the kind “{shown or 'none'}”, which is not taken"
        raise Rejection(zh, en, advice=ADVICE.get(ending, OTHER_KIND))
    if signatures.has_password(data):
        raise Rejection("设有打开密码", "has a password for opening it", advice=REMOVE_PASSWORD)
    if ending != "txt" and signatures.is_old_office(data):
        advice = ADVICE[{"xlsx": "xls", "pptx": "ppt"}.get(ending, "doc")]
        raise Rejection(
            "是旧版 Office 格式，只改了后缀",
            "is in the old Office format and only its ending was changed",
            advice=advice,
        )
    if ending == "txt":
        return ending
    found = recognise(data)
    # For pictures the bytes decide: every viewer opens a PNG that a chat program named .jpg.
    if {ending, found} <= {"jpg", "jpeg", "jfif", "png"}:
        return found
    if found == ending or (found == "bin" and _may_be_damaged_office(ending, data)):
        return ending
    if found == "bin":
        raise Rejection(f"内容不是 {ending} 格式", f"is not {ending} inside", advice=OPEN_AND_SAVE)
    says = kind_title(found)
    advice = Text(
        zh=f"如确是{says.zh}，请把后缀改为 .{found} 再上传",
        en=f"If that is right, change its ending to .{found} and upload it again",
    )
    raise Rejection(
        f"内容是{says.zh}，与后缀 .{ending} 不符",
        f"is {says.en} inside, which its ending .{ending} does not say",
        advice=advice,
    )


def _may_be_damaged_office(ending: str, data: bytes) -> bool:
    """Whether an unrecognised file begins as its ending says: the parser then finds what is wrong with it."""
    return is_office(ending) and data.startswith(b"PK\x03\x04")
