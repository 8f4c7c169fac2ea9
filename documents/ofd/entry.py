"""Reads the entry of an OFD file, OFD.xml (GB/T 33190-2016, 7.4): the documents that the file has.

Its name is the only fixed one in an OFD file. Not here: whether the file is accepted (`inspection.py`).
"""

from __future__ import annotations

from posixpath import normpath

from documents.office.archive import Archive
from documents.office.xml_reader import Attributes, Budget
from documents.rejection import Rejection

from .xml_texts import OwnTextReader

ENTRY = "ofd.xml"
"""The name of the part, in small letters as `Archive` has them."""


class EntryReader(OwnTextReader):
    """A reader of OFD.xml. After `read`: `root`, the name of its first element, and `documents`, the parts it names."""

    def __init__(self, budget: Budget) -> None:
        super().__init__(budget, frozenset(("DocRoot",)))
        self.root = ""
        self.documents: list[str] = []

    def start_element(self, local: str, parents: list[str], attributes: Attributes) -> None:
        if not parents:
            self.root = local

    def own_text(self, local: str, text: str) -> None:
        self.documents.append(normpath(text.strip().replace("\\", "/")).lstrip("/").lower())


def is_ofd(data: bytes) -> bool:
    """Whether the file is a zip file with an entry of OFD."""
    try:
        archive = Archive(data)
        return ENTRY in archive.parts and read_entry(archive, Budget()).root == "OFD"
    except Rejection:
        return False


def read_entry(archive: Archive, budget: Budget) -> EntryReader:
    """Read the entry of an archive that has one. Raises `Rejection` if it is damaged."""
    reader = EntryReader(budget)
    with archive.open(ENTRY) as stream:
        reader.read(stream)
    return reader
