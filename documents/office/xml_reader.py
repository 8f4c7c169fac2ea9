"""Parses the XML of a part: within limits, without a DTD, and by the full names of its elements.

Also here: the limits of a whole file (`Budget`), for its XML and for its pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import IO
from xml.parsers import expat

from documents.rejection import Rejection, damaged_file, too_much_to_check

MAX_XML_SIZE, MAX_ELEMENTS = 64 * 2**20, 1_000_000
"""Limits for all parts of a file together: bytes of XML, elements."""
MAX_PICTURES, MAX_PIXELS = 2_000, 400_000_000
"""Limits for a file: pictures, pixels of all pictures together."""

Attributes = Mapping[str, str]
"""The attributes of an element by their full names (`qualified_names`)."""
ElementHandler = Callable[[Attributes], None]
TextHandler = Callable[[str], None]
_PIECE = 2**16


class Budget:
    """What remains of the limits. All parts of one file use one budget, and so do the parts of the files within it."""

    def __init__(self) -> None:
        self.bytes, self.elements, self.pictures, self.pixels = MAX_XML_SIZE, MAX_ELEMENTS, MAX_PICTURES, MAX_PIXELS


class XmlReader:
    """A reader of one part.

    It calls `element_handlers` at the start of an element, and `text_handlers` at its end with its text. Both are
    mappings from the full name of the element (`qualified_names`). Without `has_namespaces` a name has its prefix.
    """

    def __init__(
        self,
        budget: Budget,
        element_handlers: Mapping[str, ElementHandler],
        text_handlers: Mapping[str, TextHandler] | None = None,
        *,
        has_namespaces: bool = True,
    ):
        self.budget, self.element_handlers, self.text_handlers = budget, element_handlers, text_handlers or {}
        self.parser = expat.ParserCreate(namespace_separator="}" if has_namespaces else None)
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self.doctype
        self.parser.StartElementHandler = self._start

    def read(self, stream: IO[bytes]) -> None:
        """Read the part to its end.

        Raises `Rejection` if it is not XML, has a DTD, or is over the limits, and whatever the handlers raise.
        """
        try:
            while piece := stream.read(_PIECE):
                self.budget.bytes -= len(piece)
                if self.budget.bytes < 0:
                    raise too_much_to_check()
                self.parser.Parse(piece, False)
            self.parser.Parse(b"", True)
        except (expat.ExpatError, LookupError, ValueError) as error:
            raise damaged_file() from error

    def doctype(self, *_: object) -> None:
        raise Rejection("含有 DTD 或外部实体声明", "declares a DTD or external entities")

    def _start(self, name: str, attributes: Attributes) -> None:
        self.budget.elements -= 1
        if self.budget.elements < 0:
            raise too_much_to_check()
        handler = self.element_handlers.get(name)
        if handler is not None:
            handler(attributes)
        if name in self.text_handlers:
            self._collect_text(name)

    def _collect_text(self, name: str) -> None:
        """Collect the text up to the end of the element `name`, and call its handler."""
        pieces: list[str] = []

        def end_element(ended_name: str) -> None:
            if ended_name == name:
                self.parser.CharacterDataHandler = self.parser.EndElementHandler = None
                self.text_handlers[name]("".join(pieces))

        self.parser.CharacterDataHandler, self.parser.EndElementHandler = pieces.append, end_element


def qualified_names(namespaces: tuple[str, ...], local: str) -> tuple[str, ...]:
    """The full names of an element or attribute: `namespace}local` (expat's form) for each of the namespaces.

    Most have two namespaces, one for the transitional and one for the strict form of the standard.
    """
    return tuple(f"{namespace}}}{local}" for namespace in namespaces)
