"""Makes small Word templates for tests: paragraphs, tables, a header, a text box, and what an office would not see."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from xml.sax.saxutils import escape
from zipfile import ZipFile

from lxml import etree

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_TYPES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/word/document.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>'
    '<Override PartName="/word/header1.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.wordprocessingml.header+xml"/></Types>'
)
_RELS = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)
_HEADER_RELS = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/header" '
    'Target="header1.xml"/></Relationships>'
)


def paragraph(*runs: str) -> str:
    """A paragraph; each text is a run of its own, as Word splits them."""
    texts = "".join(f'<w:r><w:t xml:space="preserve">{escape(run)}</w:t></w:r>' for run in runs)
    return f"<w:p>{texts}</w:p>"


def table(*rows: Sequence[str]) -> str:
    cells = ("".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in row) for row in rows)
    return f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in cells)}</w:tbl>"


def text_box(*paragraphs: str) -> str:
    return f"<w:p><w:r><w:pict><w:txbxContent>{''.join(paragraphs)}</w:txbxContent></w:pict></w:r></w:p>"


def template(*body: str, header: str = "", **more: str) -> bytes:
    """A template of these paragraphs and tables. `more`: further parts of XML by name, `_` for the dot."""
    parts = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _RELS,
        "word/_rels/document.xml.rels": _HEADER_RELS,
        "word/document.xml": f'<w:document xmlns:w="{W}"><w:body>{"".join(body)}</w:body></w:document>',
        "word/header1.xml": f'<w:hdr xmlns:w="{W}">{header or paragraph("")}</w:hdr>',
        "docProps/core.xml": "<a/>",
        **more,
    }
    made = BytesIO()
    with ZipFile(made, "w") as file:
        for name, data in parts.items():
            file.writestr(name, data)
    return made.getvalue()


def lines(data: bytes, part: str = "word/document.xml") -> list[str]:
    """The texts of the paragraphs of a part that are not empty, with a mark for a line break and for a tab."""
    with ZipFile(BytesIO(data)) as file:
        root = etree.fromstring(file.read(part))
    found = []
    for one in root.iter(f"{{{W}}}p"):
        pieces = [
            {"br": "⏎", "tab": "⇥"}.get(etree.QName(child).localname, child.text or "")
            for child in one.iter()
            if etree.QName(child).localname in ("t", "br", "tab")
        ]
        found.append("".join(pieces))
    return [line for line in found if line]
