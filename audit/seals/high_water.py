"""The high-water mark: number and digest of the last entry, in a file beside the sealing key and never in the database.

The ledger is sealed once a day. Between two seals a database administrator could delete the newest entries and change
the head to match; chain and seals would still be consistent. Every round of the scheduler compares the ledger with the
mark and then advances it. So deleted or rewritten entries are noticed in the next round, by `kaohe doctor`, and by a
replay on the machine that has the file. The same comparison uses the last seal, which is in the same file
(`last_seal.py`).

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


def last_seal_file(key_file: Path) -> LastSealFile:
    """The file with the last seal and the mark. It is beside the file of the private key."""
    return LastSealFile(key_file.with_name(key_file.name + ".seen"))


def find_loss(database: Database, key_file: Path) -> CutOff | OtherEnd | LastSealMissing | None:
    """The error if the ledger lacks entries that the file beside `key_file` names; None if it has them all.

    `LastSealMissing` is the error if the ledger has seals but no such file: nobody can then tell whether entries are
    missing. Raises `UnusableLastSeal` if the file cannot be read.
    """
    # The database is read before the file. If the first seal is made meanwhile, its file is written first, so a seal
    # that the database has already has its file.
    file = last_seal_file(key_file)
    newest = seals.last_seal(database)
    if file.read() is None and newest is not None:
        return LastSealMissing(path=file.path, sealed=newest.number)
    return _compare(DatabaseReader(database), file)


def check_mark(database: Database, file: LastSealFile) -> None:
    """Raises `CutOff` or `OtherEnd` if the ledger lacks entries up to the mark or the last seal.

    A missing file is no error here. Raises `UnusableLastSeal` if the file cannot be read.
    """
    error = _compare(DatabaseReader(database), file)
    if error is not None:
        raise error


def advance_mark(database: Database, key_file: Path) -> None:
    """Compare the ledger with the mark, then move the mark forward to the last entry.

    Without a file there is no mark, and nothing is done. Raises the errors of `check_mark`; the mark then does not
    change.
    """
    file = last_seal_file(key_file)
    last_seal = file.read()
    head = DatabaseReader(database).head()
    if last_seal is None or head is None or head[:2] == (last_seal.entry, last_seal.digest):
        return
    with file.lock():
        check_mark(database, file)
        reset_mark(database, file)


def reset_mark(database: Database, file: LastSealFile) -> None:
    """Set the mark to the last entry of the ledger, without a comparison: the mark may also move back.

    Without a file nothing is done. The file must be locked.
    """
    last_seal, head = file.read(), DatabaseReader(database).head()
    if last_seal is not None and head is not None:
        number, digest, _ = head
        file.write(replace(last_seal, entry=number, digest=digest))


def evidence_entry(last_seal: LastSeal, source: str) -> EvidenceEntry | None:
    """The entry of the mark, which a replay compares with the ledger; None if there is no mark yet."""
    return EvidenceEntry(last_seal.entry, last_seal.digest, source) if last_seal.entry else None


def _compare(reader: DatabaseReader, file: LastSealFile) -> CutOff | OtherEnd | None:
    """The error if the ledger is shorter than the mark or the last seal, or if the entry of the mark is another one.

    None if it is not, or if there is no file.
    """
    # The file is read before the ledger. It names only committed entries, so a ledger that is read after it has them.
    last_seal = file.read()
    if last_seal is None:
        return None
    size, expected = reader.size(), max(last_seal.entry, sealed_size(last_seal))
    if size < expected:
        return CutOff(size=size, known=expected, path=file.path)
    if last_seal.entry:
        row = reader.entry(last_seal.entry)
        *_, digest = row or (None,)
        if digest != last_seal.digest:
            return OtherEnd(number=last_seal.entry, path=file.path)
    return None


def sealed_size(last_seal: LastSeal) -> int:
    """The number of entries that the last seal covers; 0 if there is none."""
    return parse_checkpoint(parse_note(last_seal.seal.encode()).text).size if last_seal.seal else 0
