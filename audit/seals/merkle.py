"""The tree over all entries, as RFC 6962 (section 2.1) defines it, and its two proofs. Pure: no ledger, no file.

    MTH({}) = SHA-256()          MTH({d(0)}) = SHA-256(0x00 || d(0))
    MTH(D[n]) = SHA-256(0x01 || MTH(D[0:k]) || MTH(D[k:n])),  k the largest power of two smaller than n

The two prefixes keep a leaf from ever passing for a node. Nothing is padded and nothing is doubled.

A proof is a list of *spans*, stretches of leaves `(first, end)` with a hash each (`inclusion_spans`,
`consistency_spans`). Whoever makes one reads the leaves once, in order (`hashes`); whoever checks one needs no leaf
but its own (`includes`, `extends`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256

EMPTY = sha256().digest()
"""The root of a tree without leaves."""

Span = tuple[int, int]
"""Leaves from `first` up to, not including, `end`, counted from 0."""

_LEAF, _NODE = sha256(b"\x00"), b"\x01"


def leaf(data: bytes) -> bytes:
    """The hash of one leaf."""
    hashing = _LEAF.copy()
    hashing.update(data)
    return hashing.digest()


def node(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees."""
    return sha256(_NODE + left + right).digest()


def split(size: int) -> int:
    """The largest power of two smaller than `size`, which is at least 2."""
    return 1 << (size - 1).bit_length() - 1


class Tree:
    """A tree that only grows, known by its right edge: the roots of its perfect subtrees, the largest first.

    The edge is all it takes to go on: one hash for each 1 among the binary digits of `size`.
    """

    __slots__ = ("edge", "size")

    def __init__(self, size: int = 0, edge: Iterable[bytes] = ()) -> None:
        self.size, self.edge = size, list(edge)
        if len(self.edge) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} hashes at its edge, not {len(self.edge)}")

    def add(self, data: bytes) -> None:
        """One more leaf."""
        made, carried, edge = leaf(data), self.size, self.edge
        while carried & 1:
            made = node(edge.pop(), made)
            carried >>= 1
        edge.append(made)
        self.size += 1

    def root(self) -> bytes:
        """The root as it now is."""
        if not self.edge:
            return EMPTY
        *others, root = self.edge
        for left in reversed(others):
            root = node(left, root)
        return root

    def spans(self) -> dict[Span, bytes]:
        """The edge, by the leaves each hash stands for."""
        found, first = {}, 0
        for made, width in zip(self.edge, _powers(self.size), strict=True):
            found[first, first + width] = made
            first += width
        return found


def _powers(size: int) -> Iterator[int]:
    """The powers of two a number is the sum of, the largest first."""
    return (1 << bit for bit in reversed(range(size.bit_length())) if size >> bit & 1)


def inclusion_spans(index: int, size: int) -> list[Span]:
    """Of which leaves the proof needs the hash that leaf `index` is in the tree of `size`. PATH(m, D[n])."""
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    first, end, found = 0, size, []
    while end - first > 1:
        middle = first + split(end - first)
        beside, (first, end) = ((middle, end), (first, middle)) if index < middle else ((first, middle), (middle, end))
        found.append(beside)
    return found[::-1]


def consistency_spans(old: int, size: int) -> list[Span]:
    """Of which leaves the proof needs the hash that the tree of `size` begins with the tree of `old`. PROOF(m, D[n]).

    A tree of 0 begins every other and one of `size` is the same: no proof is needed.
    """
    if not 0 <= old <= size:
        raise ValueError(f"a tree of {size} has no beginning of {old}")
    first, end, found = 0, size, []
    while old and old < end:
        middle = first + split(end - first)
        beside, (first, end) = ((middle, end), (first, middle)) if old <= middle else ((first, middle), (middle, end))
        found.append(beside)
    return ([(first, end)] if first else []) + found[::-1]


def hashes(spans: Sequence[Span], leaves: Iterable[bytes], known: Mapping[Span, bytes], start: int = 0) -> list[bytes]:
    """The hash of each span, from the `leaves` that begin at `start`; what is `known` is not made again.

    ValueError if the leaves end before the spans do.
    """
    found, at = dict(known), start
    rest = iter(leaves)
    for first, end in sorted(span for span in spans if span not in known):
        tree = Tree()
        for data in rest:
            at += 1
            if at > first:
                tree.add(data)
            if at >= end:
                break
        if at != end or tree.size != end - first:
            raise ValueError(f"leaves {first} to {end} are not all there")
        found[first, end] = tree.root()
    return [found[span] for span in spans]


def paths(leaves: bytes | bytearray, wanted: Iterable[int]) -> dict[int, list[bytes]]:
    """The proof of each leaf `wanted`, by its index; `leaves` are the hashes of all of them, one after the other.

    A level at a time: of a node without a right neighbour the level above has the node itself, as RFC 6962 splits.
    """
    found: dict[int, list[bytes]] = {index: [] for index in wanted}
    level = bytes(leaves)
    for height in range(max(len(level) // 32 - 1, 0).bit_length()):
        for index, proof in found.items():
            beside = (index >> height ^ 1) * 32
            if beside < len(level):
                proof.append(level[beside : beside + 32])
        whole = len(level) & ~63
        above = (node(level[at : at + 32], level[at + 32 : at + 64]) for at in range(0, whole, 64))
        level = b"".join([*above, level[whole:]])
    return found


def includes(root: bytes, size: int, index: int, data_hash: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows that leaf `index`, whose hash is `data_hash`, is in the tree of this root and size."""
    if not 0 <= index < size:
        return False
    rest = iter(proof)

    def climb(index: int, size: int) -> bytes:
        if size == 1:
            return data_hash
        middle = split(size)
        if index < middle:
            return node(climb(index, middle), next(rest))
        below = climb(index - middle, size - middle)
        return node(next(rest), below)

    try:
        return climb(index, size) == root and next(rest, None) is None
    except StopIteration:
        return False


def extends(old_root: bytes, old: int, root: bytes, size: int, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows that the tree of `root` and `size` begins with the tree of `old_root` and `old`."""
    if not 0 < old < size:
        return not proof and ((old, old_root) == (size, root) or (old, old_root) == (0, EMPTY))
    rest = iter(proof)

    def climb(old: int, size: int, *, whole: bool) -> tuple[bytes, bytes]:
        """Both roots of a subtree of which the old tree had `old` leaves; `whole` while it is the old tree itself."""
        if old == size:
            same = old_root if whole else next(rest)
            return same, same
        middle = split(size)
        if old <= middle:
            before, after = climb(old, middle, whole=whole)
            return before, node(after, next(rest))
        before, after = climb(old - middle, size - middle, whole=False)
        left = next(rest)
        return node(left, before), node(left, after)

    try:
        return climb(old, size, whole=True) == (old_root, root) and next(rest, None) is None
    except StopIteration:
        return False
