"""The tree against the public vectors, and against a second one, written straight from the RFC's definitions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.seals.merkle import EMPTY, Tree, consistency_spans, extends, hashes, includes, inclusion_spans, leaf, node

CLASSIC = [
    bytes.fromhex(one)
    for one in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = ("6e340b9c", "fac54203", "aeb6bcfe", "d37ee418", "4e3bbb1f", "76e67dad", "ddb89be4", "5dc9da79")
"""The eight leaves every implementation of the RFC is tested with, and how the root of the first n begins."""


# RFC 6962, sections 2.1, 2.1.1 and 2.1.2, read aloud


def h(data: bytes) -> bytes:
    return sha256(data).digest()


def k(n: int) -> int:
    """The largest power of two smaller than n."""
    power = 1
    while power * 2 < n:
        power *= 2
    return power


def mth(d: list[bytes]) -> bytes:
    if not d:
        return h(b"")
    if len(d) == 1:
        return h(b"\x00" + d[0])
    return h(b"\x01" + mth(d[: k(len(d))]) + mth(d[k(len(d)) :]))


def path(m: int, d: list[bytes]) -> list[bytes]:
    if len(d) == 1:
        return []
    at = k(len(d))
    return [*path(m, d[:at]), mth(d[at:])] if m < at else [*path(m - at, d[at:]), mth(d[:at])]


def subproof(m: int, d: list[bytes], b: bool) -> list[bytes]:
    if m == len(d):
        return [] if b else [mth(d)]
    at = k(len(d))
    return [*subproof(m, d[:at], b), mth(d[at:])] if m <= at else [*subproof(m - at, d[at:], False), mth(d[:at])]


# RFC 9162, sections 2.1.3.2 and 2.1.4.2: how to check, step by step


def rfc_includes(root: bytes, size: int, index: int, hashed: bytes, proof: list[bytes]) -> bool:
    if index >= size:
        return False
    fn, sn, r = index, size - 1, hashed
    for p in proof:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            r = h(b"\x01" + p + r)
            while not fn & 1 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = h(b"\x01" + r + p)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and r == root


def rfc_extends(old_root: bytes, old: int, root: bytes, size: int, proof: list[bytes]) -> bool:
    if not proof:
        return False
    if old & (old - 1) == 0:
        proof = [old_root, *proof]
    fn, sn = old - 1, size - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = proof[0]
    for c in proof[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = h(b"\x01" + c + fr), h(b"\x01" + c + sr)
            while not fn & 1 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = h(b"\x01" + sr + c)
        fn, sn = fn >> 1, sn >> 1
    return fr == old_root and sr == root and sn == 0


def tree(leaves: list[bytes]) -> Tree:
    made = Tree()
    for one in leaves:
        made.add(one)
    return made


def inclusion(index: int, leaves: list[bytes]) -> list[bytes]:
    return hashes(inclusion_spans(index, len(leaves)), leaves, {})


def consistency(old: int, leaves: list[bytes]) -> list[bytes]:
    return hashes(consistency_spans(old, len(leaves)), leaves, {})


SOME = st.lists(st.binary(max_size=8), min_size=1, max_size=70)


def test_the_empty_tree_and_the_single_hashes_are_the_public_ones() -> None:
    assert EMPTY.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" == Tree().root().hex()
    assert leaf(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert leaf(b"L123456").hex() == "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"
    assert node(b"N123", b"N456").hex() == "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb"


@pytest.mark.parametrize("size", range(1, 9))
def test_the_classic_leaves_have_the_public_roots(size: int) -> None:
    assert tree(CLASSIC[:size]).root().hex()[:8] == ROOTS[size - 1]


def test_the_whole_classic_tree_and_its_first_proof_are_the_public_ones() -> None:
    assert tree(CLASSIC).root().hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    assert [one.hex()[:8] for one in consistency(1, CLASSIC)] == ["96a296d2", "5f083f0a", "6b47aaf2"]


@pytest.mark.parametrize(
    ("index", "wanted"), [(0, "b h l"), (3, "c g l"), (4, "f j k"), (6, "i k")], ids=["d0", "d3", "d4", "d6"]
)
def test_the_inclusion_proofs_of_the_rfcs_example_are_those_it_prints(index: int, wanted: str) -> None:
    """RFC 6962, 2.1.3: seven leaves, whose nodes it calls a to l."""
    a, b, c, d, e, f, j = (leaf(one) for one in CLASSIC[:7])
    g, hh, i = node(a, b), node(c, d), node(e, f)
    named = {"b": b, "c": c, "f": f, "j": j, "g": g, "h": hh, "i": i, "k": node(g, hh), "l": node(i, j)}
    assert inclusion(index, CLASSIC[:7]) == [named[one] for one in wanted.split()]


@pytest.mark.parametrize(("old", "wanted"), [(3, "c d g l"), (4, "l"), (6, "i j k")])
def test_the_consistency_proofs_of_the_rfcs_example_are_those_it_prints(old: int, wanted: str) -> None:
    a, b, c, d, e, f, j = (leaf(one) for one in CLASSIC[:7])
    g, hh, i = node(a, b), node(c, d), node(e, f)
    named = {"c": c, "d": d, "g": g, "i": i, "j": j, "k": node(g, hh), "l": node(i, j)}
    assert consistency(old, CLASSIC[:7]) == [named[one] for one in wanted.split()]


@given(leaves=st.lists(st.binary(max_size=8), max_size=70))
def test_the_root_is_the_recursive_definitions(leaves: list[bytes]) -> None:
    assert tree(leaves).root() == mth(leaves)


@given(leaves=SOME, data=st.data())
def test_a_tree_goes_on_from_its_edge(leaves: list[bytes], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(leaves)))
    first = tree(leaves[:at])
    later = Tree(first.size, list(first.edge))
    for one in leaves[at:]:
        later.add(one)
    assert (later.size, later.root()) == (len(leaves), mth(leaves))


@given(leaves=SOME)
def test_the_edge_is_named_by_the_leaves_it_stands_for(leaves: list[bytes]) -> None:
    spans = tree(leaves).spans()
    assert all(made == mth(leaves[first:end]) for (first, end), made in spans.items())
    assert sum(end - first for first, end in spans) == len(leaves)


@pytest.mark.parametrize(("size", "edge"), [(0, 1), (3, 1), (4, 2)])
def test_an_edge_of_another_size_is_refused(size: int, edge: int) -> None:
    with pytest.raises(ValueError):
        Tree(size, [EMPTY] * edge)


@given(leaves=SOME, data=st.data())
def test_inclusion_proofs_are_the_rfcs_and_both_check_them(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    proof = inclusion(index, leaves)
    assert proof == path(index, leaves)
    for check in (includes, rfc_includes):
        assert check(mth(leaves), len(leaves), index, leaf(leaves[index]), proof)


@given(leaves=SOME, data=st.data())
def test_consistency_proofs_are_the_rfcs_and_both_check_them(leaves: list[bytes], data: st.DataObject) -> None:
    old = data.draw(st.integers(1, len(leaves)))
    proof = consistency(old, leaves)
    assert proof == subproof(old, leaves, True)
    assert extends(mth(leaves[:old]), old, mth(leaves), len(leaves), proof)
    if old < len(leaves):
        assert rfc_extends(mth(leaves[:old]), old, mth(leaves), len(leaves), proof)


@given(leaves=SOME, data=st.data())
def test_a_consistency_proof_takes_the_old_edge_and_the_new_leaves_alone(
    leaves: list[bytes], data: st.DataObject
) -> None:
    old = data.draw(st.integers(1, len(leaves)))
    known = tree(leaves[:old]).spans()
    assert hashes(consistency_spans(old, len(leaves)), leaves[old:], known, old) == subproof(old, leaves, True)


def test_a_proof_from_leaves_that_are_not_all_there_is_refused() -> None:
    with pytest.raises(ValueError):
        hashes(inclusion_spans(2, 9), CLASSIC, {})


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (-1, 3)])
def test_there_is_no_proof_of_a_leaf_that_is_not_there(index: int, size: int) -> None:
    assert not includes(EMPTY, size, index, EMPTY, [])
    with pytest.raises(ValueError):
        inclusion_spans(index, size)


def test_an_empty_tree_begins_every_tree_and_no_tree_begins_a_smaller_one() -> None:
    whole = mth(CLASSIC)
    assert extends(EMPTY, 0, whole, 8, [])
    assert not extends(whole, 0, whole, 8, [])
    assert not extends(EMPTY, 0, whole, 8, [EMPTY])
    assert not extends(whole, 8, mth(CLASSIC[:4]), 4, [])
    assert not extends(mth(CLASSIC[:4]), 8, whole, 8, [])
    with pytest.raises(ValueError):
        consistency_spans(9, 8)


# What somebody may do to a proof

Proof = list[bytes]


def spoiled(proof: Proof, others: Proof) -> Iterator[Proof]:
    """The proof with hashes changed, dropped, added, doubled and swapped."""
    for at, one in enumerate(proof):
        for byte in (0, 17, 31):
            yield [*proof[:at], one[:byte] + bytes([one[byte] ^ 0x10]) + one[byte + 1 :], *proof[at + 1 :]]
        yield proof[:at] + proof[at + 1 :]
        yield [*proof[:at], b"", *proof[at + 1 :]]
    for other in (*others, b"", bytes(32)):
        yield [*proof, other]
        yield [other, *proof]
    for at in range(len(proof) - 1):
        yield [*proof[:at], proof[at + 1], proof[at], *proof[at + 2 :]]


def rejected(check: Callable[..., bool], right: tuple[object, ...], wrong: Iterator[tuple[object, ...]]) -> None:
    assert check(*right)
    for given_ in wrong:
        assert given_ == right or not check(*given_), given_


@settings(deadline=None)
@given(size=st.integers(2, 40), data=st.data())
def test_every_change_of_an_inclusion_proof_is_seen(size: int, data: st.DataObject) -> None:
    leaves = [bytes([at]) for at in range(size)]
    index = data.draw(st.integers(0, size - 1))
    root, hashed, proof = mth(leaves), leaf(leaves[index]), inclusion(index, leaves)

    def wrong() -> Iterator[tuple[object, ...]]:
        yield from ((root, size, index, hashed, one) for one in spoiled(proof, [root, hashed]))
        yield from ((root, size, other, hashed, proof) for other in range(-1, size + 1) if other != index)
        yield (EMPTY, size, index, hashed, proof)
        yield (hashed, size, index, root, proof)
        yield (root, size, index, leaf(b"other"), proof)

    rejected(includes, (root, size, index, hashed, proof), wrong())


@settings(deadline=None)
@given(size=st.integers(2, 40), data=st.data())
def test_every_change_of_a_consistency_proof_is_seen(size: int, data: st.DataObject) -> None:
    leaves = [bytes([at]) for at in range(size)]
    old = data.draw(st.integers(1, size - 1))
    before, root, proof = mth(leaves[:old]), mth(leaves), consistency(old, leaves)

    def wrong() -> Iterator[tuple[object, ...]]:
        yield from ((before, old, root, size, one) for one in spoiled(proof, [before, root]))
        yield (root, old, before, size, proof)
        yield (EMPTY, old, root, size, proof)
        yield (before, old, EMPTY, size, proof)
        yield (before, 0, root, size, proof)
        yield (before, size, root, old, proof)
        yield (before, size, root, size, proof)
        yield from ((before, other, root, size, proof) for other in range(-1, size + 2) if other != old)
        yield from ((before, old, root, other, proof) for other in range(old) if other != size)

    rejected(extends, (before, old, root, size, proof), wrong())


@given(leaves=SOME, data=st.data())
def test_a_forked_tree_does_not_extend(leaves: list[bytes], data: st.DataObject) -> None:
    old = data.draw(st.integers(1, len(leaves)))
    at = data.draw(st.integers(0, old - 1))
    forked = [*leaves[:at], leaves[at] + b"!", *leaves[at + 1 :], b"more"]
    assert not extends(mth(leaves[:old]), old, mth(forked), len(forked), consistency(old, forked))
