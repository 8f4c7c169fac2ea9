"""Inspects Word, Excel and PowerPoint files (OOXML) as Office reads them, from the relationships to the parts.

Rejected: macros, controls, embedded files, add-ins, content that is fetched from elsewhere without a click, and content
that cannot be read. Accepted: a chart with its own workbook, which is inspected like the file itself; safe links
(`documents/links.py`); and references to the reader's own machine (a template, a picture, another workbook), because
they fetch nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from typing import IO

from documents import file_formats
from documents.links import is_local, reject_unsafe_link
from documents.rejection import OPEN_AND_SAVE, Rejection, too_much_to_check
from states.vocabulary import Text

from . import embedded_pictures, fonts
from .active_content import REMOVE_LINK, ActiveContent
from .archive import Archive
from .formulas import CellTextReader
from .package import MAINS, TYPES, Package, Relationship
from .part_titles import part_title
from .svg import SvgReader
from .xml_reader import Budget

BINARY_WORKBOOK = "application/vnd.ms-excel.sheet.binary.macroenabled.main"
"""The format in which large charts store their figures. Macros in it are rejected like all macros."""

_OBFUSCATED_FONT = "application/vnd.openxmlformats-officedocument.obfuscatedfont"
_SLIDE_FONT = "application/x-fontdata"

_MAX_WORKBOOK_SIZE, _MAX_VML_SIZE = 32 * 2**20, 16 * 2**20

_MACROS = re.compile(r"macroenabled|vbaproject|vbadata|macrosheet|dialogsheet")
_CONTROLS = re.compile(r"activex")
_ADDINS = re.compile(r"webextension|rdrichvaluewebimage|\.python\+xml")
_OLE = re.compile(r"oleobject")
_CHART = re.compile(r"\.chart(ex)?\+xml$|drawingml\.chart")

_REASONS: Mapping[str, tuple[str, str]] = {
    "macro": ("含有宏", "holds macros"),
    "control": ("含有 ActiveX 控件或自定义功能区", "holds ActiveX controls or a ribbon of its own"),
    "addin": ("含有网络加载项", "holds a web add-in"),
    "embedded": ("嵌入了其他文件（OLE 对象）", "has another file embedded in it (an OLE object)"),
}
_REJECTED_KINDS: Mapping[str, str] = {
    **dict.fromkeys(("vbaproject", "vbaprojectsignature", "wordvbadata", "xlmacrosheet", "xlintlmacrosheet", "dialogsheet"), "macro"),
    **dict.fromkeys(("control", "activexcontrolbinary", "attachedtoolbars", "extensibility", "usercustomization"), "control"),
    **dict.fromkeys(("webextension", "webextensiontaskpanes"), "addin"),
    **dict.fromkeys(("oleobject", "package", "afchunk"), "embedded"),
}  # fmt: skip
"""The reason to reject the target of a relationship, by the relationship's kind."""

_LOCAL_KINDS = frozenset((
    "attachedtemplate", "image", "video", "audio", "media",
    "externallinkpath", "xlpathmissing", "xlstartup", "xlalternatestartup", "xllibrary",
))  # fmt: skip
"""The kinds of relationships that may lead out of the file, if the target is on the reader's own machine."""

_EMBED_ADVICE = Text(
    zh="请把嵌入的对象改为图片或表格（或单独上传该文件），保存后再上传",
    en="Turn the embedded object into a picture or a table (or upload that file by itself), save and upload again",
)
_FETCH_ADVICE = Text(
    zh="请在“文件—信息—编辑指向文件的链接”中断开链接，或改为插入本机图片，保存后再上传",
    en=(
        "Break the link under File – Info – Edit Links to Files, or insert the picture from your machine, save and "
        "upload again"
    ),
)
_MACRO_ADVICE = Text(
    zh="请另存为不带宏的 .docx、.xlsx 或 .pptx，或另存为 PDF 后再上传",
    en="Save it as .docx, .xlsx or .pptx without macros, or as PDF, and upload that",
)


def inspector_for(ending: str) -> Callable[[bytes], None]:
    """The function that inspects a file with this ending. It raises `Rejection`."""

    def inspect(data: bytes) -> None:
        if b"%PDF-" in data[:1024]:
            raise file_formats.hidden_file()
        _inspect(Archive(data), Budget(), ending)

    return inspect


