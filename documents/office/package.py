"""An Office file as OPC describes it (ECMA-376-2): parts, their content types, and the relationships between them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from posixpath import dirname, join, normpath
from urllib.parse import unquote

from msgspec import Struct

from documents.rejection import Rejection, damaged_file

from .archive import Archive
from .xml_reader import Attributes, Budget, XmlReader

TYPES = "[content_types].xml"

MAINS: Mapping[str, str] = {
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml": "xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml": "pptx",
    # A show that somebody renamed to edit it: PowerPoint opens it as it is.
    "application/vnd.openxmlformats-officedocument.presentationml.slideshow.main+xml": "pptx",
}
"""The kind of a file by the content type of its main part."""

_T = "http://schemas.openxmlformats.org/package/2006/content-types}"
_R = "http://schemas.openxmlformats.org/package/2006/relationships}"
_RELATIONSHIPS = re.compile(r"(?:(.*)/)?_rels/([^/]*)\.rels")


class Relationship(Struct, frozen=True):
    """From the part `source` ("" is the package) to a part or an address. `kind` is the last word of its type."""

    id: str
    source: str
    kind: str
    target: str
    is_external: bool

    @property
    def part(self) -> str:
        """The name of the part it leads to, where it leads to one."""
        target = unquote(self.target).replace("\\", "/").partition("#")[0].lower()
        return normpath(join("/", dirname(self.source), target)).lstrip("/")


class Package:
    """The parts of a file with what is said of them. Raises `Rejection` where it is no package."""

    def __init__(self, archive: Archive, budget: Budget) -> None:
        self.archive, self.budget = archive, budget
        if TYPES not in archive.parts:
            raise damaged_file()
        self._defaults: dict[str, str] = {}
        self._overrides: dict[str, str] = {}
        self._read(TYPES, {f"{_T}Default": self._default, f"{_T}Override": self._override})

    def content_type(self, name: str) -> str:
        """The content type of a part, in small letters and without parameters; "" where none is given."""
        return self._overrides.get(name) or self._defaults.get(name.rpartition("/")[2].rpartition(".")[2], "")

    @cached_property
    def relationships(self) -> Mapping[str, tuple[Relationship, ...]]:
        """Every relationship of the file by its source, whether or not that source is there."""
        found: dict[str, list[Relationship]] = {}
        for name in self.archive.parts:
            place = _RELATIONSHIPS.fullmatch(name)
            if place is not None:
                source = join(place[1] or "", place[2])
                found[source] = list(self._relationships(name, source))
        return {source: tuple(those) for source, those in found.items()}

    @cached_property
    def pictures(self) -> frozenset[str]:
        """The parts that are shown as pictures, whatever their content type says."""
        leading = (one for those in self.relationships.values() for one in those if one.kind in ("image", "hdphoto"))
        return frozenset(one.part for one in leading if not one.is_external)

    @property
    def main(self) -> str:
        """The part the file begins with: a document, a workbook, a presentation."""
        mains = {one.part for one in self.relationships.get("", ()) if one.kind == "officedocument"}
        if len(mains) != 1 or not mains <= self.archive.parts.keys():
            raise damaged_file()
        return mains.pop()

    def _relationships(self, name: str, source: str) -> Iterator[Relationship]:
        found: list[Attributes] = []
        self._read(name, {f"{_R}Relationship": found.append})
        for said in found:
            kind = said.get("Type", "").rstrip("/").rpartition("/")[2].lower()
            external = said.get("TargetMode", "").lower() == "external"
            yield Relationship(said.get("Id", ""), source, kind, said.get("Target", ""), external)

    def _default(self, said: Attributes) -> None:
        self._defaults.setdefault(said.get("Extension", "").lower(), _type(said))

    def _override(self, said: Attributes) -> None:
        name = said.get("PartName", "").replace("\\", "/").lstrip("/").lower()
        if self._overrides.setdefault(name, _type(said)) != _type(said):
            raise damaged_file()

    def _read(self, name: str, begin: dict[str, object]) -> None:
        with self.archive.open(name) as stream:
            XmlReader(self.budget, begin).read(stream)  # type: ignore[arg-type]


def ending_of(data: bytes) -> str | None:
    """The ending that fits a file; None where it is no Office file."""
    try:
        package = Package(Archive(data), Budget())
        return MAINS.get(package.content_type(package.main))
    except Rejection:
        return None


def _type(said: Attributes) -> str:
    return said.get("ContentType", "").partition(";")[0].strip().lower()
