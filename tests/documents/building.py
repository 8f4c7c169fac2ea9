"""Builds PDF, Office and picture files from their parts, for files that no program makes on purpose."""

from __future__ import annotations

import re
import zlib
from io import BytesIO
from struct import pack
from zipfile import ZIP_DEFLATED, ZipFile

import pikepdf
from PIL import Image

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MICROSOFT = "http://schemas.microsoft.com/office/2006/relationships"
WORD_NS = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
SHEET_NS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
TYPES, ROOT = "[Content_Types].xml", "_rels/.rels"

_OOXML = "application/vnd.openxmlformats-officedocument."
MAINS = {
    "docx": ("word/document.xml", _OOXML + "wordprocessingml.document.main+xml"),
    "xlsx": ("xl/workbook.xml", _OOXML + "spreadsheetml.sheet.main+xml"),
    "pptx": ("ppt/presentation.xml", _OOXML + "presentationml.presentation.main+xml"),
}


def zipped(parts: dict[str, bytes]) -> bytes:
    made = BytesIO()
    with ZipFile(made, "w", ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return made.getvalue()


class Office:
    """The parts of an Office file, which a test can change. `main` is the name of the main part."""

    def __init__(self, data: bytes) -> None:
        with ZipFile(BytesIO(data)) as opened:
            self.parts = {name: opened.read(name) for name in opened.namelist()}
        target = re.search(rb'<Relationship [^>]*officeDocument"[^>]*>', self.parts[ROOT])
        assert target is not None
        target_name = re.search(rb'Target="/?([^"]+)"', target[0])
        assert target_name is not None
        self.main = target_name[1].decode()
        self._count = 0

    def add(self, name: str, content: bytes | str, content_type: str = "") -> Office:
        """Add a part, or replace it."""
        self.parts[name] = content.encode() if isinstance(content, str) else content
        if content_type:
            content = f'<Override PartName="/{name}" ContentType="{content_type}"/></'
            self.parts[TYPES] = re.sub(rb"</(?=(\w+:)?Types)", content.encode(), self.parts[TYPES])
        return self

    def relate(self, kind: str, target: str, *, source: str | None = None, external: bool = False) -> str:
        """Add a relationship, from the main part if `source` is None. Returns its id."""
        source = self.main if source is None else source
        folder, _, file = source.rpartition("/")
        rels = f"{folder}/_rels/{file}.rels".lstrip("/")
        empty = b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"></Relationships>'
        content = re.sub(rb"(<Relationships[^>]*)/>\s*$", rb"\1></Relationships>", self.parts.get(rels, empty))
        self._count += 1
        id_, mode = f"rIdX{self._count}", ' TargetMode="External"' if external else ""
        kind = kind if ":" in kind else f"{OFFICE}/{kind}"
        one = f'<Relationship Id="{id_}" Type="{kind}" Target="{target}"{mode}/></Relationships>'
        self.parts[rels] = content.replace(b"</Relationships>", one.encode())
        return id_

    def inside(self, xml: str, *, part: str | None = None, before: str = "") -> Office:
        """Add XML to a part, directly before its end or before `before`."""
        part = self.main if part is None else part
        text = self.parts[part].decode("utf-8-sig")
        at = text.rindex(before) if before else text.rindex("</")
        self.parts[part] = (text[:at] + xml + text[at:]).encode()
        return self

    def first(self, pattern: str) -> str:
        return next(name for name in sorted(self.parts) if re.search(pattern, name))

    def data(self) -> bytes:
        return zipped(self.parts)


def office(kind: str, body: str = "") -> bytes:
    """The smallest Word, Excel or PowerPoint file."""
    main, content_type = MAINS[kind]
    ns = {
        "docx": f'<w:document xmlns:w="{WORD_NS}"><w:body>{body}</w:body></w:document>',
        "xlsx": f'<workbook xmlns="{SHEET_NS}"><sheets/>{body}</workbook>',
        "pptx": f'<p:presentation xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main">{body}</p:presentation>',
    }
    types = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/><Override PartName="/{main}" ContentType="{content_type}"/></Types>'
    )
    rels = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="{main}"/></Relationships>'
    )
    return zipped({TYPES: types.encode(), ROOT: rels.encode(), main: ns[kind].encode()})


