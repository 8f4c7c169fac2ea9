"""Checks that the page in a bundle is made from its entries, so that people read what was checked."""

from __future__ import annotations

import zipfile

import msgspec

from audit.history import FoldedStreams
from audit.rules.rulebooks import compile_rulebooks

from .bundle import ABOUT, LIST, PAGE, BundleReader
from .export import is_of_year, page_of_dossier, page_of_ledger


class _About(msgspec.Struct):
    year: int = 0


def is_page_of_bundle(reader: BundleReader, archive: zipfile.ZipFile, form: str) -> bool:
    """Whether this release makes exactly this page from the bundle's entries, rulebooks and newest seal.

    `form` is "ledger" or "dossier".
    """
    rulebooks, _ = compile_rulebooks(reader.rulebooks())
    about = msgspec.json.decode(archive.read(ABOUT), type=_About)
    contents, count = FoldedStreams(rulebooks, is_of_year(about.year) if form == "ledger" else lambda _: True), 0
    for row in reader.entries():
        contents.add_row(row)
        count += 1
    seals = sorted(name for name in archive.namelist() if name.startswith("seals/"))
    newest = archive.read(seals[-1]).decode() if seals else ""
    if form == "ledger":
        expected = page_of_ledger(about.year, contents, count, newest)
    else:
        # The second line of the signed list names the assessment (`dossier.py`).
        stream = archive.read(LIST).decode().split("\n")[1].removeprefix("dossier ")
        expected = page_of_dossier(stream, contents, count, newest)
    return expected == archive.read(PAGE)
