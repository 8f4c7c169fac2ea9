"""Inspects PDF files, parsed as a viewer parses them (QPDF, through pikepdf): every object, also in compressed streams.

Rejected: scripts, forms that contain programs (XFA), files within the file, media that run programs, and every action
that starts a program, sends something, or opens something elsewhere without a click. Accepted: safe links (`links.py`),
bookmarks, ordinary forms, signatures, and a file that has only an owner's password, because anybody can open that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Stream, String

from states.vocabulary import Text

from . import file_formats
from .links import is_local, reject_unsafe_link
from .rejection import REMOVE_PASSWORD, Rejection, damaged_file, too_much_to_check

MAX_HEADER_OFFSET, MAX_TAIL, MAX_DEPTH, MAX_CHAIN = 1024, 1024, 100, 1000
"""Limits: bytes before the header, bytes after the end, nesting within one object, actions in one chain."""

_PRINT = Text(
    zh="请用浏览器或阅读器打开，“打印”为新的 PDF 后再上传",
    en="Open it in a browser or reader, print it to a new PDF and upload that",
)
_RELEVANT_NAMES = re.compile(
    rb"/(JavaScript|JS|Launch|ImportData|SubmitForm|GoToE|GoToR|Thread|URI|RichMedia\w*|Rendition|OnInstantiate"
    rb"|EF|EmbeddedFiles?|UF|Base|Named|XFA|AA|OpenAction|FileAttachment|FFilter|FS|F|Movie|Sound|PS)(?![A-Za-z0-9])"
)
"""An object without any of these names does nothing by itself and hides nothing."""

_RAW_ACTIONS = re.compile(rb"/S\s*/(JavaScript|Launch|SubmitForm|ImportData|GoToE)(?![A-Za-z0-9])")
_UNPACK_WARNING = re.compile(r"decod|unfilterable|object stream(?! \d+, object)")
"""Warnings of QPDF that it could not unpack objects. "object stream 1, object 4" only names a place."""
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")

_ACTIVE_ACTIONS: dict[str, tuple[str, str]] = {
    "/JavaScript": ("含有脚本（JavaScript）", "holds a script (JavaScript)"),
    "/Launch": ("会启动程序", "starts a program"),
    "/ImportData": ("会自动取数", "imports data"),
    "/SubmitForm": ("会向外发送表单", "sends a form elsewhere"),
    "/GoToE": ("会打开嵌入的文件", "opens an embedded file"),
    "/RichMediaExecute": ("含有可执行的多媒体", "holds media that run"),
}
_EMBEDDED = ("嵌入了其他文件", "has another file embedded in it")
_MEDIA = ("含有多媒体内容", "holds media")
_EXTERNAL = ("引用了外部文件或数据", "draws on a file or data elsewhere")
_INTERNAL_ACTIONS = frozenset(
    (
        "/GoTo",
        "/Named",
        "/Hide",
        "/SetOCGState",
        "/ResetForm",
        "/Trans",
        "/GoTo3DView",
        "/Rendition",
        "/Sound",
        "/Movie",
    )
)
"""Actions that may run without a click, because they stay within the file."""
_NAMED_COMMANDS = frozenset(
    ("/NextPage", "/PrevPage", "/FirstPage", "/LastPage", "/Print", "/FullScreen", "/FitPage", "/FitWidth")
)
"""Commands to the viewer that may run without a click. Other commands send mail, or open and save files."""


def inspect(data: bytes) -> None:
    """Raises `Rejection` if the file is damaged, needs a password, or runs, fetches or hides something."""
    _check_surroundings(data)
    try:
        with pikepdf.open(BytesIO(data)) as pdf:
            if not len(pdf.pages):
                raise damaged_file()
            for item in pdf.objects:
                _check_object(pdf, item)
            _check_warnings(data, pdf.get_warnings())
    except pikepdf.PasswordError as error:
        raise Rejection("设有打开密码", "has a password for opening it", advice=REMOVE_PASSWORD) from error
    except (pikepdf.PdfError, ValueError, TypeError, RuntimeError, KeyError, IndexError) as error:
        raise damaged_file() from error


def _check_surroundings(data: bytes) -> None:
    """Check the bytes before the header and after the end of the PDF.

    Raises `Rejection` if the header or the end is missing, if there are too many bytes, or if they are another file.
    """
    begin, end = data[:MAX_HEADER_OFFSET].find(b"%PDF-"), data.rfind(b"%%EOF")
    if begin == -1 or end == -1:
        raise damaged_file()
    if file_formats.is_foreign_format(data[:begin]) or (begin and file_formats.is_picture(data[:begin])):
        raise Rejection("开头藏有另一个文件", "hides another file at its beginning", advice=_PRINT)
    tail = data[end + 5 :].strip(b"\0\r\n\t ")
    file_formats.reject_second_format(data, tail[:MAX_TAIL])
    if len(tail) > MAX_TAIL:
        raise Rejection("末尾附有其他内容", "has something else attached at its end", advice=_PRINT)


def _check_object(pdf: pikepdf.Pdf, item: Object) -> None:
    """Check one object. Raises `Rejection`, with the page that the object belongs to, if a page leads to it."""
    if not isinstance(item, (Dictionary, Array, Stream)):
        return
    content: Object = item.stream_dict if isinstance(item, Stream) else item
    # Most objects have none of the relevant names. To search their text is cheaper than to walk them.
    if not _RELEVANT_NAMES.search(content.unparse(resolved=True)):
        return
    try:
        for dictionary in _dictionaries_in(content):
            _check_dictionary(dictionary, is_stream=isinstance(item, Stream))
    except Rejection as rejection:
        page = _page_of(pdf, item)
        raise (rejection.with_place(page) if page else rejection) from rejection


def _dictionaries_in(item: Object, depth: int = 0) -> Iterator[Dictionary]:
    """The dictionaries written within one object.

    Not those that it refers to: they are objects and checked themselves.
    """
    if depth > MAX_DEPTH:
        raise too_much_to_check()
    if isinstance(item, Dictionary):
        yield item
        values = [value for _, value in item.items()]
    elif isinstance(item, Array):
        values = list(item)
    else:
        return
    for value in values:
        if isinstance(value, (Dictionary, Array)) and not value.is_indirect:
            yield from _dictionaries_in(value, depth + 1)


def _check_dictionary(dictionary: Dictionary, *, is_stream: bool) -> None:
    """Raises `Rejection` if one dictionary runs, fetches or hides something."""
    _check_action(dictionary)
    if is_stream and ("/F" in dictionary or "/FFilter" in dictionary):
        raise Rejection(*_EXTERNAL, advice=_PRINT)
    if dictionary.get("/XFA") is not None:
        raise Rejection("含有 XFA 动态表单", "holds a dynamic form (XFA)", advice=_PRINT)
    if (
        dictionary.get("/EF") is not None
        or dictionary.get("/Subtype") == "/FileAttachment"
        or dictionary.get("/Type") == "/EmbeddedFile"
    ):
        raise Rejection(*_EMBEDDED, advice=_attachment_advice(dictionary))
    if dictionary.get("/Subtype") in ("/RichMedia", "/Flash", "/PS") or dictionary.get("/RichMediaContent") is not None:
        raise Rejection(*_MEDIA, advice=_PRINT)
    if dictionary.get("/OnInstantiate") is not None:
        raise Rejection(*_ACTIVE_ACTIONS["/JavaScript"], advice=_PRINT)
    paths = (dictionary.get(key) for key in ("/F", "/UF"))
    if any(isinstance(path, String) and not is_local(_text(path)) for path in paths) and "/EF" not in dictionary:
        raise Rejection(*_EXTERNAL, advice=_PRINT)
    if isinstance(base := dictionary.get("/URI"), Dictionary):
        reject_unsafe_link(_text(base.get("/Base")), _PRINT)
    if dictionary.get("/FS") == "/URL":
        raise Rejection(*_EXTERNAL, advice=_PRINT)
    if (action := dictionary.get("/OpenAction")) is not None:
        _check_automatic_action(action)
    if isinstance(actions := dictionary.get("/AA"), Dictionary):
        for automatic in actions.values():
            _check_automatic_action(automatic)


def _check_action(action: Dictionary) -> None:
    """Raises `Rejection` for an action that is unsafe even after a click."""
    kind = str(action.get("/S")) if isinstance(action.get("/S"), Name) else ""
    is_structure = action.get("/Type") in ("/StructElem", "/OutputIntent") or "/P" in action
    if kind in _ACTIVE_ACTIONS and not (is_structure and kind == "/JavaScript" and "/JS" not in action):
        raise Rejection(*_ACTIVE_ACTIONS[kind], advice=_PRINT)
    if kind == "/Rendition" and "/JS" in action:
        raise Rejection(*_ACTIVE_ACTIONS["/JavaScript"], advice=_PRINT)
    if kind == "/URI":
        reject_unsafe_link(_text(action.get("/URI")), _PRINT)
    if kind in ("/GoToR", "/Thread", "/Movie", "/Sound"):
        for address in _files(action.get("/F")):
            if not is_local(address):
                raise Rejection(*_EXTERNAL, advice=_PRINT)
            reject_unsafe_link(address, _PRINT)


def _check_automatic_action(first: Object) -> None:
    """Check an action that runs when the file or a page is opened, and the actions after it. Raises `Rejection`."""
    queue, count = [first], 0
    while queue:
        action, count = queue.pop(), count + 1
        if count > MAX_CHAIN:
            raise too_much_to_check()
        if not isinstance(action, Dictionary):
            continue
        kind, command = str(action.get("/S", "")), str(action.get("/N"))
        _check_action(action)
        if (kind and kind not in _INTERNAL_ACTIONS) or (kind == "/Named" and command not in _NAMED_COMMANDS):
            raise Rejection("打开时会自动执行操作", "acts by itself when it is opened", advice=_PRINT)
        following = action.get("/Next")
        queue.extend(following if isinstance(following, Array) else [following] if following is not None else [])


def _check_warnings(data: bytes, warnings: list[str]) -> None:
    """Check a file by QPDF's warnings. Raises `Rejection` if objects are unknown, or a repaired file has a raw action.

    Viewers repair a file in different ways, so the raw bytes must have no action either. Objects that could not be
    unpacked are unknown, because QPDF goes on as if they were absent.
    """
    if any("alloc" in warning for warning in warnings):
        raise too_much_to_check()
    if any(_UNPACK_WARNING.search(warning) for warning in warnings):
        raise damaged_file()
    if warnings and _RAW_ACTIONS.search(_ESCAPED.sub(lambda match: bytes([int(match[1], 16)]), data)):
        raise Rejection(
            "已损坏，并含有脚本或自动动作", "is damaged and holds a script or acts by itself", advice=_PRINT
        )


def _text(value: Object | None) -> str:
    return str(value) if isinstance(value, String) else ""


def _files(value: Object | None) -> list[str]:
    """The addresses in a file specification (ISO 32000-1, 7.11). A viewer uses the one for its system."""
    if isinstance(value, Dictionary):
        return [_text(value[key]) for key in ("/UF", "/F", "/DOS", "/Unix", "/Mac") if key in value]
    return [_text(value)]


def _attachment_advice(specification: Dictionary) -> Text:
    name = "".join(letter for letter in next(iter(_files(specification)), "") if letter.isprintable())[:40]
    return Text(
        zh=f"请把附件{f'“{name}”' if name else ''}单独上传，并把本文件“打印”为不带附件的 PDF",
        en=f"Upload the attachment{f' “{name}”' if name else ''} by itself, and print this file to a PDF without it",
    )


def _page_of(pdf: pikepdf.Pdf, item: Object) -> Text | None:
    """The page that an object belongs to: the object is the page, or the page leads to it.

    None if there is no such page.
    """
    for number, page in enumerate(pdf.pages, start=1):
        objects = list(_objects_under(page.obj, 3))
        if item.objgen in objects and item.objgen != pdf.Root.objgen:
            return Text(zh=f"第 {number} 页", en=f"page {number}")
    return None


def _objects_under(item: object, depth: int) -> Iterator[tuple[int, int]]:
    """The numbers of an object and of the objects under it, `depth` dictionaries deep.

    Not of its parent or its siblings.
    """
    if not isinstance(item, Object):
        return
    yield item.objgen
    if depth and isinstance(item, (Dictionary, Array)):
        values = item.items() if isinstance(item, Dictionary) else (("", value) for value in item)
        for key, value in values:
            if key not in ("/Parent", "/P", "/Resources", "/Contents", "/Popup", "/Dest", "/D"):
                yield from _objects_under(value, depth - isinstance(item, Dictionary))


# QPDF opens the system's source of random bytes when it first meets an encryption. The process that inspects a file can
# open nothing by then, so an encryption is made now.
pikepdf.new().save(BytesIO(), encryption=pikepdf.Encryption(owner="", user="", R=6))
