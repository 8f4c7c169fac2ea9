"""Two proofs as texts: that one seal continues another, and that an entry is under a seal. Each ends with the seal.

A consistency proof has the form in which a witness is asked (c2sp.org/tlog-witness, `add-checkpoint`), an inclusion proof that of
c2sp.org/tlog-proof. Both can be checked by somebody who has no entry but the one in question.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from msgspec import Struct

from states.vocabulary import Text

from . import merkle
from .checkpoints import parse_checkpoint, parse_hash
from .notes import BadNote, Note, encode_base64, parse_note

MOST = 63
"""How many hashes a proof may have: "The client MUST NOT send more than 63 consistency proof lines"."""

_HEADER = "c2sp.org/tlog-proof@v1"
_NUMBER = re.compile(r"(0|[1-9][0-9]{0,17})")

Leaves = Callable[[int], Iterable[bytes]]
"""The bodies of the entries after a number, in their order."""


class ConsistencyProof(Struct, frozen=True):
    """That the ledger of `seal` begins with what it was when it had `old` entries."""

    old: int
    proof: tuple[bytes, ...]
    seal: Note

    def __str__(self) -> str:
        return f"old {self.old}\n{_lines(self.proof)}\n{self.seal}"


class InclusionProof(Struct, frozen=True):
    """That a leaf, counted from 0, is under `seal`: entry `index` + 1."""

    index: int
    proof: tuple[bytes, ...]
    seal: Note

    def __str__(self) -> str:
        return f"{_HEADER}\nindex {self.index}\n{_lines(self.proof)}\n{self.seal}"

    def holds(self, body: bytes) -> bool:
        """Whether this is the proof of an entry with this body. Who signed the seal is another question."""
        said = parse_checkpoint(self.seal.text)
        return merkle.includes(said.root, said.size, self.index, merkle.leaf(body), self.proof)


def make_consistency_proof(old: merkle.Tree, seal: Note, leaves: Leaves) -> ConsistencyProof:
    """The proof that `seal` continues the tree `old`; reads the entries since, and no other."""
    said = parse_checkpoint(seal.text)
    spans = merkle.consistency_spans(old.size, said.size)
    return ConsistencyProof(old.size, tuple(merkle.hashes(spans, leaves(old.size), old.spans(), old.size)), seal)


def make_inclusion_proof(number: int, seal: Note, leaves: Leaves) -> InclusionProof:
    """The proof that entry `number` is under `seal`; reads every entry under it."""
    spans = merkle.inclusion_spans(number - 1, parse_checkpoint(seal.text).size)
    return InclusionProof(number - 1, tuple(merkle.hashes(spans, leaves(0), {})), seal)


def parse_consistency_proof(raw: bytes) -> ConsistencyProof:
    """The consistency proof these bytes hold; a bare seal is one from 0 entries. BadNote."""
    if not raw.startswith(b"old "):
        return ConsistencyProof(0, (), parse_note(raw))
    old, proof, seal = _parts(raw, "old ")
    return ConsistencyProof(old, proof, seal)


def parse_inclusion_proof(raw: bytes) -> InclusionProof:
    """The inclusion proof these bytes hold. BadNote."""
    header, _, rest = raw.partition(b"\n")
    if header != _HEADER.encode():
        raise BadNote(why=_FORM)
    # "The second line MAY start with the string `extra`"; nobody vouches for what it says.
    if rest.startswith(b"extra "):
        rest = rest.partition(b"\n")[2]
    index, proof, seal = _parts(rest, "index ")
    return InclusionProof(index, proof, seal)


def _parts(raw: bytes, word: str) -> tuple[int, tuple[bytes, ...], Note]:
    """A number after a word, hashes, an empty line, a seal."""
    head, _, seal = raw.partition(b"\n\n")
    first, *lines = head.decode(errors="replace").split("\n")
    number = _NUMBER.fullmatch(first.removeprefix(word))
    if not first.startswith(word) or number is None or len(lines) > MOST:
        raise BadNote(why=_FORM)
    return int(number[1]), tuple(map(parse_hash, lines)), parse_note(seal)


def _lines(proof: Iterable[bytes]) -> str:
    return "".join(f"{encode_base64(one)}\n" for one in proof)


_FORM = Text(zh="不是证明文件", en="it is no proof")
