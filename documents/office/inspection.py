"""Word, Excel and PowerPoint files (OOXML), read as Office reads them: from the package's relationships to its parts.

Rejected: macros, controls, embedded files, add-ins, what is fetched from elsewhere without a click, and what cannot be read. Accepted: a
chart with its own workbook, which is inspected like the file itself; links; what lies on the reader's own machine (a template, a picture, another
workbook), for then nothing is fetched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from typing import IO

from documents import signatures
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
"""What large charts carry their figures in. It may hold macros, but then says so like any other."""

_COVERED_FONT = "application/vnd.openxmlformats-officedocument.obfuscatedfont"
_SLIDE_FONT = "application/x-fontdata"

_EMBEDDED_LARGEST, _VML_LARGEST = 32 * 2**20, 16 * 2**20

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
_KINDS: Mapping[str, str] = {
    **dict.fromkeys(("vbaproject", "vbaprojectsignature", "wordvbadata", "xlmacrosheet", "xlintlmacrosheet", "dialogsheet"), "macro"),
    **dict.fromkeys(("control", "activexcontrolbinary", "attachedtoolbars", "extensibility", "usercustomization"), "control"),
    **dict.fromkeys(("webextension", "webextensiontaskpanes"), "addin"),
    **dict.fromkeys(("oleobject", "package", "afchunk"), "embedded"),
}  # fmt: skip
"""What a relationship of a kind leads to, where that may not come in."""

_ON_THIS_MACHINE = frozenset(
    (
        "attachedtemplate",
        "image",
        "video",
        "audio",
        "media",
        "externallinkpath",
        "xlpathmissing",
        "xlstartup",
        "xlalternatestartup",
        "xllibrary",
    )
)
"""What may lie outside of the file on the reader's own machine."""

_EMBED_ADVICE = Text(
    zh="请把嵌入的对象改为图片或表格（或单独上传该文件），保存后再上传",
    en="Turn the embedded object into a picture or a table (or upload that file by itself), save and upload again",
)
_FETCH_ADVICE = Text(
    zh="请在“文件—信息—编辑指向文件的链接”中断开链接，或改为插入本机图片，保存后再上传",
    en="Break the link under File – Info – Edit Links to Files, or insert the picture from your machine, save and upload again",
)
_MACRO_ADVICE = Text(
    zh="请另存为不带宏的 .docx、.xlsx 或 .pptx，或另存为 PDF 后再上传",
    en="Save it as .docx, .xlsx or .pptx without macros, or as PDF, and upload that",
)


def inspector_for(ending: str) -> Callable[[bytes], None]:
    """The look at a file with this ending."""

    def at(data: bytes) -> None:
        if b"%PDF-" in data[:1024]:
            signatures.reject_second_format(b"", b"%PDF-")
        _inspect(Archive(data), Budget(), ending)

    return at


def _inspect(archive: Archive, budget: Budget, ending: str, is_chart: bool = False) -> None:
    package = Package(archive, budget)
    main = package.content_type(package.main)
    if is_chart and main == BINARY_WORKBOOK:
        pass
    elif _MACROS.search(main):
        raise _rejection("macro")
    elif MAINS.get(main) != ending:
        raise Rejection("内容与后缀不符", "is not what its ending says", advice=OPEN_AND_SAVE)
    for source, relationships in package.relationships.items():
        with _name_part(package, source):
            for relationship in relationships:
                _check_relationship(package, relationship)
    has_open_link, uncovered = False, set[str]()
    for name in archive.parts:
        if name == TYPES:
            continue
        with _name_part(package, name):
            content = _check_part(package, name, is_main=name == package.main)
            if content is not None:
                has_open_link |= content.has_open_link
                uncovered |= _check_fonts(package, content)
    if has_open_link:
        _check_cell_texts(package)
    if any(package.content_type(name) == _COVERED_FONT and name not in uncovered for name in archive.parts):
        raise fonts.font_without_key()


def _check_relationship(package: Package, one: Relationship) -> None:
    """What one relationship leads to."""
    is_chart = bool(_CHART.search(package.content_type(one.source)))
    if one.is_external or re.match(r"\s*[a-z][a-z0-9+.-]+:", one.target, re.IGNORECASE):
        _check_external(one, is_chart)
    elif is_chart and one.kind == "package":
        _check_chart_data(package, one.part)
    elif one.kind in _KINDS and (one.part in package.archive.parts or one.kind in ("control", "afchunk")):
        raise _rejection(_KINDS[one.kind])


