"""Decides whether an uploaded file is accepted, and has a file of an old Office format converted first.

The rule: a file that runs a program, fetches something or hides something is rejected. The ordinary files of an office
are accepted. The content must be of the kind that the ending of the name states; only PNG and JPEG may be mixed up.
Names and first bytes prove little. So each kind is parsed as its own programs parse it, in a separate process
(`isolation.py`). People decide whether the content of a file is true.

Also here: the kind of a file by its content (`recognise`), and the endings for a form and for a download.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from msgspec import Struct

from config.cells import Workbook
from states.guards import MAX_DOCUMENT_SIZE as LARGEST
from states.refusals import Refusal
from states.vocabulary import Text

from . import file_formats, isolation, plain_text
from .kinds import ADVICE, KINDS, OTHER_KIND, is_zip, kind_title
from .ofd.entry import is_ofd
from .office import conversion, package
from .rejection import MAKE_SMALLER, OPEN_AND_SAVE, REMOVE_PASSWORD, Rejection
from .sheets import tables_of_text


class FileNotAccepted(Refusal):
    """The file is not accepted."""

    zh = "文件“{name}”未收下：{why}。{advice}。"
    en = "The file “{name}” was not taken: it {why}. {advice}."


ENDING_OF_MEDIA_TYPE: Mapping[str, str] = {kind.media_type: ending for ending, kind in KINDS.items()}
"""The ending of a document's name when it is downloaded, by its media type."""


class AcceptedFile(Struct, frozen=True):
    """An accepted file. A converted file has a new name, which says that it was converted."""

    name: str
    data: bytes
    media_type: str


def accept_attribute(converter: Path | None = None) -> str:
    """The attribute `accept` of a form's file field. With a converter it also lists the old Office formats."""
    return ",".join(f".{ending}" for ending in (*KINDS, *(conversion.CONVERTIBLE if converter else ())))


_EXCEL_WANTED = Text(zh="请用 .xlsx 文件（Excel 或 WPS 表格）", en="Use an .xlsx file, of Excel or WPS")

_MAX_STEM = 80
"""Characters of an old file's name that stay, so that the note on the conversion is not cut off."""

_MAX_HEADER_OFFSET = 1024
"""A PDF has its header within this many bytes; readers ignore the bytes before it (ISO 32000-1, note 13)."""


def recognise(data: bytes) -> str:
    """The ending that fits the content of a file; "bin" if the content is no accepted kind."""
    if data.startswith(b"PK\x03\x04"):
        return package.ending_of(data) or ("ofd" if is_ofd(data) else "bin")
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if b"%PDF-" in data[:_MAX_HEADER_OFFSET]:
        return "pdf"
    try:
        plain_text.inspect(data)
    except Rejection:
        return "bin"
    return "txt"


def accept_file(name: str, data: bytes, converter: Path | None) -> AcceptedFile:
    """Inspect an uploaded file and return the file to store.

    This is the uploaded file. If it has an old Office format and there is a converter, it is the converted file.
    Raises `FileNotAccepted` with the reason, and `isolation.InspectionUnavailable` if no process can be started.
    """
    ending = _ending_of_name(name)
    is_convertible = ending in conversion.CONVERTIBLE and 0 < len(data) <= LARGEST
    if converter is None or not is_convertible or file_formats.has_password(data):
        return AcceptedFile(name, data, inspect(name, data))
    new_ending = conversion.CONVERTIBLE[ending].new
    try:
        new_data = conversion.convert(converter, ending, data)
        _inspect_converted(new_ending, new_data)
    except Rejection as rejection:
        raise FileNotAccepted(name=_printable(name), why=rejection.why, advice=rejection.advice) from rejection
    stem = name.strip(" .").rpartition(".")[0][:_MAX_STEM]
    return AcceptedFile(f"{stem}（由 {ending} 转换）.{new_ending}", new_data, KINDS[new_ending].media_type)


def read_workbook(name: str, data: bytes, converter: Path | None) -> Workbook:
    """Inspect a workbook and read its cells: .xlsx, .csv, and old formats if there is a converter. It is not stored.

    Raises `FileNotAccepted` with the reason, and `isolation.InspectionUnavailable` if no process can be started.
    """
    ending = _ending_of_name(name)
    try:
        if not data or len(data) > LARGEST:
            _check_acceptable("xlsx", data)
        if ending == "csv":
            return tables_of_text.read(data)
        if converter is not None and ending in conversion.CONVERTIBLE and conversion.CONVERTIBLE[ending].new == "xlsx":
            data, ending = conversion.convert(converter, ending, data), "xlsx"
        if check_ending(f"file.{ending}", data) != "xlsx":
            return _refuse_no_workbook()
        return isolation.read_in_process(data)
    except Rejection as rejection:
        raise FileNotAccepted(name=_printable(name), why=rejection.why, advice=rejection.advice) from rejection


