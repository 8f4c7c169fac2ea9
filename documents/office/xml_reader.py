"""XML of a part, parsed within limits and without a DTD, by the full names of its elements."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import IO
from xml.parsers import expat

from documents.rejection import Rejection, damaged_file, too_much_to_check

XML, ELEMENTS = 64 * 2**20, 1_000_000
"""At most, of all parts of a file together: bytes of XML, elements."""
PICTURES, PIXELS = 2_000, 400_000_000
"""At most, of a file: pictures, pixels of them all."""

Attributes = Mapping[str, str]
ElementHandler = Callable[[Attributes], None]
_PIECE = 2**16


class Budget:
    """What is left of the limits, for all parts of one file and of the files in it."""

    def __init__(self) -> None:
        self.bytes, self.elements, self.pictures, self.pixels = XML, ELEMENTS, PICTURES, PIXELS


class XmlReader:
    """One part. `begin` and `text` say what to call at an element, by its name: `{namespace}local` without the braces' first."""

    def __init__(
        self,
        budget: Budget,
        begin: Mapping[str, ElementHandler],
        text: Mapping[str, Callable[[str], None]] | None = None,
    ):
        self.budget, self.begin, self.text = budget, begin, text or {}
        self.parser = expat.ParserCreate(namespace_separator="}")
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self.doctype
        self.parser.StartElementHandler = self._start

    def read(self, stream: IO[bytes]) -> None:
        """Read the part to its end. `Rejection` where it is no XML, has a DTD, or is beyond the bounds."""
        try:
            while piece := stream.read(_PIECE):
                self.budget.bytes -= len(piece)
                if self.budget.bytes < 0:
                    raise too_much_to_check()
                self.parser.Parse(piece, False)
            self.parser.Parse(b"", True)
        except (expat.ExpatError, LookupError) as error:
            raise damaged_file() from error

    def doctype(self, *_: object) -> None:
        raise Rejection("含有 DTD 或外部实体声明", "declares a DTD or external entities")

    def _start(self, name: str, attributes: Attributes) -> None:
        self.budget.elements -= 1
        if self.budget.elements < 0:
            raise too_much_to_check()
        heard = self.begin.get(name)
        if heard is not None:
            heard(attributes)
        if name in self.text:
            self._collect(name)

    def _collect(self, name: str) -> None:
        said: list[str] = []

        def end(ended: str) -> None:
            if ended == name:
                self.parser.CharacterDataHandler = self.parser.EndElementHandler = None
                self.text[name]("".join(said))

        self.parser.CharacterDataHandler, self.parser.EndElementHandler = said.append, end


def qualified_names(namespaces: tuple[str, ...], local: str) -> tuple[str, ...]:
    """The names an element goes by in the transitional and the strict form."""
    return tuple(f"{namespace}}}{local}" for namespace in namespaces)
