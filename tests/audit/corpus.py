"""The bundles that were tampered with, as files: what any verifier written from docs/ledger-format.md must agree on.

    python -m tests.audit.corpus FOLDER

Beside them `corpus.json`: of each file its `verdict` (`sound`, `defects`, or `unusable`: not looked at), the `entries` that must be named
(others may be besides), in words what was done (`deed`), and `key`, the verifier key that was handed over in person, if any. Where `rules` is true the file
has no fault but one that the rulebook tells, so that a program which knows none calls it sound.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from audit.bundle import dossier as dossiers
from audit.bundle import export
from audit.reader import DatabaseReader
from storage.database.database import Database
from tests.attack import test_bundles as hostile
from tests.audit import every_kind, test_dossiers, test_every_field, test_tampering
from tests.audit.bundles import content, pack
from tests.audit.copies import YEAR, Copy, better, live
from tests.audit.test_bundles import act_as_somebody_else
from tests.audit.test_sealed import OURS, THEIRS

Case = dict[str, Any]


class Corpus:
    """A folder of bundles, and what each of them is."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.cases: list[Case] = []

    def path(self, deed: str, verdict: str, entries: list[int] | None = None, **besides: object) -> Path:
        """Where the next bundle goes."""
        name = f"{len(self.cases) + 1:03}.zip"
        self.cases.append({"file": name, "deed": deed, "verdict": verdict, "entries": entries or [], **besides})
        return self._folder / name

    def close(self) -> None:
        """Write down what they are."""
        text = json.dumps(self.cases, ensure_ascii=False, indent=1)
        (self._folder / "corpus.json").write_text(f"{text}\n", "utf-8")


def make(folder: Path, ledger: Copy) -> list[Case]:
    """Every bundle of the corpus, from one small ledger."""
    folder.mkdir(parents=True, exist_ok=True)
    corpus, sealed = Corpus(folder), test_dossiers.resealed(ledger)
    _ledgers(corpus, ledger, sealed)
    _fields(corpus, ledger)
    _dossiers(corpus, sealed)
    corpus.close()
    return corpus.cases


def _ledgers(corpus: Corpus, ledger: Copy, sealed: Copy) -> None:
    sound = test_tampering.documented(ledger, corpus.path("a ledger with documents, sealed to its end", "sound"))
    files = content(sound)
    export.export_ledger(
        test_tampering.vouch(ledger), YEAR, corpus.path("a ledger with an end that is not sealed", "sound")
    )
    for way in test_tampering.WAYS:
        for seed in range(3):
            pack(way(files, Random(seed)), corpus.path(f"{way.__name__} {seed}", "defects"))
    theirs = test_tampering.having(test_tampering.vouch(ledger.forged(9, act_as_somebody_else), THEIRS))
    export.export_ledger(
        theirs, YEAR, corpus.path("another ledger, sealed by somebody else", "defects", key=str(OURS.key))
    )
    for deed, layout in hostile.LAYOUTS.items():
        layout(files, corpus.path(deed, "unusable"))
    number = sealed.first("Scored")
    forged = test_dossiers.resealed(sealed.forged(number, better))
    export.export_ledger(
        forged, YEAR, corpus.path("a score made better with the ledger's own key", "defects", [number], rules=True)
    )


def _fields(corpus: Corpus, ledger: Copy) -> None:
    digest, (id_, _) = next(iter(ledger.stored_rulebooks.items()))
    pin = f"{id_}@{digest}"
    export.export_ledger(
        every_kind.of(ledger, every_kind.bodies(pin)), YEAR, corpus.path("one entry of every kind of fact", "sound")
    )
    for deed, forge in test_every_field.FIELDS.items():
        forged = [(number, entries[number - 1]) for number, _, entries in test_every_field.each(pin, forge)]
        entries = every_kind.bodies(pin)
        for number, changed in forged:
            entries[number - 1] = changed
        path = corpus.path(f"{deed}, in every kind", "defects", [number for number, _ in forged])
        export.export_ledger(every_kind.of(ledger, entries), YEAR, path)


def _dossiers(corpus: Corpus, sealed: Copy) -> None:
    path = corpus.path("a dossier", "sound")
    stream = test_dossiers.vetoed(sealed)
    dossiers.export_dossier(sealed, stream, path, OURS)
    files = content(path)
    for deed, (change, _) in test_dossiers.WAYS.items():
        pack(change(files), corpus.path(f"a dossier: {deed}", "defects"))
    number = next(one["number"] for one in sealed.bodies() if one["kind"] == "Scored" and one["stream"] == stream)
    forged = test_dossiers.resealed(sealed.forged(number, better))
    path = corpus.path("a dossier: a score made better with the ledger's own key", "defects", [number], rules=True)
    dossiers.export_dossier(forged, stream, path, OURS)


def small_ledger() -> Iterator[Copy]:
    """The small ledger of these tests."""
    with TemporaryDirectory() as folder:
        url = str(Path(folder) / "sound.db")
        Database.create(url).close()
        live(url)
        with Database.open(url, read_only=True) as database:
            yield Copy.of(DatabaseReader(database))


def main() -> None:
    """Write the corpus."""
    parser = argparse.ArgumentParser(description="bundles that were tampered with, as files")
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    for ledger in small_ledger():
        print(f"{len(make(folder, ledger))} bundles in {folder}")  # noqa: T201


if __name__ == "__main__":
    main()
