"""Sealing: the ledger's own key signs the number of entries and the root of the tree over them.

Only the entries since the last seal are read, because the right edge of the tree is stored with the seal. If that edge
is damaged, all entries are read. Also here: the keys of a ledger are created, handed on (`Sealer.rotate`) and, if lost,
replaced (`replace_lost_key`). This module adds rows to the tables of seals and keys. It changes and deletes none.
"""
# Why a seal is made in two phases. The key must never sign two ledgers that contradict each other, even if an old copy
# of the database is restored, and its table of seals with it. So the last seal is also in a file beside the key
# (`last_seal.py`), and a ledger that does not continue that seal is not sealed. The order is: sign, write the file to
# the disk, add the row to the database. If the row were added first, a crash before the file is written would leave a
# published seal that the file does not have; a restored old copy could then be sealed in contradiction to it. With this
# order a crash leaves a seal in the file that the database does not have: the next sealing computes the same root,
# compares it with the file, and adds the row.

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from audit.reader import DatabaseReader
from states.custody.seals import NEED_NO_SEAL
from states.stages.approval import Approved
from states.stages.circulation import Circulated
from states.user_errors import UserError
from states.vocabulary import Text
from states.year.year import YearClosed
from storage import seals
from storage.database.database import Database
from storage.errors import LedgerBroken
from storage.ledger.chain import StoredEntry, digest
from storage.tables.seals import SealRow

from . import high_water, keyfiles
from .checkpoints import Checkpoint, parse_checkpoint
from .high_water import last_seal_file
from .key_rotation import sign_handover
from .keys import Key, Signer
from .last_seal import LastSeal
from .merkle import EMPTY, Tree
from .notes import BadNote, Note, encode_base64, parse_note
from .seal_checks import tree_of_edge

SEALED_AT_ONCE = frozenset({Approved.kind, Circulated.kind, YearClosed.kind})
"""The kinds of facts that are sealed at once. All others are sealed within a day."""


class LedgerShorterThanSeal(UserError):
    """The ledger has fewer entries than its last seal covers."""

    zh = "没有封存：此前已封存 {sealed} 条，台账现只有 {size} 条。末尾被截去，或换回了旧本。请停用并保留现有数据库，找回完整的台账，再运行 kaohe audit replay 核验。"
    en = (
        "Nothing was sealed: {sealed} entries were sealed before and the ledger has {size}. Its end was cut off, or "
        "an old copy was put back. Stop using this database but keep it, find the whole ledger, and check it with "
        "`kaohe audit replay`."
    )


class SealedPartRewritten(UserError):
    """The root of the entries is not the root in a seal over them."""

    zh = "没有封存：台账的前 {sealed} 条与此前的封存对不上，记录或所存封存被改写过。请停用并保留现有数据库，运行 kaohe audit replay 查明位置，并告知见证人。"
    en = (
        "Nothing was sealed: the first {sealed} entries are not those that were sealed; they, or the stored seals, "
        "were rewritten. Stop using this database but keep it, see with `kaohe audit replay` where it was changed, "
        "and tell the witness."
    )


class NotTheLedgersKey(UserError):
    """The key is not the one that now signs this ledger's seals."""

    zh = "没有封存：台账现用的封存密钥是 {known}，不是 {ours}。请用 KAOHE_SEAL_KEY 指向现用密钥，或用 kaohe keys rotate 换钥。"
    en = (
        "Nothing was sealed: the ledger's seals are signed by {known}, not by {ours}. Let KAOHE_SEAL_KEY name that "
        "key's file, or hand on with `kaohe keys rotate`."
    )


class NothingLost(UserError):
    """A lost key is to be replaced, but the ledger was never sealed."""

    zh = "本台账还没有封存过，没有丢失的密钥可换。请运行 kaohe keys new。"
    en = "This ledger was never sealed, so no key of it was lost. Run `kaohe keys new`."


