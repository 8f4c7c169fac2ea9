"""Whether a file somebody hands in may be taken: its name, its first bytes, and its build must all say the same kind.

Pure and bounded: at most `LARGEST` bytes are looked at, at most `UNPACKED` bytes are ever unpacked, and an answer takes
less than two seconds. A file that may run something, fetch something or hide another file is refused. Whether what it
*says* is true is for people.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from msgspec import Struct

from states.guards import LARGEST_DOCUMENT as LARGEST
from states.refusals import Refusal
from states.vocabulary import Text

from . import office, pdf, pictures, plain
from .unfit import Unfit


class NotTaken(Refusal):
    """The file is not what may be handed in."""

    zh = "文件“{name}”未收下：{why}。{advice}。"
    en = "The file “{name}” was not taken: {why}. {advice}."


class Kind(Struct, frozen=True):
    """One kind of document: its media type, how its bytes begin, and the look at how it is built."""

    media_type: str
    begins: bytes
    look: Callable[[bytes], None]


_OFFICE = "application/vnd.openxmlformats-officedocument."

KINDS: Mapping[str, Kind] = {
    "docx": Kind(_OFFICE + "wordprocessingml.document", b"PK\x03\x04", office.look("word/document.xml")),
    "xlsx": Kind(_OFFICE + "spreadsheetml.sheet", b"PK\x03\x04", office.look("xl/workbook.xml")),
    "pptx": Kind(_OFFICE + "presentationml.presentation", b"PK\x03\x04", office.look("ppt/presentation.xml")),
    "pdf": Kind("application/pdf", b"%PDF-", pdf.look),
    "png": Kind("image/png", b"\x89PNG\r\n\x1a\n", pictures.look_png),
    "jpeg": Kind("image/jpeg", b"\xff\xd8\xff", pictures.look_jpeg),
    "jpg": Kind("image/jpeg", b"\xff\xd8\xff", pictures.look_jpeg),
    "txt": Kind("text/plain", b"", plain.look),
}
"""What may be handed in, by the ending of its name. Nothing else may."""

ENDINGS: Mapping[str, str] = {kind.media_type: ending for ending, kind in KINDS.items()}
"""The ending a document is downloaded with."""

ACCEPT = ",".join(f".{ending}" for ending in KINDS)
"""What a form's file field offers."""

_SAVE_ANEW = Text(
    zh="请另存为不带宏和嵌入内容的 .docx、.xlsx 或 PDF 后再上传",
    en="Save it as .docx, .xlsx or PDF without macros and embedded content and upload that",
)
_OTHER_KIND = Text(zh=f"可上传：{'、'.join(KINDS)}", en=f"These may be: {', '.join(KINDS)}")
_SMALLER = Text(zh="请压缩图片或分成几个文件", en="Make its pictures smaller or split it")


def recognised(data: bytes) -> str:
    """The ending of a file that was taken, told by what is in it: its name is not kept."""
    for ending, kind in KINDS.items():
        try:
            if data.startswith(kind.begins):
                kind.look(data)
                return ending
        except Unfit:
            continue
    return "bin"


def inspect(name: str, data: bytes) -> str:
    """The media type of a file that may be taken; `NotTaken` says why another may not. `name` is the one it came with."""
    shown = re.sub(r"[\x00-\x1f\x7f]", "", name)[-80:]
    if not data:
        raise NotTaken(name=shown, why=Text(zh="文件是空的", en="it is empty"), advice=_OTHER_KIND)
    if len(data) > LARGEST:
        why = Text(zh=f"文件超过 {LARGEST // 2**20} MB", en=f"it is larger than {LARGEST // 2**20} MB")
        raise NotTaken(name=shown, why=why, advice=_SMALLER)
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    kind = KINDS.get(ending)
    if kind is None:
        why = Text(
            zh=f"不能上传“{ending[:12] or '无后缀'}”类文件",
            en=f"files of the kind “{ending[:12] or 'none'}” are not taken",
        )
        raise NotTaken(name=shown, why=why, advice=_OTHER_KIND)
    if not data.startswith(kind.begins):
        why = Text(zh=f"文件内容不是 {ending} 格式", en=f"what is in it is not {ending}")
        raise NotTaken(name=shown, why=why, advice=_SAVE_ANEW)
    try:
        kind.look(data)
    except Unfit as unfit:
        raise NotTaken(name=shown, why=unfit.why, advice=_SAVE_ANEW) from unfit
    return kind.media_type
