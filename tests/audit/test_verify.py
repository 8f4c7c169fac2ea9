"""The program that lies in every bundle: it stands alone, and what it computes is what RFC 8032 and RFC 6962 say."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.bundle import verify
from audit.seals import merkle

# RFC 8032, 7.1: TEST 1, 2 and 3
VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("public", "message", "made"), VECTORS)
def test_signatures_are_checked_as_the_rfc_says(public: str, message: str, made: str) -> None:
    key, text, signature = bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(made)
    assert verify.is_signature(key, text, signature)
    assert not verify.is_signature(key, text + b"x", signature)


@given(st.binary(max_size=80), st.integers(0, 511))
@settings(max_examples=15, deadline=None)
def test_a_signature_of_another_program_is_genuine_and_with_one_bit_changed_is_not(message: bytes, bit: int) -> None:
    private = Ed25519PrivateKey.generate()
    public, made = private.public_key().public_bytes_raw(), private.sign(message)
    changed = bytearray(made)
    changed[bit // 8] ^= 1 << bit % 8
    assert verify.is_signature(public, message, made)
    assert not verify.is_signature(public, message, bytes(changed))


def test_a_signature_with_a_scalar_that_is_too_large_is_none() -> None:
    """RFC 8032, 5.1.7: S must be below L, or one signature could be written in two ways."""
    key, text, made = (bytes.fromhex(one) for one in VECTORS[1])
    again = int.from_bytes(made[32:], "little") + 2**252 + 27742317777372353535851937790883648493
    assert not verify.is_signature(key, text, made[:32] + again.to_bytes(32, "little"))


def test_a_key_that_is_no_point_signs_nothing() -> None:
    assert not verify.is_signature(b"\x02" + bytes(31), b"", bytes(64))
    assert not verify.is_signature(b"\xff" * 32, b"", bytes(64))


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=70), st.data())
@settings(max_examples=60, deadline=None)
def test_trees_and_proofs_of_both_programs_agree(leaves: list[bytes], data: st.DataObject) -> None:
    ours, theirs = merkle.Tree(), verify.Tree()
    for one in leaves:
        ours.add(one)
        theirs.add(verify.leaf_hash(one))
    assert ours.root() == theirs.root()
    index = data.draw(st.integers(0, len(leaves) - 1))
    hashes = b"".join(map(merkle.leaf, leaves))
    proof = merkle.paths(hashes, [index])[index]
    spans = merkle.inclusion_spans(index, len(leaves))
    assert proof == merkle.hashes(spans, leaves, {})
    for includes in (verify.is_included, merkle.includes):
        assert includes(ours.root(), len(leaves), index, merkle.leaf(leaves[index]), proof)
        assert not includes(ours.root(), len(leaves), index, merkle.leaf(b"another leaf"), proof)
        assert not includes(ours.root(), len(leaves), index, merkle.leaf(leaves[index]), [*proof, bytes(32)])


def test_it_needs_the_standard_library_of_python_3_9_and_nothing_else() -> None:
    source = Path(verify.__file__).read_text()
    tree = ast.parse(source, feature_version=(3, 9))
    named = {name.name for one in ast.walk(tree) if isinstance(one, ast.Import) for name in one.names}
    named |= {str(one.module) for one in ast.walk(tree) if isinstance(one, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in named} <= sys.stdlib_module_names
    assert "from __future__ import annotations" in source
