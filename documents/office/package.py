"""An Office file as a package (OPC, ECMA-376-2): its parts, their content types, and the relationships between them.

Also here: the ending that fits the content of a file (`ending_of`). Not here: whether a part or a relationship is
accepted (`inspection.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from posixpath import dirname, join, normpath
from urllib.parse import unquote

from msgspec import Struct

from documents.rejection import Rejection, damaged_file

from .archive import Archive
from .xml_reader import Attributes, Budget, ElementHandler, XmlReader

TYPES = "[content_types].xml"

MAINS: Mapping[str, str] = {
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml": "xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml": "pptx",
    # A slide show that somebody renamed to edit it. PowerPoint opens it under either ending.
    "application/vnd.openxmlformats-officedocument.presentationml.slideshow.main+xml": "pptx",
}
"""The ending of a file by the content type of its main part."""

_TYPES_NAMESPACE = "http://schemas.openxmlformats.org/package/2006/content-types}"
_RELATIONSHIPS_NAMESPACE = "http://schemas.openxmlformats.org/package/2006/relationships}"
_RELATIONSHIPS = re.compile(r"(?:(.*)/)?_rels/([^/]*)\.rels")


class Relationship(Struct, frozen=True):
    """A relationship from the part `source` ("": the package itself) to another part or to an address.

    `target` is the part or the address as the file states it. `kind` is the last word of the relationship's type.
    """

    id: str
    source: str
    kind: str
    target: str
    is_external: bool

    @property
    def part(self) -> str:
        """The name of the target part. Without meaning if the target is an address."""
        target = unquote(self.target).replace("\\", "/").partition("#")[0].lower()
        return normpath(join("/", dirname(self.source), target)).lstrip("/")


class Package:
    """The parts of a file, with their content types and relationships. Raises `Rejection` if the file is damaged."""

    def __init__(self, archive: Archive, budget: Budget) -> None:
        self.archive, self.budget = archive, budget
        if TYPES not in archive.parts:
            raise damaged_file()
        self._defaults: dict[str, str] = {}
        self._overrides: dict[str, str] = {}
        handlers = {"Default": self._add_default, "Override": self._add_override}
        self._read(TYPES, {f"{_TYPES_NAMESPACE}{name}": handler for name, handler in handlers.items()})

    def content_type(self, name: str) -> str:
        """The content type of a part, in small letters and without parameters; "" if the package states none."""
        return self._overrides.get(name) or self._defaults.get(name.rpartition("/")[2].rpartition(".")[2], "")

    @cached_property
    def relationships(self) -> Mapping[str, tuple[Relationship, ...]]:
        """Every relationship of the file by its source, also those of a source that does not exist."""
        by_source: dict[str, tuple[Relationship, ...]] = {}
        for name in self.archive.parts:
            match = _RELATIONSHIPS.fullmatch(name)
            if match is not None:
                source = join(match[1] or "", match[2])
                by_source[source] = tuple(self._relationships(name, source))
        return by_source

    @cached_property
    def pictures(self) -> frozenset[str]:
        """The names of the parts that Office shows as pictures, whatever their content type is."""
        relationships = (one for group in self.relationships.values() for one in group)
        pictures = (one for one in relationships if one.kind in ("image", "hdphoto"))
        return frozenset(one.part for one in pictures if not one.is_external)

    @property
    def main(self) -> str:
        """The name of the main part: a document, a workbook or a presentation.

        Raises `Rejection` if there is not just one.
        """
        mains = {one.part for one in self.relationships.get("", ()) if one.kind == "officedocument"}
        if len(mains) != 1 or not mains <= self.archive.parts.keys():
            raise damaged_file()
        return mains.pop()

    def _relationships(self, name: str, source: str) -> Iterator[Relationship]:
        elements: list[Attributes] = []
        self._read(name, {f"{_RELATIONSHIPS_NAMESPACE}Relationship": elements.append})
        for attributes in elements:
            kind = attributes.get("Type", "").rstrip("/").rpartition("/")[2].lower()
            is_external = attributes.get("TargetMode", "").lower() == "external"
            yield Relationship(attributes.get("Id", ""), source, kind, attributes.get("Target", ""), is_external)

    def _add_default(self, attributes: Attributes) -> None:
        self._defaults.setdefault(attributes.get("Extension", "").lower(), _content_type(attributes))

    def _add_override(self, attributes: Attributes) -> None:
        name = attributes.get("PartName", "").replace("\\", "/").lstrip("/").lower()
        if self._overrides.setdefault(name, _content_type(attributes)) != _content_type(attributes):
            raise damaged_file()

    def _read(self, name: str, handlers: Mapping[str, ElementHandler]) -> None:
        with self.archive.open(name) as stream:
            XmlReader(self.budget, handlers).read(stream)


def ending_of(data: bytes) -> str | None:
    """The ending that fits the content of a file; None if it is not an Office file."""
    try:
        package = Package(Archive(data), Budget())
        return MAINS.get(package.content_type(package.main))
    except Rejection:
        return None


def _content_type(attributes: Attributes) -> str:
    return attributes.get("ContentType", "").partition(";")[0].strip().lower()