def _check_external(one: Relationship, is_chart: bool) -> None:
    """A relationship that leads out of the file."""
    if one.kind == "hyperlink":
        reject_unsafe_link(one.target, REMOVE_LINK)
        return
    # A chart that was pasted from Excel stays linked to the workbook it came from.
    if (one.kind in _ON_THIS_MACHINE or (is_chart and one.kind in ("oleobject", "package"))) and is_local(one.target):
        return
    what = {
        "attachedtemplate": ("使用了网络上的模板", "uses a template from elsewhere"),
        "image": ("链接了网络图片", "fetches a picture from elsewhere"),
        "oleobject": ("链接了其他文件（OLE 对象）", "is linked to another file (an OLE object)"),
    }.get(one.kind, ("引用了外部文件或数据", "draws on a file or data elsewhere"))
    raise Rejection(*what, advice=_FETCH_ADVICE)


def _check_chart_data(package: Package, name: str) -> None:
    """The workbook in which a chart keeps its figures."""
    if name not in package.archive.parts:
        return
    data = _whole(package, name, _EMBEDDED_LARGEST)
    if signatures.is_old_office(data):
        zh, en = (
            "带有旧版 Excel 格式的图表数据，无法检查",
            "has a chart whose figures are in the old Excel format and cannot be checked",
        )
        raise Rejection(zh, en, advice=Text(zh="请把图表粘贴为图片", en="Paste the chart as a picture"))
    try:
        _inspect(Archive(data), package.budget, "xlsx", is_chart=True)
    except Rejection as unfit:
        raise unfit.at(Text(zh="图表数据表", en="the chart's workbook")) from unfit


def _check_cell_texts(package: Package) -> None:
    """The texts of a workbook in which cells say where a link leads."""
    budget = Budget()
    for name in package.archive.parts:
        if _is_markup(package, name):
            with _name_part(package, name), package.archive.open(name) as stream:
                CellTextReader(budget).read(stream)


def _is_markup(package: Package, name: str) -> bool:
    content_type = package.content_type(name)
    return content_type.endswith(("+xml", "/xml")) or name.endswith((".xml", ".rels", ".vml"))


def _check_fonts(package: Package, content: ActiveContent) -> set[str]:
    """Look at the fonts that a part has the keys of; their names."""
    found = {
        content.relationships[id_].part: key for id_, key in content.font_keys.items() if id_ in content.relationships
    }
    for name in found.keys() & package.archive.parts.keys():
        fonts.inspect_obfuscated(_whole(package, name, fonts.LARGEST), found[name])
    return set(found)


def _whole(package: Package, name: str, most: int) -> bytes:
    """All of a part, if it is no larger."""
    if package.archive.parts[name].file_size > most:
        raise too_much_to_check()
    with package.archive.open(name) as stream:
        return stream.read(most)


def _check_part(package: Package, name: str, *, is_main: bool) -> ActiveContent | None:
    """What one part is and holds, whether or not anything leads to it. What was read of it, if it is XML that may act."""
    content_type = package.content_type(name)
    for pattern, found in ((_MACROS, "macro"), (_CONTROLS, "control"), (_ADDINS, "addin"), (_OLE, "embedded")):
        if pattern.search(content_type) and content_type != BINARY_WORKBOOK:
            raise _rejection(found)
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
    """A drawing of old with its line breaks closed: Excel writes `<br>` in the text of a note, which is no XML."""
    said = stream.read(_VML_LARGEST + 1)
    if len(said) > _VML_LARGEST:
        raise too_much_to_check()
    return BytesIO(re.sub(rb"<br\s*>(?!\s*</br)", b"<br/>", said, flags=re.IGNORECASE))


def _check_binary(package: Package, name: str, content_type: str) -> None:
    if content_type.startswith("image/") or name in package.pictures:
        embedded_pictures.inspect(_whole(package, name, embedded_pictures.LARGEST), package.budget)
    elif content_type == _SLIDE_FONT:
        fonts.inspect_embedded(_whole(package, name, fonts.LARGEST))
    elif signatures.is_program_or_archive(package.archive.head(name, 600)) and not _is_chart_data(package, name):
        raise _rejection("embedded")


def _is_chart_data(package: Package, name: str) -> bool:
    """Whether only charts lead to it: then it has been looked at as their workbook."""
    leading = [
        one for those in package.relationships.values() for one in those if one.part == name and not one.is_external
    ]
    return bool(leading) and all(_CHART.search(package.content_type(one.source)) for one in leading)


def _rejection(found: str) -> Rejection:
    advice = {"macro": _MACRO_ADVICE, "control": _MACRO_ADVICE, "embedded": _EMBED_ADVICE}.get(found, _FETCH_ADVICE)
    return Rejection(*_REASONS[found], advice=advice)


@contextmanager
def _name_part(package: Package, name: str) -> Iterator[None]:
    """Say in which part something was found."""
    try:
        yield
    except Rejection as unfit:
        where = part_title(name, package.content_type(name))
        raise (unfit.at(where) if where and unfit.where is None else unfit) from unfit
