"""The Merkle tree over all entries, as RFC 6962 (section 2.1) defines it, and its two proofs. Pure: no ledger, no file.

    MTH({}) = SHA-256()          MTH({d(0)}) = SHA-256(0x00 || d(0))
    MTH(D[n]) = SHA-256(0x01 || MTH(D[0:k]) || MTH(D[k:n])),  k is the largest power of two smaller than n

Because of the two prefixes no leaf has the hash of a node. A tree whose size is no power of two is not padded, and no
leaf is repeated.

A proof is a list of hashes, one for each *span*: the leaves from `first` up to, not including, `end`. `inclusion_spans`
and `consistency_spans` compute which spans a proof needs. To make a proof, the leaves are read once, in order
(`hashes`). To check an inclusion proof one needs only its leaf (`includes`); to check a consistency proof, no leaf
(`extends`).
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
    """The largest power of two smaller than `size`. `size` must be at least 2."""
    return 1 << (size - 1).bit_length() - 1


class Tree:
    """A tree that only grows. It stores its right edge: the roots of its perfect subtrees, the largest first.

    The edge is enough to add leaves. It has one hash for each binary digit 1 of `size`. Raises ValueError for another
    number of hashes.
    """

    __slots__ = ("edge", "size")

    def __init__(self, size: int = 0, edge: Iterable[bytes] = ()) -> None:
        self.size, self.edge = size, list(edge)
        if len(self.edge) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} hashes at its edge, not {len(self.edge)}")

    def add(self, data: bytes) -> None:
        """Add a leaf at the end."""
        # As in a binary addition of 1: two subtrees of the same size become one, and that is carried to the next size.
        new, rest, edge = leaf(data), self.size, self.edge
        while rest & 1:
            new = node(edge.pop(), new)
            rest >>= 1
        edge.append(new)
        self.size += 1

    def root(self) -> bytes:
        """The root of the tree."""
        if not self.edge:
            return EMPTY
        *others, root = self.edge
        for left in reversed(others):
            root = node(left, root)
        return root

    def spans(self) -> dict[Span, bytes]:
        """The hashes of the edge, by the span of leaves under each."""
        edge, first = {}, 0
        for root, width in zip(self.edge, _powers_of_two(self.size), strict=True):
            edge[first, first + width] = root
            first += width
        return edge


def _powers_of_two(size: int) -> Iterator[int]:
    """The powers of two whose sum is `size`, the largest first."""
    return (1 << bit for bit in reversed(range(size.bit_length())) if size >> bit & 1)


def inclusion_spans(index: int, size: int) -> list[Span]:
    """The spans of the proof that leaf `index` is in the tree of `size` leaves: PATH(m, D[n]) in the RFC.

    Raises ValueError if the tree has no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    first, end, spans = 0, size, []
    while end - first > 1:
        middle = first + split(end - first)
        left, right = (first, middle), (middle, end)
        sibling, (first, end) = (right, left) if index < middle else (left, right)
        spans.append(sibling)
    return spans[::-1]


def consistency_spans(old: int, size: int) -> list[Span]:
    """The spans of the proof that a tree of `size` leaves begins with one of `old` leaves: PROOF(m, D[n]) in the RFC.

    It is empty for `old` 0, because every tree begins with the empty one, and for `old` equal to `size`. Raises
    ValueError if `old` is not from 0 to `size`.
    """
    if not 0 <= old <= size:
        raise ValueError(f"a tree of {size} has no beginning of {old}")
    first, end, spans = 0, size, []
    while old and old < end:
        middle = first + split(end - first)
        left, right = (first, middle), (middle, end)
        sibling, (first, end) = (right, left) if old <= middle else (left, right)
        spans.append(sibling)
    return ([(first, end)] if first else []) + spans[::-1]


def hashes(spans: Sequence[Span], leaves: Iterable[bytes], known: Mapping[Span, bytes], start: int = 0) -> list[bytes]:
    """The hash of each span.

    `known` hashes are not computed; the others come from `leaves`, the first of which has the index `start`. Raises
    ValueError if a leaf of a span is missing.
    """
    by_span, position = dict(known), start
    rest = iter(leaves)
    for first, end in sorted(span for span in spans if span not in known):
        tree = Tree()
        for data in rest:
            position += 1
            if position > first:
                tree.add(data)
            if position >= end:
                break
        if position != end or tree.size != end - first:
            raise ValueError(f"leaves {first} to {end} are not all there")
        by_span[first, end] = tree.root()
    return [by_span[span] for span in spans]


def paths(leaves: bytes | bytearray, indexes: Iterable[int]) -> dict[int, list[bytes]]:
    """The inclusion proof of each leaf in `indexes`, by its index.

    `leaves`: the hashes (32 bytes each) of all leaves, joined. The tree is computed level by level. A node without a
    right neighbour goes up to the next level unchanged; that gives the same tree as the split of RFC 6962.
    """
    proofs: dict[int, list[bytes]] = {index: [] for index in indexes}
    level = bytes(leaves)
    for height in range(max(len(level) // 32 - 1, 0).bit_length()):
        for index, proof in proofs.items():
            sibling = (index >> height ^ 1) * 32
            if sibling < len(level):
                proof.append(level[sibling : sibling + 32])
        paired = len(level) & ~63
        above = (node(level[at : at + 32], level[at + 32 : at + 64]) for at in range(0, paired, 64))
        level = b"".join([*above, level[paired:]])
    return proofs


def includes(root: bytes, size: int, index: int, data_hash: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows that the leaf `index` with the hash `data_hash` is in the tree of this root and size."""
    if not 0 <= index < size:
        return False
    rest = iter(proof)

    def root_of(index: int, size: int) -> bytes:
        """The root of a subtree of `size` leaves in which the leaf has this index."""
        if size == 1:
            return data_hash
        middle = split(size)
        if index < middle:
            return node(root_of(index, middle), next(rest))
        right = root_of(index - middle, size - middle)
        return node(next(rest), right)

    try:
        return root_of(index, size) == root and next(rest, None) is None
    except StopIteration:
        return False


def extends(old_root: bytes, old: int, root: bytes, size: int, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows that the tree of `root` and `size` begins with the tree of `old_root` and `old`."""
    if not 0 < old < size:
        return not proof and ((old, old_root) == (size, root) or (old, old_root) == (0, EMPTY))
    rest = iter(proof)

    def roots_of(old: int, size: int, *, has_all_old: bool) -> tuple[bytes, bytes]:
        """The old and the new root of a subtree of `size` leaves, `old` of which the old tree has.

        `has_all_old`: all leaves of the old tree are in this subtree, so its old root is the root of the old tree.
        """
        if old == size:
            same = old_root if has_all_old else next(rest)
            return same, same
        middle = split(size)
        if old <= middle:
            before, after = roots_of(old, middle, has_all_old=has_all_old)
            return before, node(after, next(rest))
        before, after = roots_of(old - middle, size - middle, has_all_old=False)
        left = next(rest)
        return node(left, before), node(left, after)

    try:
        return roots_of(old, size, has_all_old=True) == (old_root, root) and next(rest, None) is None
    except StopIteration:
        return False