def _refuse_no_workbook() -> NoReturn:
    raise Rejection("不是 Excel 工作簿", "is no Excel workbook", advice=_EXCEL_WANTED)


def _inspect_converted(ending: str, data: bytes) -> None:
    """Inspect a converted file like any other. Raises `Rejection`; its place says that the converted file is meant."""
    try:
        isolation.inspect_in_process(ending, data)
    except Rejection as rejection:
        raise rejection.with_place(Text(zh="转换后的文件", en="the converted file")) from rejection


def inspect(name: str, data: bytes) -> str:
    """Inspect a file and return its media type. `name` is the name that it was uploaded with.

    Takes up to two seconds of processor time in another process. Raises `FileNotAccepted` with the reason, and
    `isolation.InspectionUnavailable` if no process can be started.
    """
    try:
        ending = check_ending(name, data)
        isolation.inspect_in_process(ending, data)
    except Rejection as rejection:
        raise FileNotAccepted(name=_printable(name), why=rejection.why, advice=rejection.advice) from rejection
    return KINDS[ending].media_type


def _printable(name: str) -> str:
    """The last 80 characters of a name, without control and format characters, because those could change the line."""
    return "".join(letter for letter in name if unicodedata.category(letter) not in ("Cc", "Cf", "Zl", "Zp"))[-80:]


def _ending_of_name(name: str) -> str:
    normalised = unicodedata.normalize("NFKC", name).strip(" .").lower()
    return normalised.rpartition(".")[2] if "." in normalised else ""


def check_ending(name: str, data: bytes) -> str:
    """The ending that selects the parser. Raises `Rejection` if the file cannot be accepted.

    It is the ending of the name, which must agree with the content. For a picture it is the ending that fits the
    content. The content of a text is not compared here: its parser does that.
    """
    ending = _ending_of_name(name)
    _check_acceptable(ending, data)
    if ending == "txt":
        return ending
    content = recognise(data)
    # For pictures the bytes decide: every viewer opens a PNG that a chat program named .jpg.
    if {ending, content} <= {"jpg", "jpeg", "jfif", "png"}:
        return content
    if content == ending or (content == "bin" and _may_be_damaged(ending, data)):
        return ending
    raise _wrong_ending(ending, content)


def _check_acceptable(ending: str, data: bytes) -> None:
    """Raises `Rejection` for a file that needs no parser to be rejected.

    It is empty or too large, its ending is not accepted, it has a password, or it is an old Office file with a new
    ending.
    """
    if not data:
        raise Rejection("是空的", "is empty", advice=OTHER_KIND)
    if len(data) > LARGEST:
        raise Rejection(f"超过 {LARGEST // 2**20} MB", f"is larger than {LARGEST // 2**20} MB", advice=MAKE_SMALLER)
    if ending not in KINDS:
        kind = ending[:12]
        zh, en = f"是“{kind or '无后缀'}”类文件，不能上传", f"is of the kind “{kind or 'none'}”, which is not taken"
        raise Rejection(zh, en, advice=ADVICE.get(ending, OTHER_KIND))
    if file_formats.has_password(data):
        raise Rejection("设有打开密码", "has a password for opening it", advice=REMOVE_PASSWORD)
    if ending != "txt" and file_formats.is_old_office(data):
        advice = ADVICE[{"xlsx": "xls", "pptx": "ppt"}.get(ending, "doc")]
        raise Rejection(
            "是旧版 Office 格式，只改了后缀",
            "is in the old Office format and only its ending was changed",
            advice=advice,
        )


def _wrong_ending(ending: str, content: str) -> Rejection:
    """The rejection of a file whose content has another ending than its name."""
    if content == "bin":
        return Rejection(f"内容不是 {ending} 格式", f"is not {ending} inside", advice=OPEN_AND_SAVE)
    title = kind_title(content)
    advice = Text(
        zh=f"如确是{title.zh}，请把后缀改为 .{content} 再上传",
        en=f"If that is right, change its ending to .{content} and upload it again",
    )
    return Rejection(
        f"内容是{title.zh}，与后缀 .{ending} 不符",
        f"is {title.en} inside, which its ending .{ending} does not say",
        advice=advice,
    )


def _may_be_damaged(ending: str, data: bytes) -> bool:
    """Whether an unrecognised file begins like a zip file and has the ending of a kind that is one.

    The parser then gives the reason.
    """
    return is_zip(ending) and data.startswith(b"PK\x03\x04")
