"""Sealing: the ledger's own key signs how many entries there are, and the root of the tree over them.

A seal is the one thing that `audit` writes, and it only ever adds rows. Only the entries since the last seal are read: the tree goes on
from the right edge stored with it.
"""
# Why a seal is made in two phases. The key must never sign two ledgers that contradict each other, whatever is done to the database:
# an old copy may be put back, and its table of seals with it. So the last seal is also in a file beside the key (`last_seal.py`), and a
# ledger that does not continue that seal is not sealed. The order is: sign, write the file to the disk, add the row to the database.
# Were the row added first, a crash in between would leave a seal in the world that the file does not know, and an old copy put back
# could then be sealed against it. As it is, a crash leaves a seal in the file that the database does not have: the next sealing
# computes the same root again, finds it in the file, and adds the row.

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
from .seal_checks import edge_of

SEALED_AT = frozenset({Approved.kind, Circulated.kind, YearClosed.kind})
"""The facts that are sealed at once. Everything else is sealed within a day."""


class LedgerShorterThanSeal(UserError):
    """The ledger has fewer entries than were sealed."""

    zh = "没有封存：此前已封存 {sealed} 条，台账现只有 {size} 条。末尾被截去，或换回了旧本。请停用并保留现有数据库，找回完整的台账，再运行 kaohe audit replay 核验。"
    en = "Nothing was sealed: {sealed} entries were sealed before and the ledger has {size}. Its end was cut off, or an old copy was put back. Stop using this database but keep it, find the whole ledger, and check it with `kaohe audit replay`."


class SealedPartRewritten(UserError):
    """The ledger has another root than was sealed."""

    zh = "没有封存：台账的前 {sealed} 条与此前的封存对不上，记录或所存封存被改写过。请停用并保留现有数据库，运行 kaohe audit replay 查明位置，并告知见证人。"
    en = "Nothing was sealed: the first {sealed} entries are not those that were sealed; they, or the stored seals, were rewritten. Stop using this database but keep it, see with `kaohe audit replay` where it was changed, and tell the witness."


class NotTheLedgersKey(UserError):
    """Another key signs this ledger's seals."""

    zh = "没有封存：台账现用的封存密钥是 {known}，不是 {ours}。请用 KAOHE_SEAL_KEY 指向现用密钥，或用 kaohe keys rotate 换钥。"
    en = "Nothing was sealed: the ledger's seals are signed by {known}, not by {ours}. Let KAOHE_SEAL_KEY name that key's file, or hand on with `kaohe keys rotate`."


