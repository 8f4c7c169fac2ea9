"""PDF files, parsed as a viewer parses them (QPDF, by pikepdf): every object, also in compressed streams, and what it would do.

Rejected: scripts, forms that hold programs (XFA), files within the file, media that play programs, and every action that
starts a program, sends something, or opens something elsewhere without a click. Accepted: links, bookmarks, ordinary forms, signatures, and a
file that only its owner's password restricts, for anybody can open that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Stream, String

from states.vocabulary import Text

from . import signatures
from .links import is_local, reject_unsafe_link
from .rejection import REMOVE_PASSWORD, Rejection, damaged_file, too_much_to_check

HEADER, TAIL, DEPTH, CHAIN = 1024, 1024, 100, 1000
"""At most: bytes before the header, bytes after the end, nesting within one object, actions one after another."""

_PRINT = Text(
    zh="请用浏览器或阅读器打开，“打印”为新的 PDF 后再上传",
    en="Open it in a browser or reader, print it to a new PDF and upload that",
)
_HINT = re.compile(
    rb"/(JavaScript|JS|Launch|ImportData|SubmitForm|GoToE|GoToR|Thread|URI|RichMedia\w*|Rendition|OnInstantiate"
    rb"|EF|EmbeddedFiles?|UF|Base|Named|XFA|AA|OpenAction|FileAttachment|FFilter|FS|F|Movie|Sound|PS)(?![A-Za-z0-9])"
)
"""An object without any of these names neither acts nor hides."""

_ACTS = re.compile(rb"/S\s*/(JavaScript|Launch|SubmitForm|ImportData|GoToE)(?![A-Za-z0-9])")
_NOT_UNPACKED = re.compile(r"decod|unfilterable|object stream(?! \d+, object)")
"""What QPDF warns of where it cannot unpack objects. "object stream 1, object 4" only names a place."""
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")

_RUNS: dict[str, tuple[str, str]] = {
    "/JavaScript": ("含有脚本（JavaScript）", "holds a script (JavaScript)"),
    "/Launch": ("会启动程序", "starts a program"),
    "/ImportData": ("会自动取数", "imports data"),
    "/SubmitForm": ("会向外发送表单", "sends a form elsewhere"),
    "/GoToE": ("会打开嵌入的文件", "opens an embedded file"),
    "/RichMediaExecute": ("含有可执行的多媒体", "holds media that run"),
}
_EMBEDDED = ("嵌入了其他文件", "has another file embedded in it")
_MEDIA = ("含有多媒体内容", "holds media")
_ELSEWHERE = ("引用了外部文件或数据", "draws on a file or data elsewhere")
_QUIET = frozenset(
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
"""Actions that may happen without a click: they stay within the file."""
_NAMED = frozenset(
    ("/NextPage", "/PrevPage", "/FirstPage", "/LastPage", "/Print", "/FullScreen", "/FitPage", "/FitWidth")
)
"""Commands of the reader that may be given without a click. Others send mail, or open and save files."""


def inspect(data: bytes) -> None:
    """Raise `Rejection` if the file is damaged, needs a password, or contains what runs, fetches or hides something."""
    _ends(data)
    try:
        with pikepdf.open(BytesIO(data)) as opened:
            if not len(opened.pages):
                raise damaged_file()
            for one in opened.objects:
                _object(opened, one)
            _guessed(data, opened.get_warnings())
    except pikepdf.PasswordError as error:
        raise Rejection("设有打开密码", "has a password for opening it", advice=REMOVE_PASSWORD) from error
    except (pikepdf.PdfError, ValueError, TypeError, RuntimeError, KeyError, IndexError) as error:
        raise damaged_file() from error


def _ends(data: bytes) -> None:
    """The bytes before and after the PDF are few, and no file of their own."""
    begin, end = data[:HEADER].find(b"%PDF-"), data.rfind(b"%%EOF")
    if begin == -1 or end == -1:
        raise damaged_file()
    if signatures.is_program_or_archive(data[:begin]) or (begin and signatures.is_picture(data[:begin])):
        raise Rejection("开头藏有另一个文件", "hides another file at its beginning", advice=_PRINT)
    tail = data[end + 5 :].strip(b"\0\r\n\t ")
    signatures.reject_second_format(data, tail[:TAIL])
    if len(tail) > TAIL:
        raise Rejection("末尾附有其他内容", "has something else attached at its end", advice=_PRINT)


def _object(opened: pikepdf.Pdf, one: Object) -> None:
    """Check one object. Most contain none of the names that matter and are not walked."""
    if not isinstance(one, (Dictionary, Array, Stream)):
        return
    inside: Object = one.stream_dict if isinstance(one, Stream) else one
    said = inside.unparse(resolved=True)
    if not _HINT.search(said):
        return
    try:
        for part in _parts(inside):
            _judge(part, is_stream=isinstance(one, Stream))
    except Rejection as unfit:
        where = _page_of(opened, one)
        raise (unfit.at(where) if where else unfit) from unfit


def _parts(one: Object, depth: int = 0) -> Iterator[Dictionary]:
    """The dictionaries written within one object; those that it only refers to are objects themselves."""
    if depth > DEPTH:
        raise too_much_to_check()
    if isinstance(one, Dictionary):
        yield one
        values = [value for _, value in one.items()]
    elif isinstance(one, Array):
        values = list(one)
    else:
        return
    for value in values:
        if isinstance(value, (Dictionary, Array)) and not value.is_indirect:
            yield from _parts(value, depth + 1)


def _judge(one: Dictionary, *, is_stream: bool) -> None:
    """What one dictionary would do."""
    _action(one)
    if is_stream and ("/F" in one or "/FFilter" in one):
        raise Rejection(*_ELSEWHERE, advice=_PRINT)
    if one.get("/XFA") is not None:
        raise Rejection("含有 XFA 动态表单", "holds a dynamic form (XFA)", advice=_PRINT)
    if one.get("/EF") is not None or one.get("/Subtype") == "/FileAttachment" or one.get("/Type") == "/EmbeddedFile":
        raise Rejection(*_EMBEDDED, advice=_attached(one))
    if one.get("/Subtype") in ("/RichMedia", "/Flash", "/PS") or one.get("/RichMediaContent") is not None:
        raise Rejection(*_MEDIA, advice=_PRINT)
    if one.get("/OnInstantiate") is not None:
        raise Rejection(*_RUNS["/JavaScript"], advice=_PRINT)
    if (
        any(isinstance(one.get(key), String) and not is_local(_text(one[key])) for key in ("/F", "/UF"))
        and "/EF" not in one
    ):
        raise Rejection(*_ELSEWHERE, advice=_PRINT)
    if isinstance(base := one.get("/URI"), Dictionary):
        reject_unsafe_link(_text(base.get("/Base")), _PRINT)
    if one.get("/FS") == "/URL":
        raise Rejection(*_ELSEWHERE, advice=_PRINT)
    if (opening := one.get("/OpenAction")) is not None:
        _without_click(opening)
    if isinstance(happenings := one.get("/AA"), Dictionary):
        for action in happenings.values():
            _without_click(action)


def _action(one: Dictionary) -> None:
    """Check an action, with or without a click."""
    kind = str(one.get("/S")) if isinstance(one.get("/S"), Name) else ""
    is_structure = one.get("/Type") in ("/StructElem", "/OutputIntent") or "/P" in one
    if kind in _RUNS and not (is_structure and kind == "/JavaScript" and "/JS" not in one):
        raise Rejection(*_RUNS[kind], advice=_PRINT)
    if kind == "/Rendition" and "/JS" in one:
        raise Rejection(*_RUNS["/JavaScript"], advice=_PRINT)
    if kind == "/URI":
        reject_unsafe_link(_text(one.get("/URI")), _PRINT)
    if kind in ("/GoToR", "/Thread", "/Movie", "/Sound"):
        for address in _files(one.get("/F")):
            if not is_local(address):
                raise Rejection(*_ELSEWHERE, advice=_PRINT)
            reject_unsafe_link(address, _PRINT)


def _without_click(action: Object) -> None:
    """Check the actions that run when the file or a page is opened, and the actions that follow them."""
    waiting, seen = [action], 0
    while waiting:
        one, seen = waiting.pop(), seen + 1
        if seen > CHAIN:
            raise too_much_to_check()
        if not isinstance(one, Dictionary):
            continue
        kind = str(one.get("/S", ""))
        _action(one)
        if (kind and kind not in _QUIET) or (kind == "/Named" and str(one.get("/N")) not in _NAMED):
            raise Rejection("打开时会自动执行操作", "acts by itself when it is opened", advice=_PRINT)
        following = one.get("/Next")
        waiting.extend(following if isinstance(following, Array) else [following] if following is not None else [])


def _guessed(data: bytes, warnings: list[str]) -> None:
    """A file that QPDF had to repair: viewers repair differently, so its raw bytes may contain no action either.

    Objects that could not be unpacked are unknown (QPDF treats them as absent and goes on), so the file is rejected.
    """
    if any("alloc" in one for one in warnings):
        raise too_much_to_check()
    if any(_NOT_UNPACKED.search(one) for one in warnings):
        raise damaged_file()
    if warnings and _ACTS.search(_ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), data)):
        raise Rejection(
            "已损坏，并含有脚本或自动动作", "is damaged and holds a script or acts by itself", advice=_PRINT
        )


def _text(value: Object | None) -> str:
    return str(value) if isinstance(value, String) else ""


def _files(value: Object | None) -> list[str]:
    """The addresses in a file specification (ISO 32000-1, 7.11): readers take the one for their system."""
    if isinstance(value, Dictionary):
        return [_text(value[key]) for key in ("/UF", "/F", "/DOS", "/Unix", "/Mac") if key in value]
    return [_text(value)]


def _attached(one: Dictionary) -> Text:
    name = "".join(letter for letter in next(iter(_files(one)), "") if letter.isprintable())[:40]
    return Text(
        zh=f"请把附件{f'“{name}”' if name else ''}单独上传，并把本文件“打印”为不带附件的 PDF",
        en=f"Upload the attachment{f' “{name}”' if name else ''} by itself, and print this file to a PDF without it",
    )


def _page_of(opened: pikepdf.Pdf, one: Object) -> Text | None:
    """The page an object belongs to: the page itself, what lies on it, and what that leads to; None where it is no page's."""
    for number, page in enumerate(opened.pages, start=1):
        near = list(_under(page.obj, 3))
        if one.objgen in near and one.objgen != opened.Root.objgen:
            return Text(zh=f"第 {number} 页", en=f"page {number}")
    return None


def _under(one: object, depth: int) -> Iterator[tuple[int, int]]:
    """The numbers of an object and of those under it, but not of what is above it or beside it."""
    if not isinstance(one, Object):
        return
    yield one.objgen
    if depth and isinstance(one, (Dictionary, Array)):
        values = one.items() if isinstance(one, Dictionary) else (("", value) for value in one)
        for key, value in values:
            if key not in ("/Parent", "/P", "/Resources", "/Contents", "/Popup", "/Dest", "/D"):
                yield from _under(value, depth - isinstance(one, Dictionary))


# QPDF opens the system's source of random bytes when it first meets an encryption. Where a file is looked into, nothing can be opened.
pikepdf.new().save(BytesIO(), encryption=pikepdf.Encryption(owner="", user="", R=6))
