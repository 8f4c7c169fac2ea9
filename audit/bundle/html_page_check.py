"""Whether the page in a bundle is the one that its entries make. What people read must be what was checked."""

from __future__ import annotations

import zipfile

import msgspec

from audit.history import LedgerSnapshot
from audit.rules.rulebooks import compiled_rulebooks

from .bundle import ABOUT, LIST, PAGE, BundleReader
from .export import is_of_year, page_of_dossier, page_of_ledger


class _About(msgspec.Struct):
    year: int = 0


def is_page_of_bundle(reader: BundleReader, archive: zipfile.ZipFile, form: str) -> bool:
    """Whether the page is, byte for byte, what this release makes of the bundle's entries, rulebooks and newest seal."""
    usable, _ = compiled_rulebooks(reader.rulebooks())
    about = msgspec.json.decode(archive.read(ABOUT), type=_About)
    contents, count = LedgerSnapshot(usable, is_of_year(about.year) if form == "ledger" else lambda _: True), 0
    for row in reader.entries():
        contents.take(row)
        count += 1
    seals = sorted(name for name in archive.namelist() if name.startswith("seals/"))
    seal = archive.read(seals[-1]).decode() if seals else ""
    if form == "ledger":
        made = page_of_ledger(about.year, contents, count, seal)
    else:
        subject = archive.read(LIST).decode().split("\n")[1].removeprefix("dossier ")
        made = page_of_dossier(subject, contents, count, seal)
    return made == archive.read(PAGE)
