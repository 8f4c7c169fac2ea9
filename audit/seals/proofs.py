"""Two proofs: that the ledger of a seal begins with an earlier ledger (consistency), and that a seal covers an entry.

This module makes them from the bodies of entries, writes them as texts and reads such texts. It checks an inclusion
proof (`InclusionProof.holds`); a witness checks a consistency proof (`witness.py`). `proving.py` makes both from a
database.

Each text ends with the seal. A consistency proof has the form of the request to a witness (`add-checkpoint` in
c2sp.org/tlog-witness); an inclusion proof has the form of c2sp.org/tlog-proof. To check a proof one needs no other
entries.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from msgspec import Struct

from states.vocabulary import Text

from . import merkle
from .checkpoints import parse_checkpoint, parse_hash
from .notes import BadNote, Note, encode_base64, parse_note

MAX_HASHES = 63
"""The most hashes that a proof may have: "The client MUST NOT send more than 63 consistency proof lines"."""

_HEADER = "c2sp.org/tlog-proof@v1"
_NUMBER = re.compile(r"(0|[1-9][0-9]{0,17})")

Leaves = Callable[[int], Iterable[bytes]]
"""A function that returns the bodies of the entries after a number, in order."""


class ConsistencyProof(Struct, frozen=True):
    """The proof that the ledger of `seal` begins with the first `old` entries of an earlier ledger."""

    old: int
    proof: tuple[bytes, ...]
    seal: Note

    def __str__(self) -> str:
        return f"old {self.old}\n{_lines(self.proof)}\n{self.seal}"


class InclusionProof(Struct, frozen=True):
    """The proof that `seal` covers the leaf `index`, counted from 0. It is the entry with the number `index` + 1."""

    index: int
    proof: tuple[bytes, ...]
    seal: Note

    def __str__(self) -> str:
        return f"{_HEADER}\nindex {self.index}\n{_lines(self.proof)}\n{self.seal}"

    def holds(self, body: bytes) -> bool:
        """Whether this proves that the entry has this body. The signatures of the seal are not checked here."""
        checkpoint = parse_checkpoint(self.seal.text)
        return merkle.includes(checkpoint.root, checkpoint.size, self.index, merkle.leaf(body), self.proof)


def make_consistency_proof(old: merkle.Tree, seal: Note, leaves: Leaves) -> ConsistencyProof:
    """The proof that the tree of `seal` begins with the tree `old`. It reads only the entries after that tree."""
    spans = merkle.consistency_spans(old.size, parse_checkpoint(seal.text).size)
    return ConsistencyProof(old.size, tuple(merkle.hashes(spans, leaves(old.size), old.spans(), old.size)), seal)


def make_inclusion_proof(number: int, seal: Note, leaves: Leaves) -> InclusionProof:
    """The proof that `seal` covers the entry `number`. It reads every entry that the seal covers."""
    spans = merkle.inclusion_spans(number - 1, parse_checkpoint(seal.text).size)
    return InclusionProof(number - 1, tuple(merkle.hashes(spans, leaves(0), {})), seal)


def parse_consistency_proof(raw: bytes) -> ConsistencyProof:
    """Read a consistency proof. A seal alone is a proof from 0 entries. Raises `BadNote` if the bytes are neither."""
    if not raw.startswith(b"old "):
        return ConsistencyProof(0, (), parse_note(raw))
    old, proof, seal = _parts(raw, "old ")
    return ConsistencyProof(old, proof, seal)


def parse_inclusion_proof(raw: bytes) -> InclusionProof:
    """Read an inclusion proof. Raises `BadNote` if the bytes are not one."""
    header, _, rest = raw.partition(b"\n")
    if header != _HEADER.encode():
        raise BadNote(why=_NOT_A_PROOF)
    # "The second line MAY start with the string `extra`". It is ignored, because no signature covers it.
    if rest.startswith(b"extra "):
        rest = rest.partition(b"\n")[2]
    index, proof, seal = _parts(rest, "index ")
    return InclusionProof(index, proof, seal)


def _parts(raw: bytes, word: str) -> tuple[int, tuple[bytes, ...], Note]:
    """Split the text: a number after `word`, hashes, an empty line, a seal."""
    head, _, seal = raw.partition(b"\n\n")
    first, *lines = head.decode(errors="replace").split("\n")
    number = _NUMBER.fullmatch(first.removeprefix(word))
    if not first.startswith(word) or number is None or len(lines) > MAX_HASHES:
        raise BadNote(why=_NOT_A_PROOF)
    return int(number[1]), tuple(map(parse_hash, lines)), parse_note(seal)


def _lines(proof: Iterable[bytes]) -> str:
    return "".join(f"{encode_base64(digest)}\n" for digest in proof)


_NOT_A_PROOF = Text(zh="不是证明文件", en="it is no proof")