def saved_pdf(changed: object = None, **saving: object) -> bytes:
    """A PDF of one page; `changed` is called with it before it is saved."""
    made = pikepdf.new()
    made.add_blank_page()
    if callable(changed):
        changed(made)
    saved = BytesIO()
    made.save(saved, deterministic_id="encryption" not in saving, **saving)  # type: ignore[arg-type]
    return saved.getvalue()


def raw_pdf(*objects: bytes, trailer: bytes = b"", catalog: bytes = b"") -> bytes:
    """A PDF written by hand: one page, and these objects with the numbers from 4 on."""
    every = (
        b"<< /Type /Catalog /Pages 2 0 R " + catalog + b" >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] >>",
        *objects,
    )
    made, places = b"%PDF-1.7\n", []
    for number, one in enumerate(every, start=1):
        places.append(len(made))
        made += b"%d 0 obj\n" % number + one + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = (
        b"trailer\n<< /Size %d /Root 1 0 R " % (len(every) + 1) + trailer + b" >>\nstartxref\n%d\n%%%%EOF\n" % len(made)
    )
    return made + b"xref\n0 %d\n0000000000 65535 f \n" % (len(every) + 1) + table + end


def stream(content: bytes, data: bytes) -> bytes:
    return b"<< " + content + b" /Length %d >>\nstream\n" % len(data) + data + b"\nendstream"


def unfiltered_object_stream() -> bytes:
    """Objects packed together but not compressed, with a table of cross-references in a stream."""
    body = b"%PDF-1.5\n1 0 obj\n" + stream(
        b"/Type /ObjStm /N 3 /First 16",
        b"2 0 3 32 4 72   << /Type /Catalog /Pages 3 0 R>><< /Type /Pages /Kids [4 0 R] /Count 1>> << /Type /Page /Parent 3 0 R /MediaBox [0 0 9 9] >>",
    )
    body += b"\nendobj\n"
    at = len(body)
    rows = [(0, 0, 255), (1, 9, 0), (2, 1, 0), (2, 1, 1), (2, 1, 2), (1, at, 0)]
    table = b"".join(bytes([kind]) + place.to_bytes(2, "big") + bytes([last]) for kind, place, last in rows)
    content = b"/Type /XRef /Size 6 /W [1 2 1] /Root 2 0 R"
    return body + b"5 0 obj\n" + stream(content, table) + b"\nendobj\nstartxref\n%d\n%%%%EOF\n" % at


def changed_pdf(data: bytes) -> bytes:
    """The same PDF, saved again with an incremental update."""
    at = len(data)
    one = b"1 0 obj\n<< /Type /Catalog /Pages 2 0 R /Lang (zh) >>\nendobj\n"
    first = data.rindex(b"startxref\n") + 10
    before = data[first:].split()[0]
    return (
        data
        + one
        + b"xref\n1 1\n%010d 00000 n \ntrailer\n<< /Size 4 /Root 1 0 R /Prev %s >>\nstartxref\n%d\n%%%%EOF\n"
        % (at, before, at + len(one))
    )


def picture(kind: str = "PNG", size: tuple[int, int] = (64, 48), mode: str = "RGB", **saving: object) -> bytes:
    """A picture that is not empty."""
    drawn = Image.linear_gradient("L").resize(size).convert(mode)
    made = BytesIO()
    drawn.save(made, kind, **saving)
    return made.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG."""
    return pack(">I", len(data)) + kind + data + pack(">I", zlib.crc32(kind + data))


def png_with(one: bytes, data: bytes | None = None) -> bytes:
    """A PNG with this chunk added before its end."""
    made = picture() if data is None else data
    return made[:-12] + one + made[-12:]


def jpeg_with(kind: int, segment: bytes, data: bytes | None = None) -> bytes:
    """A JPEG with this segment added at its beginning."""
    made = picture("JPEG") if data is None else data
    return made[:2] + pack(">BBH", 0xFF, kind, len(segment) + 2) + segment + made[2:]


def pdf(inside: bytes = b"") -> bytes:
    """A PDF that the inspection accepts. A different `inside` gives a different file."""
    return raw_pdf(catalog=b"/Lang (" + inside + b")")


def png() -> bytes:
    """A PNG that the inspection accepts."""
    return picture()


def jpeg() -> bytes:
    """A JPEG that the inspection accepts."""
    return picture("JPEG")
