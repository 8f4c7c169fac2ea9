"""The high-water mark: number and digest of the last entry, in a file beside the sealing key and never in the database.

The ledger is sealed once a day. Between two seals a database administrator could delete the newest entries and change
the head to match; chain and seals would still be consistent. The mark is raised in every round of the scheduler. So
deleted entries are noticed in the next round, by `kaohe doctor`, and by a replay on the machine that has the file.

The mark proves nothing to others, because it is not signed: everybody who may write the file can change it.
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
    """The ledger has `size` entries, fewer than the `known` ones of the mark or the last seal."""

    zh = "这是旧本，或末尾被截去：现有第 1–{size} 号，共应有 {known} 号（{path}）。请停用并保留现有数据库，找回完整的台账；确知其余记录已无法找回时，运行 kaohe audit seal --end-lost 继续。"
    en = (
        "This is an old copy, or its end was cut off: entries 1–{size} of {known} ({path}). Stop using this database "
        "but keep it, and find the whole ledger. If the rest is known to be lost for good, go on with `kaohe audit "
        "seal --end-lost`."
    )


class OtherEnd(UserError):
    """The entry with the number of the mark has another digest."""

    zh = "第 {number} 号记录不是密钥旁所记的那一条（{path}）：末尾被截去后重写，或换成了别的数据库。请停用并保留现有数据库，运行 kaohe audit replay 核验。"
    en = (
        "Entry {number} is not the one remembered beside the key ({path}): the end was cut off and written again, or "
        "this is another database. Stop using this database but keep it, and check it with `kaohe audit replay`."
    )


class LastSealMissing(UserError):
    """The ledger has seals, but the file beside the key is missing."""

    zh = "封存密钥旁没有签名记录（{path}）：被删除，或只拷来了密钥。台账末尾是否被截去，本机无从判断；下次封存将以库中现有的为准。请先与见证人或纸上最新的封存核对：kaohe audit replay --expect（现存最新封存至第 {sealed} 号）。"
    en = (
        "There is no record beside the sealing key of what it signed ({path}): it was deleted, or the key alone was "
        "copied here. Whether the ledger lost its end cannot be known here, and the next seal goes on from what the "
        "database holds. Compare first with the newest seal of the witness or on paper: `kaohe audit replay --expect` "
        "(the newest here has {sealed} entries)."
    )


def last_seal_file(key: Path) -> LastSealFile:
    """The file with the last seal and the mark. It is beside `key`, the file of the private key."""
    return LastSealFile(key.with_name(key.name + ".seen"))


def find_loss(database: Database, key: Path) -> CutOff | OtherEnd | LastSealMissing | None:
    """The error if the database lacks entries up to the mark beside `key`, or may lack them; None if it has them all.

    Raises `UnusableLastSeal` if the file cannot be read.
    """
    # The file is read first, because it never names an entry that was not committed before.
    file = last_seal_file(key)
    newest = seals.last_seal(database)
    if file.read() is None and newest is not None:
        return LastSealMissing(path=file.path, sealed=newest.number)
    return _compare(DatabaseReader(database), file)


def check_mark(database: Database, file: LastSealFile) -> None:
    """Raises `CutOff` or `OtherEnd` if the ledger lacks entries up to the mark.

    Raises `UnusableLastSeal` if the file cannot be read.
    """
    error = _compare(DatabaseReader(database), file)
    if error is not None:
        raise error


def raise_mark(database: Database, key: Path) -> None:
    """Move the mark forward to the last entry of the ledger. Without a file there is no mark, and nothing is done.

    Raises the errors of `check_mark`; the mark then does not change.
    """
    file = last_seal_file(key)
    record = file.read()
    head = DatabaseReader(database).head()
    if record is None or head is None or (head[0], head[1]) == (record.entry, record.digest):
        return
    with file.lock():
        check_mark(database, file)
        reset_mark(database, file)


def reset_mark(database: Database, file: LastSealFile) -> None:
    """Set the mark to the last entry of the ledger, even if it was further. The file must be locked."""
    record, head = file.read(), DatabaseReader(database).head()
    if record is not None and head is not None:
        file.write(replace(record, entry=head[0], digest=head[1]))


def evidence_entry(record: LastSeal, source: str) -> EvidenceEntry | None:
    """The entry of the mark, which a replay compares with the ledger; None if there is no mark yet."""
    return EvidenceEntry(record.entry, record.digest, source) if record.entry else None


def _compare(reader: DatabaseReader, file: LastSealFile) -> CutOff | OtherEnd | None:
    """The error if the ledger lacks entries of the mark or the last seal; None if it has them, or there is no file."""
    record = file.read()
    if record is None:
        return None
    size, expected = reader.size(), max(record.entry, sealed_size(record))
    if size < expected:
        return CutOff(size=size, known=expected, path=file.path)
    row = reader.entry(record.entry) if record.entry else None
    if record.entry and (row is None or row[5] != record.digest):
        return OtherEnd(number=record.entry, path=file.path)
    return None


def sealed_size(record: LastSeal) -> int:
    """The number of entries that the last seal covers; 0 if there is none."""
    return parse_checkpoint(parse_note(record.seal.encode()).text).size if record.seal else 0
