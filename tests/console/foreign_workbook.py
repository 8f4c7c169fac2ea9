"""Saves a workbook as other programs do: the XML of each part written by hand, without a library of spreadsheets.

Two writers that differ in whatever ECMA-376 leaves open. Not here: formats, widths, protection and checks, which a
program that saves a file again may drop.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from io import BytesIO
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl
from msgspec import Struct

from config.cells import letters

ForeignValue = str | int | float | Decimal | date | None
ForeignSheets = dict[str, list[list[ForeignValue]]]
"""The rows of each sheet, by its name. A sheet whose name begins with `_` is hidden."""

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_DAY_STYLE = 1
_FIRST_DAY = {False: date(1899, 12, 30), True: date(1904, 1, 1)}
"""The day 0, by whether days are counted from 1904."""


class ForeignWriter(Struct, frozen=True, kw_only=True):
    """How a program saves a workbook.

    - `prefix`: of the elements' namespace; empty: it is the default one.
    - `are_strings_shared`: texts are in a part of their own, in runs of letters of one font each, and not in their cells.
    - `has_references`: each cell says where it is. If not, the order says it, and empty cells are written too.
    - `counts_from_1904`: the days, as Excel for the Mac did.
    - `has_absolute_targets`: relations name their part from the root of the package.
    """

    prefix: str = ""
    are_strings_shared: bool
    has_references: bool
    counts_from_1904: bool
    has_absolute_targets: bool

    def save(self, sheets: ForeignSheets) -> bytes:
        texts: list[str] = []
        made = BytesIO()
        with ZipFile(made, "w", ZIP_DEFLATED) as package:
            for number, rows in enumerate(sheets.values(), 1):
                package.writestr(f"xl/worksheets/sheet{number}.xml", self._sheet(rows, texts))
            package.writestr("xl/workbook.xml", self._workbook(list(sheets)))
            package.writestr("xl/styles.xml", self._styles())
            if self.are_strings_shared:
                package.writestr("xl/sharedStrings.xml", self._shared(texts))
            package.writestr("xl/_rels/workbook.xml.rels", self._relations(len(sheets)))
            package.writestr(
                "_rels/.rels",
                _relations([("rId1", "officeDocument", self._target("xl/workbook.xml", "xl/workbook.xml"))]),
            )
            package.writestr("[Content_Types].xml", self._content_types(len(sheets)))
        return made.getvalue()

    def _in(self, name: str) -> str:
        return f"{self.prefix}:{name}" if self.prefix else name

    def _tag(self, name: str, content: str = "", /, **attributes: object) -> str:
        values = "".join(f' {key.replace("_", ":")}="{value}"' for key, value in attributes.items())
        return f"<{self._in(name)}{values}>{content}</{self._in(name)}>"

    def _root(self, name: str, content: str) -> str:
        spaces = {f"xmlns_{self.prefix}" if self.prefix else "xmlns": _MAIN, "xmlns_r": _RELATIONS}
        return _HEAD + self._tag(name, content, **spaces)

    def _target(self, absolute: str, relative: str) -> str:
        return f"/{absolute}" if self.has_absolute_targets else relative

    def _workbook(self, names: Sequence[str]) -> str:
        first = self._tag("workbookPr", date1904="1") if self.counts_from_1904 else ""
        sheets = "".join(
            self._tag("sheet", name=escape(name), sheetId=number, r_id=f"rId{number}", **_hidden(name))
            for number, name in enumerate(names, 1)
        )
        return self._root("workbook", first + self._tag("sheets", sheets))

    def _sheet(self, rows: Sequence[Sequence[ForeignValue]], texts: list[str]) -> str:
        written = "".join(
            self._tag("row", self._cells(number, row, texts), **({"r": number} if self.has_references else {}))
            for number, row in enumerate(rows, 1)
        )
        return self._root("worksheet", self._tag("sheetData", written))

    def _cells(self, number: int, row: Sequence[ForeignValue], texts: list[str]) -> str:
        cells = []
        for column, value in enumerate(row, 1):
            place = {"r": f"{letters(column)}{number}"} if self.has_references else {}
            if value is not None:
                cells.append(self._cell(value, place, texts))
            elif not self.has_references:
                cells.append(self._tag("c"))
        return "".join(cells)

    def _cell(self, value: ForeignValue, place: dict[str, str], texts: list[str]) -> str:
        if isinstance(value, date):
            days = (value - _FIRST_DAY[self.counts_from_1904]).days
            return self._tag("c", self._tag("v", str(days)), s=_DAY_STYLE, **place)
        if isinstance(value, str) and self.are_strings_shared:
            texts.append(value)
            return self._tag("c", self._tag("v", str(len(texts) - 1)), t="s", **place)
        if isinstance(value, str):
            text = self._tag("t", escape(value), xml_space="preserve")
            return self._tag("c", self._tag("is", text), t="inlineStr", **place)
        return self._tag("c", self._tag("v", str(value)), **place)

    def _shared(self, texts: Sequence[str]) -> str:
        return self._root("sst", "".join(self._tag("si", self._run(text[:1]) + self._run(text[1:])) for text in texts))

    def _run(self, text: str) -> str:
        """A run of letters of one font: a program starts a new one wherever somebody changed a font."""
        font = self._tag("rPr", self._tag("b"))
        return self._tag("r", font + self._tag("t", escape(text), xml_space="preserve")) if text else ""

    def _styles(self) -> str:
        plain = self._tag("xf", numFmtId=0, fontId=0, fillId=0, borderId=0)
        day = self._tag("xf", numFmtId=14, fontId=0, fillId=0, borderId=0, xfId=0, applyNumberFormat=1)
        parts = (
            self._tag("fonts", self._tag("font"), count=1)
            + self._tag("fills", self._tag("fill", self._tag("patternFill")), count=1)
            + self._tag("borders", self._tag("border"), count=1)
            + self._tag("cellStyleXfs", plain, count=1)
            + self._tag("cellXfs", plain + day, count=2)
        )
        return self._root("styleSheet", parts)

    def _relations(self, sheets: int) -> str:
        parts = [(f"rId{n}", "worksheet", f"worksheets/sheet{n}.xml") for n in range(1, sheets + 1)]
        parts.append(("rIdStyles", "styles", "styles.xml"))
        if self.are_strings_shared:
            parts.append(("rIdTexts", "sharedStrings", "sharedStrings.xml"))
        return _relations([(id_, kind, self._target(f"xl/{target}", target)) for id_, kind, target in parts])

    def _content_types(self, sheets: int) -> str:
        parts = {f"/xl/worksheets/sheet{number}.xml": "worksheet" for number in range(1, sheets + 1)}
        parts |= {"/xl/workbook.xml": "sheet.main", "/xl/styles.xml": "styles"}
        if self.are_strings_shared:
            parts["/xl/sharedStrings.xml"] = "sharedStrings"
        overrides = "".join(
            f'<Override PartName="{part}" ContentType="{_OFFICE}.{kind}+xml"/>' for part, kind in parts.items()
        )
        package = "application/vnd.openxmlformats-package.relationships+xml"
        default = f'<Default Extension="rels" ContentType="{package}"/>'
        return f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">{default}{overrides}</Types>'


INLINE = ForeignWriter(
    are_strings_shared=False, has_references=False, counts_from_1904=False, has_absolute_targets=False
)
"""As reporting tools write: each text in its cell, no references."""

SHARED_1904 = ForeignWriter(
    prefix="x", are_strings_shared=True, has_references=True, counts_from_1904=True, has_absolute_targets=True
)
"""As libraries of other languages write: prefixed elements, shared texts in runs, absolute targets; days from 1904."""


def saved_by(writer: ForeignWriter, data: bytes, change: Callable[[ForeignSheets], None] | None = None) -> bytes:
    """The workbook as this writer saves it: the same sheets and values. `change` is done before."""
    book = openpyxl.load_workbook(BytesIO(data), data_only=True)
    sheets: ForeignSheets = {
        sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book.worksheets
    }
    if change is not None:
        change(sheets)
    return writer.save(sheets)


def _hidden(name: str) -> dict[str, str]:
    return {"state": "veryHidden"} if name.startswith("_") else {}


def _relations(parts: Sequence[tuple[str, str, str]]) -> str:
    content = "".join(
        f'<Relationship Id="{id_}" Type="{_RELATIONS}/{kind}" Target="{target}"/>' for id_, kind, target in parts
    )
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{content}</Relationships>'
