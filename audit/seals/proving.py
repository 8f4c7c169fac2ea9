"""Makes proofs about the newest seal of a database: that it covers an entry, or that it continues an earlier ledger.

Also here: which seals witnesses cosigned, and a seal with its cosignatures. The form of the proofs is in `proofs.py`.
"""

from __future__ import annotations

from collections.abc import Iterator

from audit.reader import DatabaseReader
from states.user_errors import UserError
from storage import seals
from storage.database.database import Database
from storage.tables.seals import SealRow

from . import proofs
from .merkle import Tree
from .notes import Note, parse_note
from .proofs import ConsistencyProof, InclusionProof
from .seal_checks import tree_of_edge


class NothingSealed(UserError):
    """The ledger has no seal, so nothing can be proved."""

    zh = "还没有任何封存，无法给出证明。请先运行 kaohe audit seal。"
    en = "Nothing is sealed yet, so nothing can be proved. Run `kaohe audit seal` first."


class NotSealedYet(UserError):
    """The newest seal does not cover the entry, or the size of the ledger, that the proof is about."""

    zh = "第 {number} 条不在最新封存（{sealed} 条）之内，无法给出证明。请核对编号；若是新近的记录，请先运行 kaohe audit seal。"
    en = (
        "Entry {number} is beyond the newest seal, of {sealed} entries: there is no proof. Check the number; if it is "
        "a recent entry, run `kaohe audit seal` first."
    )


def prove_consistency(database: Database, old_size: int) -> ConsistencyProof:
    """The proof that the newest seal continues the ledger of the first `old_size` entries.

    For 0 the proof has no hashes, only the seal.

    Raises `NothingSealed` if there is no seal, and `NotSealedYet` if the seal covers fewer than `old_size` entries.
    """
    seal, size = _newest_seal(database)
    if not 0 <= old_size <= size:
        raise NotSealedYet(number=old_size, sealed=size)
    return proofs.make_consistency_proof(_tree(database, old_size), seal, lambda after: _bodies(database, after))


def prove_inclusion(database: Database, number: int) -> InclusionProof:
    """The proof that the newest seal covers the entry `number`.

    Raises `NothingSealed` if there is no seal, and `NotSealedYet` if the seal does not cover the entry.
    """
    seal, size = _newest_seal(database)
    if not 0 < number <= size:
        raise NotSealedYet(number=number, sealed=size)
    return proofs.make_inclusion_proof(number, seal, lambda after: _bodies(database, after))


def last_witnessed_size(database: Database) -> int:
    """The number of entries of the largest seal that a witness cosigned; 0 if none did."""
    return max((row.number for row in seals.cosignatures(database)), default=0)


def cosigned_note(database: Database, row: SealRow) -> Note:
    """The note of a stored seal, with the stored signatures of its witnesses added."""
    note = parse_note(row.note.encode())
    lines = [cosignature.line for cosignature in seals.cosignatures(database) if cosignature.number == row.number]
    return parse_note(f"{note}{''.join(lines)}".encode())


def _newest_seal(database: Database) -> tuple[Note, int]:
    row = seals.last_seal(database)
    if row is None:
        raise NothingSealed
    return parse_note(row.note.encode()), row.number


def _tree(database: Database, size: int) -> Tree:
    """The Merkle tree over the first `size` entries.

    If a seal of that size is stored, its right edge gives the tree. Otherwise these entries are read.
    """
    row = seals.last_seal(database, size)
    if row is not None and row.number == size:
        try:
            return tree_of_edge(row.edge, size)
        except ValueError:
            pass  # The entries give the same tree. The replay reports the damaged edge.
    tree = Tree()
    bodies = _bodies(database, 0)
    while tree.size < size:
        tree.add(next(bodies))
    return tree


def _bodies(database: Database, after: int) -> Iterator[bytes]:
    return (body.encode() for *_, body, _digest in DatabaseReader(database).entries(after))
