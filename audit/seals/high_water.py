"""The high-water mark: the last entry a sealing key has seen, remembered beside the key and never in the database.

The ledger is sealed once a day. Between two seals a database administrator could delete the newest entries and set the head back; chain and
seals would still be consistent. The mark is raised at every tick of the clock, so a missing end is found by the next tick, by `kaohe doctor`
and by a replay on the machine that has the file.

It proves nothing to others: it is not signed, and everybody who may write the file can change it.
"""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from audit.reader import DatabaseReader
from states.user_errors import UserError
from storage import seals
from storage.database.database import Database

from .checkpoints import parse_checkpoint
from .last_seal import LastSeal, LastSealFile
from .notes import parse_note
from .seal_checks import EvidenceEntry


class CutOff(UserError):
    """The ledger is shorter than it was: `size` entries of `known`."""

    zh = "这是旧本，或末尾被截去：现有第 1–{size} 号，共应有 {known} 号（{path}）。请停用并保留现有数据库，找回完整的台账；确知其余记录已无法找回时，运行 kaohe audit seal --end-lost 继续。"
    en = "This is an old copy, or its end was cut off: entries 1–{size} of {known} ({path}). Stop using this database but keep it, and find the whole ledger. If the rest is known to be lost for good, go on with `kaohe audit seal --end-lost`."


class OtherEnd(UserError):
    """An entry is not the one that was seen under its number."""

    zh = "第 {number} 号记录不是密钥旁所记的那一条（{path}）：末尾被截去后重写，或换成了别的数据库。请停用并保留现有数据库，运行 kaohe audit replay 核验。"
    en = "Entry {number} is not the one remembered beside the key ({path}): the end was cut off and written again, or this is another database. Stop using this database but keep it, and check it with `kaohe audit replay`."


class LastSealMissing(UserError):
    """The ledger was sealed, and the record of that is not beside the key."""

    zh = "封存密钥旁没有签名记录（{path}）：被删除，或只拷来了密钥。台账末尾是否被截去，本机无从判断；下次封存将以库中现有的为准。请先与见证人或纸上最新的封存核对：kaohe audit replay --expect（现存最新封存至第 {sealed} 号）。"
    en = "There is no record beside the sealing key of what it signed ({path}): it was deleted, or the key alone was copied here. Whether the ledger lost its end cannot be known here, and the next seal goes on from what the database holds. Compare first with the newest seal of the witness or on paper: `kaohe audit replay --expect` (the newest here has {sealed} entries)."


def last_seal_file(key: Path) -> LastSealFile:
    """The file of the last seal, beside the private key in the file `key`."""
    return LastSealFile(key.with_name(key.name + ".seen"))


def find_loss(database: Database, key: Path) -> CutOff | OtherEnd | LastSealMissing | None:
    """Why this database lacks entries that the key in the file `key` has seen, or may lack them; None if it has them all. UnusableLastSeal."""
    # The file first: it never names an entry that was not committed before.
    file = last_seal_file(key)
    newest = seals.last_seal(database)
    if file.read() is None and newest is not None:
        return LastSealMissing(path=file.path, sealed=newest.number)
    return _missing(DatabaseReader(database), file)


def check_mark(database: Database, file: LastSealFile) -> None:
    """Raises CutOff or OtherEnd if something is missing; UnusableLastSeal."""
    if (why := _missing(DatabaseReader(database), file)) is not None:
        raise why


def raise_mark(database: Database, key: Path) -> None:
    """Raise the mark to the end of the ledger. CutOff, OtherEnd, UnusableLastSeal; the mark then stays where it is."""
    file = last_seal_file(key)
    seen = file.read()
    head = DatabaseReader(database).head()
    if seen is None or head is None or (head[0], head[1]) == (seen.entry, seen.digest):
        return
    with file.lock():
        check_mark(database, file)
        reset_mark(database, file)


def reset_mark(database: Database, file: LastSealFile) -> None:
    """Set the mark to the end of the ledger, wherever it was. Only while the file is locked."""
    seen, head = file.read(), DatabaseReader(database).head()
    if seen is not None and head is not None:
        file.write(replace(seen, entry=head[0], digest=head[1]))


def evidence_entry(seen: LastSeal, source: str) -> EvidenceEntry | None:
    """The entry of the mark, for a replay to compare with the ledger; None if there is none yet."""
    return EvidenceEntry(seen.entry, seen.digest, source) if seen.entry else None


def _missing(reader: DatabaseReader, file: LastSealFile) -> CutOff | OtherEnd | None:
    seen = file.read()
    if seen is None:
        return None
    size, known = reader.size(), max(seen.entry, sealed_size(seen))
    if size < known:
        return CutOff(size=size, known=known, path=file.path)
    row = reader.entry(seen.entry) if seen.entry else None
    if seen.entry and (row is None or row[5] != seen.digest):
        return OtherEnd(number=seen.entry, path=file.path)
    return None


def sealed_size(seen: LastSeal) -> int:
    """How many entries the last seal covers; 0 if there is none."""
    return parse_checkpoint(parse_note(seen.seal.encode()).text).size if seen.seal else 0