def _inspect(archive: Archive, budget: Budget, ending: str, *, is_chart_data: bool = False) -> None:
    """Inspect a package. `is_chart_data`: it is the workbook of a chart, not the file that somebody uploaded.

    Raises `Rejection`.
    """
    package = Package(archive, budget)
    _check_main_part(package, ending, is_chart_data=is_chart_data)
    for source, relationships in package.relationships.items():
        with _naming_part(package, source):
            for relationship in relationships:
                _check_relationship(package, relationship)
    _check_parts(package)


def _check_main_part(package: Package, ending: str, *, is_chart_data: bool) -> None:
    content_type = package.content_type(package.main)
    if is_chart_data and content_type == BINARY_WORKBOOK:
        return
    if _MACROS.search(content_type):
        raise _rejection("macro")
    if MAINS.get(content_type) != ending:
        raise Rejection("内容与后缀不符", "is not what its ending says", advice=OPEN_AND_SAVE)


def _check_parts(package: Package) -> None:
    """Check every part, whether or not a relationship leads to it."""
    has_open_link, fonts_with_key = False, set[str]()
    for name in package.archive.parts:
        if name == TYPES:
            continue
        with _naming_part(package, name):
            content = _check_part(package, name, is_main=name == package.main)
            if content is not None:
                has_open_link |= content.has_open_link
                fonts_with_key |= _check_fonts(package, content)
    if has_open_link:
        _check_cell_texts(package)
    obfuscated_fonts = {name for name in package.archive.parts if package.content_type(name) == _OBFUSCATED_FONT}
    if obfuscated_fonts - fonts_with_key:
        raise fonts.font_without_key()


def _check_relationship(package: Package, relationship: Relationship) -> None:
    """Raises `Rejection` if the target of a relationship is not accepted."""
    is_chart = bool(_CHART.search(package.content_type(relationship.source)))
    if relationship.is_external or re.match(r"\s*[a-z][a-z0-9+.-]+:", relationship.target, re.IGNORECASE):
        _check_external(relationship, is_chart)
    elif is_chart and relationship.kind == "package":
        _check_chart_data(package, relationship.part)
    elif relationship.kind in _REJECTED_KINDS and (
        relationship.part in package.archive.parts or relationship.kind in ("control", "afchunk")
    ):
        raise _rejection(_REJECTED_KINDS[relationship.kind])


def _check_external(relationship: Relationship, is_chart: bool) -> None:
    """Check a relationship that leads out of the file. Raises `Rejection`."""
    if relationship.kind == "hyperlink":
        reject_unsafe_link(relationship.target, REMOVE_LINK)
        return
    # A chart that was pasted from Excel stays linked to its first workbook.
    is_chart_link = is_chart and relationship.kind in ("oleobject", "package")
    if (relationship.kind in _LOCAL_KINDS or is_chart_link) and is_local(relationship.target):
        return
    fault = {
        "attachedtemplate": ("使用了网络上的模板", "uses a template from elsewhere"),
        "image": ("链接了网络图片", "fetches a picture from elsewhere"),
        "oleobject": ("链接了其他文件（OLE 对象）", "is linked to another file (an OLE object)"),
    }.get(relationship.kind, ("引用了外部文件或数据", "draws on a file or data elsewhere"))
    raise Rejection(*fault, advice=_FETCH_ADVICE)


def _check_chart_data(package: Package, name: str) -> None:
    """Inspect the workbook in which a chart stores its figures. Raises `Rejection`."""
    if name not in package.archive.parts:
        return
    data = _read_part(package, name, _MAX_WORKBOOK_SIZE)
    if file_formats.is_old_office(data):
        zh, en = (
            "带有旧版 Excel 格式的图表数据，无法检查",
            "has a chart whose figures are in the old Excel format and cannot be checked",
        )
        raise Rejection(zh, en, advice=Text(zh="请把图表粘贴为图片", en="Paste the chart as a picture"))
    try:
        _inspect(Archive(data), package.budget, "xlsx", is_chart_data=True)
    except Rejection as rejection:
        raise rejection.with_place(Text(zh="图表数据表", en="the chart's workbook")) from rejection


