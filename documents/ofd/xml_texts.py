"""Parses the XML of an OFD part by the local names of its elements, with the texts of some of them.

By local names, because producers of OFD files disagree on the namespace: `http://www.ofdspec.org/2016`, without the
year, or a prefix that nobody declares.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from documents.office.xml_reader import Attributes, Budget, XmlReader
from documents.rejection import damaged_file

_NAMESPACE = re.compile(r"xmlns(:|$)")


class OwnTextReader(XmlReader):
    """A reader of one part that calls `start_element` for each element, and `own_text` at the end of some of them.

    `with_text`: the local names of those elements. Their own text counts, not that of the elements within them.
    """

    def __init__(self, budget: Budget, with_text: Collection[str]) -> None:
        super().__init__(budget, {}, has_namespaces=False)
        self._with_text = with_text
        self._parents: list[str] = []
        self._texts: list[list[str] | None] = []
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._add_text

    def namespace(self, address: str) -> None:
        """Handle the declaration of a namespace."""

    def start_element(self, local: str, parents: list[str], attributes: Attributes) -> None:
        """Handle the start of an element. `parents`: the local names of those around it, the outermost first."""

    def end_element(self, local: str) -> None:
        """Handle the end of an element."""

    def own_text(self, local: str, text: str) -> None:
        """Handle the own text of an element."""

    def _start(self, name: str, attributes: Attributes) -> None:
        super()._start(name, attributes)
        local = local_name(name)
        for key, value in attributes.items():
            if _NAMESPACE.match(key):
                self.namespace(value)
        by_local_name = {local_name(key): value for key, value in attributes.items() if not _NAMESPACE.match(key)}
        # Of two attributes that differ only by their prefix, one reader takes this one and another that one.
        if len(by_local_name) != sum(not _NAMESPACE.match(key) for key in attributes):
            raise damaged_file()
        self.start_element(local, self._parents, by_local_name)
        self._parents.append(local)
        self._texts.append([] if local in self._with_text else None)

    def _add_text(self, piece: str) -> None:
        pieces = self._texts[-1]
        if pieces is not None:
            pieces.append(piece)

    def _end(self, _: str) -> None:
        local, pieces = self._parents.pop(), self._texts.pop()
        if pieces is not None:
            self.own_text(local, "".join(pieces))
        self.end_element(local)


def local_name(name: str) -> str:
    """The name of an element or attribute without its prefix."""
    return name.rpartition(":")[2]
