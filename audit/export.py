"""Making bundles: a year's ledger from its first entry on, or the dossier of one assessment (`bundle.py` has the form)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from states.assessment import Assessment
from states.cases import Case
from states.chart import State
from states.routine_check import RoutineCheck
from states.sentences import Told
from states.vocabulary import Text
from storage import chain
from storage.chain import Row
from storage.errors import LedgerBroken

from . import merkle
from .bundle import ABOUT, DOCUMENTS, ENTRIES, FORMAT, KEYS, PAGE, PROGRAM, VERIFIER, Files, canonical, lines, written
from .checkpoints import Checkpoint, checkpoint
from .cited import Cited
from .laws import laws
from .moments import Moment
from .notes import Note, parse
from .page import page
from .proofs import Place
from .reader import Reader, Seals

Progress = Callable[[int], None]


class Documents(Protocol):
    """Where the bytes of documents come from."""

    def is_whole(self, digest: str) -> bool:
        """Whether the document is kept, and is still what its digest says."""
        ...

    def parts(self, digest: str) -> Iterator[bytes]:
        """Its bytes, some at a time."""
        ...


class NothingThere(Told):
    """There is nothing of what was asked for."""

    zh = "台账中没有 {what}，没有生成文件。请核对年度和部门代号（kaohe audit replay 可查看台账是否完整）。"
    en = "There is no {what} in the ledger and no file was made. Check the year and the unit's id (`kaohe audit replay` tells whether the ledger is whole)."


class NotSealed(Told):
    """A dossier proves its entries by a seal over all of them, and there is none."""

    zh = "{stream} 的最后一条是第 {last} 号，封存只到第 {sealed} 号，无法出具证明，没有生成文件。请先运行 kaohe audit seal。"
    en = "The last entry of {stream} is number {last} and the seals reach to {sealed}: it cannot be proven, and no file was made. Run `kaohe audit seal` first."


class Exported(Struct, frozen=True):
    """What a bundle came to hold: how many entries, the last one's number, how many of them a seal covers.

    And how many documents the entries name (`named`), and of how many the bytes are in it (`documents`).
    """

    entries: int
    last: int
    sealed: int
    named: int = 0
    documents: int = 0


class Sealed(Struct, frozen=True):
    """A seal as it goes into a bundle: with its cosignatures."""

    number: int
    note: Note


def ledger(
    reader: Reader, year: int, path: Path, progress: Progress | None = None, documents: Documents | None = None
) -> Exported:
    """Write the ledger up to the last entry of this year, and on to the next seal. NothingThere, NotWritten.

    With `documents`, their bytes too; without, the digests of what the entries name.
    """
    kept = reader.seals()
    last, own = 0, _of_year(year)
    for row in reader.entries():
        if own(row[1]):
            last = row[0]
    if not last:
        raise NothingThere(what=Text(zh=f"{year} 年度的记录", en=f"entry of {year}"))
    sealed = _seals(kept)
    upto = min((one.number for one in sealed if one.number >= last), default=last)
    sealed = [one for one in sealed if one.number <= upto]
    usable, _ = laws(reader.rulebooks())
    contents, end, cited = Moment(usable, own), _End(), Cited()

    def told() -> Iterator[Row]:
        for row in reader.entries():
            if row[0] > upto:
                return
            end.take(row)
            cited.take(row)
            contents.take(row)
            if progress is not None and end.count % 1000 == 0:
                progress(end.count)
            yield row

    with written(path) as files:
        files.stream(ENTRIES, lines(told()))
        _beside(files, reader, kept, sealed, end.pins)
        title = Text(zh=f"{year} 年度考核台账", en=f"The ledger of the {year} assessment")
        held = _documents(files, cited, documents)
        files.put(PAGE, page(title, contents, end.count, _newest(sealed)))
        files.put(ABOUT, canonical({"form": "ledger", "format": FORMAT, "last": end.named}))
    return Exported(end.count, upto, sealed[-1].number if sealed else 0, *held)


def dossier(reader: Reader, stream: str, path: Path, documents: Documents | None = None) -> Exported:
    """Write one assessment, its year and its cases, each entry with its proof. NothingThere, NotSealed, NotWritten."""
    kept = reader.seals()
    usable, _ = laws(reader.rulebooks())
    hashes, chosen, contents = _leaves(reader, stream, Moment(usable, lambda name: name == stream))
    last = max((row[0] for row in chosen if row[1] == stream), default=0)
    if not last:
        raise NothingThere(what=stream)
    sealed = _seals(kept)
    seal = sealed[-1] if sealed else None
    if seal is None or seal.number < last:
        raise NotSealed(stream=stream, last=last, sealed=seal.number if seal else 0)
    chosen = [row for row in chosen if row[0] <= seal.number]
    paths = merkle.paths(hashes[: seal.number * 32], [row[0] - 1 for row in chosen])
    streams: dict[str, int] = {}
    cited = Cited()
    for row in chosen:
        streams[row[1]] = row[2]
        cited.take(row)
    with written(path) as files:
        files.stream(ENTRIES, lines(chosen))
        for row in chosen:
            place = Place(row[0] - 1, tuple(paths[row[0] - 1]), seal.note)
            files.put(f"proofs/{row[0]:010d}.tlog-proof", str(place).encode())
        _beside(files, reader, kept, [seal], {_pin(row) for row in chosen})
        title = Text(zh=f"考核卷宗 {stream}", en=f"Dossier of {stream}")
        held = _documents(files, cited, documents)
        files.put(PAGE, page(title, contents, len(chosen), _newest([seal])))
        files.put(ABOUT, canonical({"form": "dossier", "format": FORMAT, "streams": streams}))
    return Exported(len(chosen), chosen[-1][0], seal.number, *held)


def _documents(files: Files, cited: Cited, kept: Documents | None) -> tuple[int, int]:
    """The documents the entries name, as a list and, where they are wanted and kept, by their bytes; how many of each."""
    rows = cited.rows()
    named = {row["sha256"] for row in rows}
    here = set[str]()
    if kept is not None:
        here = {digest for digest in named if kept.is_whole(digest)}
        for digest in sorted(here):
            files.stream(f"documents/{digest}", kept.parts(digest))
    files.put(DOCUMENTS, canonical([{**row, "here": row["sha256"] in here} for row in rows]))
    return len(named), len(here)


def _body(row: Row) -> bytes:
    return row[4].encode(errors="surrogateescape")


class _End:
    """Where the entries of a bundle end, and what they stand under."""

    def __init__(self) -> None:
        self.count = 0
        self.pins: set[str] = set()
        self.named: dict[str, object] = {}

    def take(self, row: Row) -> None:
        self.count += 1
        self.pins.add(_pin(row))
        self.named = {"digest": chain.digest(_body(row)), "number": self.count}


def _pin(row: Row) -> str:
    """The edition an entry names; empty where it cannot be read."""
    try:
        return chain.decode(row[4]).rulebook
    except (LedgerBroken, ValueError):
        return ""


def _of_year(year: int) -> Callable[[str], bool]:
    """Whether a stream is the year or one of its assessments."""
    streams = (f"year/{year}", f"assessment/{year}/")
    return lambda stream: stream == streams[0] or stream.startswith(streams[1])


def _leaves(reader: Reader, stream: str, contents: Moment) -> tuple[bytearray, list[Row], Moment]:
    """The hash of every entry, and the rows of an assessment, its year, the cases and the routine checks of its unit."""
    hashes, kept = bytearray(), []
    year = "year/" + stream.split("/")[1] if stream.count("/") > 1 else ""
    for row in reader.entries():
        hashes += merkle.leaf(_body(row))
        if row[1] in (stream, year) or row[1].startswith(_OF_UNITS):
            kept.append(row)
        contents.take(row)
    state = contents.streams.get(stream)
    units = {state.unit} if isinstance(state, Assessment) else set()
    others = Moment({}, lambda name: name.startswith(_OF_UNITS))
    for row in kept:
        others.take(row)
    mine = {name for name, other in others.streams.items() if units & _units(other)}
    return hashes, [row for row in kept if not row[1].startswith(_OF_UNITS) or row[1] in mine], contents


_OF_UNITS = ("case/", "routine_check/")
"""Streams that are no assessment's and that its result may rest on."""


