"""The parts of a Word file as a template has them: read, parsed and packed again, always to the same bytes.

Not here: whether the file is safe to read at all (`documents/inspection.py` decides that first).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import escape
from io import BytesIO
from zipfile import ZIP_STORED, ZipFile

from lxml import etree
from lxml.etree import _Element as Element

from documents.packing import pack
from states.vocabulary import Text

from .marks import NAMESPACE

TEXT_ROOTS: Mapping[str, Text] = {
    f"{NAMESPACE}document": Text(zh="正文", en="the text"),
    f"{NAMESPACE}hdr": Text(zh="页眉", en="a header"),
    f"{NAMESPACE}ftr": Text(zh="页脚", en="a footer"),
    f"{NAMESPACE}footnotes": Text(zh="脚注", en="the footnotes"),
    f"{NAMESPACE}endnotes": Text(zh="尾注", en="the endnotes"),
}
"""The parts in which names are filled in: the title of each, by its root element."""

_MARKUP = re.compile(rb"(\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\0]*<")
_HEAD = 2_000
_CORE_ROOT = re.compile(rb"<(\w+:)?coreProperties\b")
_OTHER_ROOT = re.compile(rb"<(\w+:)?Properties\b[^>]*officeDocument/2006/(extended|custom)-properties")
"""The root of a part with properties, which programs give other names."""
_SVG = "{http://www.w3.org/2000/svg}svg"
_PACKAGE_RELATIONS = "_rels/.rels"
_CORE, _APP = "docProps/core.xml", "docProps/app.xml"
_CORE_XML = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title><dc:language>zh-CN</dc:language>'
    "</cp:coreProperties>"
)
_APP_XML = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"/>'
)


class NotXml(Exception):
    """A part of the file is no XML, or has a document type."""


def read_parts(data: bytes) -> dict[str, bytes]:
    with ZipFile(BytesIO(data)) as file:
        return {name: file.read(name) for name in file.namelist()}


def unpacked_size(data: bytes) -> int:
    """The bytes of all parts, as the file states them."""
    with ZipFile(BytesIO(data)) as file:
        return sum(part.file_size for part in file.infolist())


def is_markup(name: str, data: bytes) -> bool:
    """Whether a part is XML. Its name alone does not say so, because Word goes by its content type."""
    return name.endswith((".xml", ".rels")) or _MARKUP.match(data) is not None


def xml_parts(parts: Mapping[str, bytes]) -> Iterator[tuple[str, Element]]:
    """The name and the root of each part that is XML. Raises `NotXml`."""
    parser = _parser()
    for name, data in parts.items():
        if not is_markup(name, data):
            continue
        try:
            root = etree.fromstring(data, parser)
        except etree.XMLSyntaxError as error:
            raise NotXml(name) from error
        if root.tag == _SVG:
            # A picture, which other programs write with a document type.
            continue
        if root.getroottree().docinfo.internalDTD is not None:
            raise NotXml(name)
        yield name, root


def _parser() -> etree.XMLParser:
    """A parser that fetches nothing and replaces no entity."""
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        # Word reads a text as if they were not there.
        remove_comments=True,
        remove_pis=True,
    )


def remove_thumbnail(parts: dict[str, bytes]) -> None:
    """Remove the small picture of the first page, which shows the template as it was, with what once stood in it."""
    data = parts.get(_PACKAGE_RELATIONS, b"")
    if b"/metadata/thumbnail" not in data:
        return
    root = etree.fromstring(data, _parser())
    for relation in [one for one in root if one.get("Type", "").endswith("/metadata/thumbnail")]:
        root.remove(relation)
        parts.pop(relation.get("Target", "").lstrip("/"), None)
    parts[_PACKAGE_RELATIONS] = xml_bytes(root)


def write_parts(parts: Mapping[str, bytes], title: str) -> bytes:
    """The file of these parts. Its properties are its title and its language: no author, no company, no times."""
    made = BytesIO()
    with ZipFile(made, "w", ZIP_STORED) as file:
        for name, data in parts.items():
            file.writestr(name, _properties(name, data, title))
    return pack(made.getvalue())


def _properties(name: str, data: bytes, title: str) -> bytes:
    """What the paper has in place of a part, if the part has properties of the template; else the part itself."""
    if name == _CORE or _CORE_ROOT.search(data[:_HEAD]):
        return _CORE_XML.format(title=escape(title)).encode()
    if name == _APP or _OTHER_ROOT.search(data[:_HEAD]):
        namespace = b"custom" if b"custom-properties" in data[:_HEAD] else b"extended"
        return _APP_XML.encode().replace(b"extended", namespace)
    return data


def xml_bytes(root: Element) -> bytes:
    return bytes(etree.tostring(root, encoding="UTF-8", standalone=True, xml_declaration=True))