class Sealer:
    """Signs a ledger's seals, with the private key in the file `key` and the last seal in the file beside it."""

    def __init__(self, database: Database, key: Path) -> None:
        self._database = database
        self._reader = DatabaseReader(database)
        self._path = key
        self.last_seal = last_seal_file(key)

    def is_due(self, now: datetime, timezone: str) -> bool:
        """Whether the ledger should be sealed now. This is cheap: neither the key nor the body of an entry is read.

        A seal is due after an approval, a circulation or the closing of a year, and once a day if entries were added
        that need a seal (`NEED_NO_SEAL`). It is also due if the database and the file beside the key disagree; `seal`
        then raises the reason.
        """
        newest, size = seals.last_seal(self._database), self._reader.size()
        sealed = newest.number if newest else 0
        if _checkpoint_of(self.last_seal.read()).size > sealed or size < sealed:
            return True
        if newest is None or size == sealed:
            return size > sealed
        if seals.has_only_kinds(self._database, sealed, NEED_NO_SEAL):
            return False
        zone = ZoneInfo(timezone)
        is_another_day = newest.made_at.astimezone(zone).date() != now.astimezone(zone).date()
        return is_another_day or seals.has_entry_of_kinds(self._database, sealed, SEALED_AT_ONCE)

    def seal(self, now: datetime, *, end_lost: bool = False) -> SealRow | None:
        """Seal all entries. Returns the new seal; None if no entry needs one.

        A seal that only the file beside the key has is added to the database. `end_lost`: continue although entries
        after the last seal, which the high-water mark names, are lost. Sealed entries can never be given up. Nothing is
        signed if it raises: `BadKey`, `UnusableLastSeal`, `NotTheLedgersKey`, `LedgerShorterThanSeal`,
        `SealedPartRewritten`, `LedgerBroken`, `CutOff` or `OtherEnd`.
        """
        signer = keyfiles.read(self._path)
        with self.last_seal.lock():
            return self._seal(signer, now, end_lost=end_lost)

    def rotate(self, path: Path, now: datetime) -> Note:
        """Seal a last time with this key, and create the next key in the file `path`. Returns the signed handover.

        From then on only the next key seals. Raises the errors of `seal`.
        """
        old = keyfiles.read(self._path)
        with self.last_seal.lock():
            self._seal(old, now)
            newest = seals.last_seal(self._database)
            new, after = create_key(path, old.key.name, newest.note if newest else ""), newest.number if newest else 0
            high_water.reset_mark(self._database, last_seal_file(path))
            note = sign_handover(old, new, after)
            seals.add_key(self._database, str(new.key), seals.LOG, after, str(note), now)
        return note

    def _seal(self, signer: Signer, now: datetime, *, end_lost: bool = False) -> SealRow | None:
        self._check_key(signer, now)
        record = self.last_seal.read()
        tree, newest = self._extend_tree(_checkpoint_of(record), record.seal if record else "", now)
        if end_lost:
            high_water.reset_mark(self._database, self.last_seal)
        high_water.check_mark(self._database, self.last_seal)
        if newest and seals.has_only_kinds(self._database, newest, NEED_NO_SEAL):
            return None
        return None if newest == tree.size else self._sign(tree, signer, now)

    def _extend_tree(self, last: Checkpoint, last_note: str, now: datetime) -> tuple[Tree, int]:
        """The tree over all entries, and the size of the newest seal.

        The roots are compared with the last seal of the file and with every stored seal on the way. If the last seal is
        not in the database, its row is added.
        """
        tree, size = self._start_tree(last), self._reader.size()
        stored = {row.number: row for row in seals.seals_after(self._database, tree.size)}
        newest = max([tree.size, last.size, *stored])
        if newest > size:
            raise LedgerShorterThanSeal(sealed=newest, size=size)
        for body in _bodies(self._reader, tree.size, size):
            tree.add(body)
            if tree.size == last.size:
                if tree.root() != last.root:
                    raise SealedPartRewritten(sealed=last.size)
                if tree.size not in stored:
                    seals.add(self._database, _row(tree, last_note, now))
            if tree.size in stored and not _has_root(stored[tree.size], tree):
                raise SealedPartRewritten(sealed=tree.size)
        return tree, newest

    def _start_tree(self, last: Checkpoint) -> Tree:
        """The tree to extend: that of the last seal, or an empty one if the stored edge has another root."""
        row = seals.last_seal(self._database, last.size)
        try:
            tree = tree_of_edge(row.edge, row.number) if row is not None else Tree()
        except ValueError:
            return Tree()
        return tree if (tree.size, tree.root()) == (last.size, last.root) else Tree()

    def _sign(self, tree: Tree, signer: Signer, now: datetime) -> SealRow:
        """Sign, write the file beside the key, add the row, in this order. The comment above the imports says why."""
        text = Checkpoint(signer.key.name, tree.size, tree.root()).text
        note = str(Note(text, (signer.sign(text),)))
        record = self.last_seal.read() or LastSeal(str(signer.key))
        self.last_seal.write(replace(record, log=str(signer.key), seal=note))
        row = _row(tree, note, now)
        seals.add(self._database, row)
        return row

    def _check_key(self, signer: Signer, now: datetime) -> None:
        """Raises `NotTheLedgersKey` if another key signs the ledger's seals.

        If the ledger has no key yet, this key is stored as its first one.
        """
        keys = [row.key for row in seals.keys(self._database) if row.role == seals.LOG]
        if not keys:
            seals.add_key(self._database, str(signer.key), seals.LOG, 0, None, now)
        elif keys[-1] != str(signer.key):
            raise NotTheLedgersKey(known=keys[-1], ours=signer.key)


