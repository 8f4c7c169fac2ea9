"""The parts of a Word file as a template has them: read, parsed and packed again, always to the same bytes.

Not here: whether the file is safe to read at all (`documents/inspection.py` decides that first).
"""

from __future__ import annotations

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


def xml_parts(parts: Mapping[str, bytes]) -> Iterator[tuple[str, Element]]:
    """The name and the root of each part that is XML. Raises `NotXml`."""
    # Nothing is fetched, and no entity is replaced.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    for name, data in parts.items():
        if not name.endswith((".xml", ".rels")):
            continue
        if b"<!DOCTYPE" in data:
            raise NotXml(name)
        try:
            yield name, etree.fromstring(data, parser)
        except etree.XMLSyntaxError as error:
            raise NotXml(name) from error


def write_parts(parts: Mapping[str, bytes], title: str) -> bytes:
    """The file of these parts. Its properties are its title and its language: no author, no company, no times."""
    properties = {_CORE: _CORE_XML.format(title=escape(title)).encode(), _APP: _APP_XML.encode()}
    made = BytesIO()
    with ZipFile(made, "w", ZIP_STORED) as file:
        for name, data in parts.items():
            file.writestr(name, properties.get(name, data))
    return pack(made.getvalue())


def xml_bytes(root: Element) -> bytes:
    return bytes(etree.tostring(root, encoding="UTF-8", standalone=True, xml_declaration=True))