def _check_cell_texts(package: Package) -> None:
    """Check all texts of a workbook, because a cell decides where one of its links leads. Raises `Rejection`."""
    budget = Budget()
    for name in package.archive.parts:
        if _is_markup(package, name):
            with _naming_part(package, name), package.archive.open(name) as stream:
                CellTextReader(budget).read(stream)


def _is_markup(package: Package, name: str) -> bool:
    content_type = package.content_type(name)
    return content_type.endswith(("+xml", "/xml")) or name.endswith((".xml", ".rels", ".vml"))


def _check_fonts(package: Package, content: ActiveContent) -> set[str]:
    """Inspect the fonts for which a part has the keys, and return the names of their parts. Raises `Rejection`."""
    relationships = content.relationships
    keys = {relationships[id_].part: key for id_, key in content.font_keys.items() if id_ in relationships}
    for name in keys.keys() & package.archive.parts.keys():
        fonts.inspect_obfuscated(_read_part(package, name, fonts.MAX_SIZE), keys[name])
    return set(keys)


def _read_part(package: Package, name: str, limit: int) -> bytes:
    """The bytes of a part. Raises `Rejection` if there are more than `limit`."""
    if package.archive.parts[name].file_size > limit:
        raise too_much_to_check()
    with package.archive.open(name) as stream:
        return stream.read(limit)


def _check_part(package: Package, name: str, *, is_main: bool) -> ActiveContent | None:
    """Check one part by its content type and its content. Raises `Rejection`.

    Returns its reader if the part is XML, else None.
    """
    content_type = package.content_type(name)
    for pattern, reason in ((_MACROS, "macro"), (_CONTROLS, "control"), (_ADDINS, "addin"), (_OLE, "embedded")):
        if pattern.search(content_type) and content_type != BINARY_WORKBOOK:
            raise _rejection(reason)
    if content_type == "image/svg+xml":
        with package.archive.open(name) as stream:
            SvgReader(package.budget).read(stream)
    elif _is_markup(package, name) or (is_main and ".bin" not in name):
        content = ActiveContent(package.budget, {one.id: one for one in package.relationships.get(name, ())})
        with package.archive.open(name) as stream:
            content.read(_with_closed_breaks(stream) if "vmldrawing" in content_type else stream)
        return content
    else:
        _check_binary(package, name, content_type)
    return None


def _with_closed_breaks(stream: IO[bytes]) -> IO[bytes]:
    """A VML drawing with closed line breaks. Excel writes `<br>` in the text of a note, which is not XML."""
    markup = stream.read(_MAX_VML_SIZE + 1)
    if len(markup) > _MAX_VML_SIZE:
        raise too_much_to_check()
    return BytesIO(re.sub(rb"<br\s*>(?!\s*</br)", b"<br/>", markup, flags=re.IGNORECASE))


def _check_binary(package: Package, name: str, content_type: str) -> None:
    if content_type.startswith("image/") or name in package.pictures:
        embedded_pictures.inspect(_read_part(package, name, embedded_pictures.MAX_SIZE), package.budget)
    elif content_type == _SLIDE_FONT:
        fonts.inspect_embedded(_read_part(package, name, fonts.MAX_SIZE))
    elif file_formats.is_foreign_format(package.archive.head(name, 600)) and not _is_chart_data(package, name):
        raise _rejection("embedded")


def _is_chart_data(package: Package, name: str) -> bool:
    """Whether only charts lead to the part. Then it was inspected as their workbook (`_check_chart_data`)."""
    relationships = (one for group in package.relationships.values() for one in group)
    sources = [one.source for one in relationships if one.part == name and not one.is_external]
    return bool(sources) and all(_CHART.search(package.content_type(source)) for source in sources)


def _rejection(reason: str) -> Rejection:
    advice = {"macro": _MACRO_ADVICE, "control": _MACRO_ADVICE, "embedded": _EMBED_ADVICE}.get(reason, _FETCH_ADVICE)
    return Rejection(*_REASONS[reason], advice=advice)


@contextmanager
def _naming_part(package: Package, name: str) -> Iterator[None]:
    """Add the title of the part to a rejection that is raised within the `with`, unless it has a place already."""
    try:
        yield
    except Rejection as rejection:
        title = part_title(name, package.content_type(name))
        raise (rejection.with_place(title) if title and rejection.place is None else rejection) from rejection