class NothingLost(UserError):
    """The key is said to be lost, and the ledger was never sealed."""

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
        """Whether the ledger is to be sealed now. Cheap; the key is not read.

        A seal is due after an approval, a circulation or the closing of a year, and once a day if any entry was added. It is due too where
        the database and the file beside the key disagree: sealing then says how.
        """
        newest, size = seals.last_seal(self._database), self._reader.size()
        known = newest.number if newest else 0
        if _last(self.last_seal.read()).size > known or size < known:
            return True
        if newest is None or size == known:
            return size > known
        zone = ZoneInfo(timezone)
        if seals.has_only(self._database, known, NEED_NO_SEAL):
            return False
        another_day = newest.made_at.astimezone(zone).date() != now.astimezone(zone).date()
        return another_day or seals.has_entry_of(self._database, known, SEALED_AT)

    def seal(self, now: datetime, *, end_lost: bool = False) -> SealRow | None:
        """Seal every entry that is not sealed; the new seal, or None if no entry was added.

        `end_lost` gives up entries that were seen after the last seal and are known to be lost; never sealed ones.
        Raises BadKey, UnusableLastSeal, NotTheLedgersKey, LedgerShorterThanSeal, SealedPartRewritten, LedgerBroken, CutOff and OtherEnd; then
        nothing is signed.
        """
        signer = keyfiles.read(self._path)
        with self.last_seal.lock():
            return self._seal(signer, now, end_lost=end_lost)

    def rotate(self, path: Path, now: datetime) -> Note:
        """Seal for the last time, and make the next key in a file of its own; the note by which this one names it.

        From then on only that one seals. Raises what `seal` raises.
        """
        old = keyfiles.read(self._path)
        with self.last_seal.lock():
            self._seal(old, now)
            last = seals.last_seal(self._database)
            new, after = create_key(path, old.key.name, last.note if last else ""), last.number if last else 0
            high_water.reset_mark(self._database, last_seal_file(path))
            note = sign_handover(old, new, after)
            seals.add_key(self._database, str(new.key), seals.LOG, after, str(note), now)
        return note

    def _seal(self, signer: Signer, now: datetime, *, end_lost: bool = False) -> SealRow | None:
        self._check_key(signer, now)
        seen = self.last_seal.read()
        tree, newest = self._extend_tree(_last(seen), seen.seal if seen else "", now)
        if end_lost:
            high_water.reset_mark(self._database, self.last_seal)
        high_water.check_mark(self._database, self.last_seal)
        if newest and seals.has_only(self._database, newest, NEED_NO_SEAL):
            return None
        return None if newest == tree.size else self._sign(tree, signer, now)

    def _extend_tree(self, last: Checkpoint, seal: str, now: datetime) -> tuple[Tree, int]:
        """The tree over all entries, compared with the last seal and every stored seal; the size of the newest of them."""
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
                    seals.add(self._database, _row(tree, seal, now))
            if tree.size in stored and not _holds(stored[tree.size], tree):
                raise SealedPartRewritten(sealed=tree.size)
        return tree, newest

    def _start_tree(self, last: Checkpoint) -> Tree:
        """The tree to go on from: the edge stored with the last seal if it has that seal's root, else an empty tree."""
        row = seals.last_seal(self._database, last.size)
        try:
            tree = edge_of(row.edge, row.number) if row is not None else Tree()
        except ValueError:
            return Tree()
        return tree if (tree.size, tree.root()) == (last.size, last.root) else Tree()

    def _sign(self, tree: Tree, signer: Signer, now: datetime) -> SealRow:
        """Sign, write the file beside the key, add the row: in this order (see the head of the module)."""
        text = Checkpoint(signer.key.name, tree.size, tree.root()).text
        note = str(Note(text, (signer.sign(text),)))
        seen = self.last_seal.read() or LastSeal(str(signer.key))
        self.last_seal.write(replace(seen, log=str(signer.key), seal=note))
        row = _row(tree, note, now)
        seals.add(self._database, row)
        return row

    def _check_key(self, signer: Signer, now: datetime) -> None:
        """Raise NotTheLedgersKey unless this key signs the ledger's seals. The first key that seals a ledger becomes its key."""
        known = [row.key for row in seals.keys(self._database) if row.role == seals.LOG]
        if not known:
            seals.add_key(self._database, str(signer.key), seals.LOG, 0, None, now)
        elif known[-1] != str(signer.key):
            raise NotTheLedgersKey(known=known[-1], ours=signer.key)


def create_key(path: Path, name: str, seal: str = "") -> Signer:
    """Make a new key of this name in a file of its own, which goes on from `seal`. BadKey if the file exists."""
    signer = Signer.new(name)
    keyfiles.write(path, signer)
    last_seal_file(path).write(LastSeal(str(signer.key), seal))
    return signer


def replace_lost_key(database: Database, path: Path, now: datetime) -> Signer:
    """The next key of a ledger whose last key is lost. Nobody signs for it, so a replay believes it only if it is given with `--key`."""
    known = [row.key for row in seals.keys(database) if row.role == seals.LOG]
    newest = seals.last_seal(database)
    if not known or newest is None:
        raise NothingLost
    signer = create_key(path, Key.parse(known[-1]).name, newest.note)
    seals.add_key(database, str(signer.key), seals.LOG, newest.number, None, now)
    return signer


def _last(seen: LastSeal | None) -> Checkpoint:
    """The checkpoint of the last seal; that of an empty ledger if there was none."""
    return (
        parse_checkpoint(parse_note(seen.seal.encode()).text)
        if seen is not None and seen.seal
        else Checkpoint("", 0, EMPTY)
    )


def _bodies(reader: DatabaseReader, after: int, upto: int) -> Iterator[bytes]:
    """The bodies of all entries after a number, each in its place and with its digest. LedgerBroken."""
    rows = reader.entries(after)
    for wanted in range(after + 1, upto + 1):
        number, _, _, _, body, stored = next(rows, _NONE)
        if number != wanted:
            raise LedgerBroken(number=wanted, why=_MISSING)
        if digest(raw := body.encode()) != stored:
            raise LedgerBroken(number=wanted, why=_DIGEST)
        yield raw


def _holds(row: SealRow, tree: Tree) -> bool:
    """Whether a stored seal has the tree's root."""
    try:
        return parse_checkpoint(parse_note(row.note.encode()).text).root == tree.root()
    except BadNote:
        return False


def _row(tree: Tree, note: str, now: datetime) -> SealRow:
    root, edge = encode_base64(tree.root()), encode_base64(b"".join(tree.edge))
    return SealRow(number=tree.size, root=root, edge=edge, note=note, made_at=now)


_NONE: StoredEntry = (0, "", 0, "", "", "")
_MISSING = Text(zh="缺少这个编号的记录", en="there is no entry with this number")
_DIGEST = Text(zh="正文与摘要不符", en="its digest is not the digest of its body")