def _units(state: State) -> set[str]:
    if isinstance(state, Case):
        return set(state.units)
    return {state.unit} if isinstance(state, RoutineCheck) else set()


def _seals(kept: Seals) -> list[Sealed]:
    """Every seal with its cosignatures, the smallest first; one that cannot be read is left to the replay."""
    found = []
    for number, _, _, note, _ in sorted(kept.seals):
        lines = "".join(line for of, line in kept.cosignatures if of == number)
        try:
            found.append(Sealed(number, parse((note + lines).encode())))
        except ValueError:
            continue
    return found


def _newest(sealed: Collection[Sealed]) -> Checkpoint | None:
    return [checkpoint(one.note.text) for one in sealed][-1] if sealed else None


def _beside(files: Files, reader: Reader, kept: Seals, sealed: Collection[Sealed], pins: Collection[str]) -> None:
    """The rulebooks named, the seals, the keys, and the program that checks them."""
    for digest, (id_, source) in sorted(reader.rulebooks().items()):
        if f"{id_}@{digest}" in pins:
            files.put(f"rulebooks/{id_}@{digest}.toml", source.encode(errors="surrogateescape"))
    for one in sealed:
        files.put(f"seals/{one.number:010d}.note", str(one.note).encode())
    keys = [{"key": key, "note": note, "role": role, "since": since} for key, role, since, note in kept.keys]
    files.put(KEYS, canonical(keys))
    files.put(VERIFIER, PROGRAM.read_bytes())
