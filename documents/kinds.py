"""The accepted kinds of files, with their parsers and their titles, and the advice for files of other kinds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module

from msgspec import Struct

from states.vocabulary import Text


class DocumentKind(Struct, frozen=True):
    """One kind of document: its media type, and the module that parses it."""

    media_type: str
    module: str


_OFFICE_PARSER = "office.inspection"
_OFFICE = "application/vnd.openxmlformats-officedocument."

KINDS: Mapping[str, DocumentKind] = {
    "docx": DocumentKind(_OFFICE + "wordprocessingml.document", _OFFICE_PARSER),
    "xlsx": DocumentKind(_OFFICE + "spreadsheetml.sheet", _OFFICE_PARSER),
    "pptx": DocumentKind(_OFFICE + "presentationml.presentation", _OFFICE_PARSER),
    "pdf": DocumentKind("application/pdf", "pdf"),
    "ofd": DocumentKind("application/ofd", "ofd.inspection"),
    "png": DocumentKind("image/png", "pictures"),
    "jfif": DocumentKind("image/jpeg", "pictures"),
    "jpeg": DocumentKind("image/jpeg", "pictures"),
    "jpg": DocumentKind("image/jpeg", "pictures"),
    "txt": DocumentKind("text/plain", "plain_text"),
}
"""The accepted kinds, by the ending of a name. No other ending is accepted, except for a file to convert."""

_ENDINGS = "、".join(ending for ending in KINDS if ending != "jfif")
OTHER_KIND = Text(zh=f"可上传：{_ENDINGS}", en=f"These may be uploaded: {_ENDINGS.replace('、', ', ')}")


def _save_as(ending: str, zh: str, en: str) -> Text:
    return Text(
        zh=f"请用 {zh} 打开，选“另存为”，保存为 .{ending} 后再上传",
        en=f"Open it in {en}, choose Save As, save it as .{ending} and upload that",
    )


_WORD, _EXCEL = _save_as("docx", "Word 或 WPS", "Word or WPS"), _save_as("xlsx", "Excel 或 WPS", "Excel or WPS")
_SLIDES = _save_as("pptx", "PowerPoint 或 WPS", "PowerPoint or WPS")
_PICTURE = _save_as("png", "“画图”或看图软件", "Paint or a picture viewer")
_PHONE = Text(
    zh="请在手机相册中转为 JPEG（iPhone：设置—相机—格式—兼容性最佳），或截图后再上传",
    en=(
        "Turn it into a JPEG on the phone (iPhone: Settings – Camera – Formats – Most Compatible), or upload a "
        "screenshot"
    ),
)
_UNPACK = Text(zh="请解压后逐个上传其中的文件", en="Unpack it and upload the files in it one by one")
_PRINT = Text(zh="请打开后“打印”或“导出”为 PDF 再上传", en="Open it, print or export it as PDF and upload that")

ADVICE: Mapping[str, Text] = {
    **dict.fromkeys(("doc", "dot", "dotx", "docm", "dotm", "wps", "wpt", "rtf", "odt", "pages", "uot"), _WORD),
    **dict.fromkeys(("xls", "xlt", "xltx", "xlsm", "xltm", "xlsb", "et", "ett", "csv", "ods", "numbers", "uos"), _EXCEL),
    **dict.fromkeys(("ppt", "pps", "ppsx", "pptm", "ppsm", "pot", "potx", "dps", "dpt", "odp", "key", "uop"), _SLIDES),
    **dict.fromkeys(("bmp", "gif", "tif", "tiff", "webp", "ico", "emf", "wmf", "psd", "jp2"), _PICTURE),
    **dict.fromkeys(("heic", "heif", "avif", "livp"), _PHONE),
    **dict.fromkeys(("zip", "rar", "7z", "gz", "tar", "tgz"), _UNPACK),
    **dict.fromkeys(("ceb", "caj", "html", "htm", "mht", "mhtml", "eml", "msg"), _PRINT),
    **dict.fromkeys(("vsd", "vsdx", "dwg", "svg", "xps", "md"), _PRINT),
}  # fmt: skip
"""How to turn a file of another kind into an accepted one, by its ending."""


def parser_of(ending: str) -> Callable[[bytes], None]:
    """The parser of files with this ending. It raises `Rejection`."""
    # Imported here and not at the top: the process of the web pages must not load a parser, only the one that inspects
    # a file.
    module = import_module(f"documents.{KINDS[ending].module}")
    parser: Callable[[bytes], None] = module.inspector_for(ending) if is_office(ending) else module.inspect
    return parser


def is_office(ending: str) -> bool:
    """Whether files with this ending are Office packages (OOXML). One parser reads all three kinds."""
    return KINDS[ending].module == _OFFICE_PARSER


def is_zip(ending: str) -> bool:
    """Whether files with this ending are zip files: Office packages and OFD."""
    return is_office(ending) or ending == "ofd"


def kind_title(ending: str) -> Text:
    """The title of a kind, by the ending that `inspection.recognise` returns; a general one for any other ending."""
    names = {
        "docx": ("Word 文档", "a Word document"), "xlsx": ("Excel 工作簿", "an Excel workbook"),
        "pptx": ("PowerPoint 演示文稿", "a PowerPoint presentation"), "pdf": ("PDF", "a PDF"), "ofd": ("OFD", "an OFD"),
        "png": ("PNG 图片", "a PNG picture"), "jpg": ("JPEG 图片", "a JPEG picture"), "txt": ("纯文本", "plain text"),
    }  # fmt: skip
    zh, en = names.get(ending, ("其他格式", "of another kind"))
    return Text(zh=zh, en=en)