def create_key(path: Path, name: str, seal: str = "") -> Signer:
    """Create a key with this name in the file `path`, and beside it the file of its last seal, with the note `seal`.

    Raises `BadKey` if the file exists or cannot be written.
    """
    signer = Signer.new(name)
    keyfiles.write(path, signer)
    last_seal_file(path).write(LastSeal(str(signer.key), seal))
    return signer


def replace_lost_key(database: Database, path: Path, now: datetime) -> Signer:
    """Create and store the next key of a ledger whose last key is lost.

    There is no handover to it, so a replay trusts it only if it is given with `--key`. Raises `NothingLost` if there is
    no seal, and `BadKey` as in `create_key`.
    """
    keys = [row.key for row in seals.keys(database) if row.role == seals.LOG]
    newest = seals.last_seal(database)
    if not keys or newest is None:
        raise NothingLost
    signer = create_key(path, Key.parse(keys[-1]).name, newest.note)
    seals.add_key(database, str(signer.key), seals.LOG, newest.number, None, now)
    return signer


def _checkpoint_of(record: LastSeal | None) -> Checkpoint:
    """The checkpoint of the last seal; that of an empty ledger if there is no seal."""
    if record is None or not record.seal:
        return Checkpoint("", 0, EMPTY)
    return parse_checkpoint(parse_note(record.seal.encode()).text)


def _bodies(reader: DatabaseReader, after: int, last: int) -> Iterator[bytes]:
    """The bodies of the entries `after` + 1 to `last`.

    Raises `LedgerBroken` if an entry is missing or its body does not have its digest.
    """
    rows = reader.entries(after)
    for expected in range(after + 1, last + 1):
        number, _, _, _, body, stored_digest = next(rows, _NO_ENTRY)
        if number != expected:
            raise LedgerBroken(number=expected, why=_MISSING)
        if digest(raw := body.encode()) != stored_digest:
            raise LedgerBroken(number=expected, why=_WRONG_DIGEST)
        yield raw


def _has_root(row: SealRow, tree: Tree) -> bool:
    """Whether a stored seal has the root of the tree."""
    try:
        return parse_checkpoint(parse_note(row.note.encode()).text).root == tree.root()
    except BadNote:
        return False


def _row(tree: Tree, note: str, now: datetime) -> SealRow:
    root, edge = encode_base64(tree.root()), encode_base64(b"".join(tree.edge))
    return SealRow(number=tree.size, root=root, edge=edge, note=note, made_at=now)


_NO_ENTRY: StoredEntry = (0, "", 0, "", "", "")
_MISSING = Text(zh="缺少这个编号的记录", en="there is no entry with this number")
_WRONG_DIGEST = Text(zh="正文与摘要不符", en="its digest is not the digest of its body")
