"""A witness: what is signed, what is not and in which words, and what is known after a crash."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.seals import merkle
from audit.seals.checkpoints import Checkpoint, parse_checkpoint
from audit.seals.key_rotation import parse_handover, sign_handover
from audit.seals.keys import (
    SUBTREE,
    TIMED,
    BadKey,
    ForgedSignature,
    Key,
    NoTrustedSignature,
    Signer,
    ValidSignature,
    verify_signatures,
)
from audit.seals.last_seal import LastSeal, LastSealFile, UnusableLastSeal
from audit.seals.notes import BadNote, Note, parse_note
from audit.seals.proofs import (
    ConsistencyProof,
    InclusionProof,
    make_consistency_proof,
    make_inclusion_proof,
    parse_consistency_proof,
    parse_inclusion_proof,
)
from audit.seals.witness import (
    RECORD_FILE,
    ContradictorySeal,
    HandoverTooEarly,
    NoWitnessFolder,
    OlderSeal,
    OtherLedger,
    ProofFails,
    ProofMissing,
    SealBeforeTerm,
    Witness,
)
from tests.audit.test_merkle import mth, path, rfc_includes, subproof
from tests.audit.test_notes import signer

NAME = "college.edu.cn/kaohe"
AT = datetime(2026, 12, 1, 8, tzinfo=UTC)
LOG = signer(NAME)
LEAVES = [bytes([at]) for at in range(20)]
FORKED = [b"!", *LEAVES[1:]]


def sealed(size: int, leaves: list[bytes] = LEAVES, by: Signer = LOG, name: str = NAME) -> Note:
    text = Checkpoint(name, size, mth(leaves[:size])).text
    return Note(text, (by.sign(text),))


def tree(size: int, leaves: list[bytes] = LEAVES) -> merkle.Tree:
    made = merkle.Tree()
    for one in leaves[:size]:
        made.add(one)
    return made


def asked(old: int, size: int, leaves: list[bytes] = LEAVES, **given_: Any) -> ConsistencyProof:
    """What the office sends: a seal, and the proof that it continues the one of `old`."""
    return make_consistency_proof(tree(old, leaves), sealed(size, leaves, **given_), lambda after: leaves[after:])


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    """One that has seen the seal of eight entries."""
    made = Witness.begin(tmp_path / "w", "audit.college.edu.cn/w", LOG.key)
    made.cosign(asked(0, 8), AT)
    return made


def test_a_witness_signs_the_first_seal_and_every_one_that_continues_it(witness: Witness) -> None:
    for old, size in ((8, 13), (13, 13), (13, 20)):
        note = witness.cosign(asked(old, size), AT)
        assert [one.key for one in verify_signatures(note, [LOG.key, witness.signer.key])] == [
            LOG.key,
            witness.signer.key,
        ]
        assert verify_signatures(note, [witness.signer.key])[0].at == AT
        assert parse_checkpoint(parse_note(witness.read_record().seal.encode()).text).size == size


@pytest.mark.parametrize(
    ("growth_", "error", "said"),
    [
        (asked(0, 5), OlderSeal, "已有 8 条"),
        (asked(0, 8, FORKED), ContradictorySeal, "互相矛盾"),
        (asked(8, 13, FORKED), ProofFails, "证明不成立"),
        (asked(5, 13), ProofMissing, "--from 8"),
        (ConsistencyProof(0, (), sealed(13)), ProofMissing, "--from 8"),
        (ConsistencyProof(8, (), sealed(13)), ProofFails, "--from 8"),
        (ConsistencyProof(8, (bytes(32),), sealed(13)), ProofFails, "--from 8"),
        (asked(8, 13, by=signer(NAME, 9)), NoTrustedSignature, "没有一个可信密钥"),
        (
            ConsistencyProof(8, asked(8, 13).proof, Note(sealed(13).text, sealed(12).signatures)),
            ForgedSignature,
            "是假的",
        ),
        (asked(8, 13, by=signer("other.cn/kaohe"), name="other.cn/kaohe"), OtherLedger, "other.cn/kaohe"),
        (ConsistencyProof(8, (), sign_handover(LOG, signer(NAME, 9), 8)), BadNote, "三行"),
    ],
)
def test_what_does_not_continue_the_last_seal_is_not_signed_nor_remembered(
    witness: Witness, growth_: ConsistencyProof, error: type[Exception], said: str
) -> None:
    before = witness.read_record()
    with pytest.raises(error) as caught:
        witness.cosign(growth_, AT)
    assert said in caught.value.render("zh")
    assert re.search(r"[a-z]", caught.value.render("en"))
    assert witness.read_record() == before


@settings(deadline=None, max_examples=60)
@given(steps=st.lists(st.tuples(st.integers(1, 20), st.booleans()), min_size=1, max_size=6))
def test_whatever_is_asked_no_two_signed_seals_contradict_each_other(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, bool]]
) -> None:
    """The office may lie as it likes: all that is signed is one growing ledger."""
    made = Witness.begin(tmp_path_factory.mktemp("w") / "w", "w", LOG.key)
    signed: list[Checkpoint] = []
    last = 0
    for size, forked in steps:
        leaves = FORKED if forked else LEAVES
        try:
            note = made.cosign(asked(min(last, size), size, leaves), AT)
        except (OlderSeal, ContradictorySeal, ProofFails, ProofMissing):
            continue
        signed.append(parse_checkpoint(note.text))
        last = size
    assert [one.size for one in signed] == sorted(one.size for one in signed)
    ledgers = [{one.root == mth(leaves[: one.size]) for one in signed} for leaves in (LEAVES, FORKED)]
    assert {True} in ledgers


def test_a_seal_that_was_seen_stays_seen_when_the_signature_is_never_given(
    witness: Witness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was seen is on the disk before anything is signed."""
    continued = asked(8, 13)
    monkeypatch.setattr(Signer, "sign", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        witness.cosign(continued, AT)
    assert parse_checkpoint(parse_note(witness.read_record().seal.encode()).text).size == 13


def test_nothing_is_signed_that_could_not_be_remembered(witness: Witness, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_file: int) -> None:
        raise OSError(28, "No space left on device")

    continued, signed = asked(8, 13), list[object]()
    monkeypatch.setattr("os.fsync", full)
    monkeypatch.setattr(Signer, "sign", lambda *given_: signed.append(given_))
    with pytest.raises(UnusableLastSeal) as caught:
        witness.cosign(continued, AT)
    assert "No space left" in caught.value.render("en")
    assert signed == []
    assert parse_checkpoint(parse_note(witness.read_record().seal.encode()).text).size == 8


def test_a_witness_follows_a_key_that_was_handed_on_and_remembers_what_was_seen(witness: Witness) -> None:
    new = signer(NAME, 9)
    assert witness.follow(sign_handover(LOG, new, 8)) == new.key
    with pytest.raises(NoTrustedSignature):
        witness.cosign(asked(8, 13), AT)
    with pytest.raises(SealBeforeTerm):
        witness.cosign(asked(0, 5, by=new), AT)
    witness.cosign(asked(8, 13, by=new), AT)


def test_a_witness_does_not_follow_a_handover_that_ends_the_old_key_before_a_seal_it_saw(witness: Witness) -> None:
    before = witness.read_record()
    with pytest.raises(HandoverTooEarly) as caught:
        witness.follow(sign_handover(LOG, signer(NAME, 9), 7))
    assert "8 条" in caught.value.render("zh")
    assert "saw its seal of 8" in caught.value.render("en")
    assert witness.read_record() == before


def test_a_witness_signs_no_seal_by_the_new_key_of_what_was_the_old_keys_to_seal(witness: Witness) -> None:
    new = signer(NAME, 9)
    witness.follow(sign_handover(LOG, new, 13))
    for size in (10, 13):
        with pytest.raises(SealBeforeTerm) as caught:
            witness.cosign(asked(8, size, by=new), AT)
        assert "13" in caught.value.render("en")
    witness.cosign(asked(8, 14, by=new), AT)


def test_a_handover_names_both_keys_and_another_pair_cannot_pass_it_for_theirs() -> None:
    old, new = signer(NAME, 4), signer(NAME, 9)
    note = sign_handover(old, new, 8)
    assert note.text == f"{NAME}\nkey {old.key}\nsuccessor {new.key}\nafter 8\n"
    for other in (LOG, signer(NAME, 5)):
        signed_too = note.with_signatures(other.sign(note.text))
        with pytest.raises(BadNote):
            parse_handover(signed_too, other.key)


def test_the_first_seal_is_asked_for_from_nothing_and_with_an_empty_proof(tmp_path: Path) -> None:
    """ "The witness MUST check that the old size matches … (or zero if it never cosigned)"; "MUST be empty if … zero"."""
    fresh = Witness.begin(tmp_path / "fresh", "audit.college.edu.cn/w", LOG.key)
    with pytest.raises(ProofMissing) as caught:
        fresh.cosign(asked(3, 8), AT)
    assert "--from 0" in caught.value.render("zh")
    with pytest.raises(ProofFails):
        fresh.cosign(ConsistencyProof(0, asked(3, 8).proof, sealed(8)), AT)
    fresh.cosign(asked(0, 8), AT)
    fresh.cosign(ConsistencyProof(0, (), sealed(8)), AT)


def test_a_seal_with_extension_lines_is_witnessed_by_its_first_three(witness: Witness) -> None:
    text = f"{sealed(13).text}some extension\n"
    note = witness.cosign(ConsistencyProof(8, asked(8, 13).proof, Note(text, (LOG.sign(text),))), AT)
    assert note.text == text
    assert parse_checkpoint(note.text) == parse_checkpoint(sealed(13).text)


def test_a_witness_of_ml_dsa_signs_and_is_believed_like_any_other(tmp_path: Path) -> None:
    made = Witness.begin(tmp_path / "quantum", "audit.college.edu.cn/q", LOG.key, SUBTREE)
    again = Witness(tmp_path / "quantum")
    assert again.signer.key == made.signer.key
    note = parse_note(str(again.cosign(asked(0, 8), AT)).encode())
    assert verify_signatures(note, [made.signer.key]) == [ValidSignature(made.signer.key, int(AT.timestamp()))]


def test_a_witness_does_not_follow_a_handover_its_key_did_not_sign(witness: Witness) -> None:
    before = witness.read_record()
    for note in (sign_handover(signer(NAME, 9), signer(NAME, 7), 8), sealed(13)):
        with pytest.raises((NoTrustedSignature, BadNote)):
            witness.follow(note)
    assert witness.read_record() == before


def test_a_witness_is_begun_once_and_in_a_folder_of_its_own(tmp_path: Path, witness: Witness) -> None:
    with pytest.raises(BadKey):
        Witness.begin(tmp_path / "w", "audit.college.edu.cn/w", LOG.key)
    with pytest.raises(NoWitnessFolder) as caught:
        Witness(tmp_path)
    assert "kaohe audit witness init" in caught.value.render("zh")
    assert (tmp_path / "w").stat().st_mode & 0o077 == 0
    assert witness.signer.key.type == TIMED


# What is remembered


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"log": 1}', b'{"log": "x", "more": 1}', b"\xff"])
def test_a_record_that_cannot_be_read_is_told_and_not_taken_for_none(witness: Witness, content: bytes) -> None:
    witness.last_seal.path.write_bytes(content)
    with pytest.raises(UnusableLastSeal) as caught:
        witness.cosign(asked(8, 13), AT)
    assert RECORD_FILE in caught.value.render("zh")


def test_what_is_remembered_is_replaced_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = LastSealFile(tmp_path / "seen")
    assert memory.read() is None
    memory.write(LastSeal("k", "one"))
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            memory.write(LastSeal("k", "two"))
    assert memory.read() == LastSeal("k", "one")
    memory.write(LastSeal("k", "two"))
    assert memory.read() == LastSeal("k", "two")


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    memory = LastSealFile(tmp_path / "none" / "seen")
    with pytest.raises(UnusableLastSeal):
        memory.write(LastSeal("k"))
    with pytest.raises(UnusableLastSeal), memory.lock():
        pass


# Proofs on paper


@given(size=st.integers(1, 20), data=st.data())
def test_a_growth_is_read_as_it_was_written_and_holds_the_rfcs_proof(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(0, size))
    made = asked(old, size)
    assert parse_consistency_proof(str(made).encode()) == made
    assert list(made.proof) == (subproof(old, LEAVES[:size], True) if 0 < old < size else [])


@given(size=st.integers(1, 20), data=st.data())
def test_a_place_is_read_as_it_was_written_and_holds_for_its_entry_alone(size: int, data: st.DataObject) -> None:
    number = data.draw(st.integers(1, size))
    made = make_inclusion_proof(number, sealed(size), lambda after: LEAVES[after:])
    assert parse_inclusion_proof(str(made).encode()) == made
    assert list(made.proof) == path(number - 1, LEAVES[:size])
    assert [at for at, body in enumerate(LEAVES, 1) if made.holds(body)] == [number]
    root = parse_checkpoint(made.seal.text).root
    assert rfc_includes(root, size, number - 1, merkle.leaf(LEAVES[number - 1]), list(made.proof))


def test_a_bare_seal_is_a_growth_from_nothing() -> None:
    assert parse_consistency_proof(str(sealed(8)).encode()) == ConsistencyProof(0, (), sealed(8))


def test_a_proof_has_the_public_forms() -> None:
    """c2sp.org/tlog-witness and c2sp.org/tlog-proof."""
    assert str(asked(8, 13)).splitlines()[0] == "old 8"
    lines = str(make_inclusion_proof(3, sealed(8), lambda after: LEAVES[after:])).splitlines()
    assert lines[:2] == ["c2sp.org/tlog-proof@v1", "index 2"]
    assert lines[5:9] == ["", NAME, "8", sealed(8).text.splitlines()[2]]
    with_extra = str(make_inclusion_proof(3, sealed(8), lambda after: LEAVES[after:])).replace(
        "index", "extra AAAA\nindex"
    )
    assert parse_inclusion_proof(with_extra.encode()) == make_inclusion_proof(
        3, sealed(8), lambda after: LEAVES[after:]
    )


GROWTH, PLACE = str(asked(8, 13)), str(make_inclusion_proof(3, sealed(8), lambda after: LEAVES[after:]))


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (parse_consistency_proof, GROWTH.replace("old 8", "old 08")),
        (parse_consistency_proof, GROWTH.replace("old 8", "old -8")),
        (parse_consistency_proof, GROWTH.replace("old 8", "old ")),
        (
            parse_consistency_proof,
            GROWTH.replace("old 8\n", "old 8\n" + "A" * 43 + "=\n" * 1 + ("A" * 43 + "=\n") * 63),
        ),
        (parse_consistency_proof, GROWTH.replace("old 8\n", "old 8\nAAAA\n")),
        (parse_consistency_proof, "old 8\n"),
        (parse_consistency_proof, "old 8\n\nnonsense\n"),
        (parse_consistency_proof, ""),
        (parse_inclusion_proof, GROWTH),
        (parse_inclusion_proof, PLACE.replace("index 2", "index two")),
        (parse_inclusion_proof, PLACE.replace("@v1", "@v2")),
        (parse_inclusion_proof, PLACE.replace("index 2\n", "")),
        (parse_inclusion_proof, ""),
    ],
)
def test_what_is_no_proof_is_refused(read: Callable[[bytes], ConsistencyProof | InclusionProof], text: str) -> None:
    with pytest.raises(BadNote):
        read(text.encode())


# What a seal says


def test_the_empty_ledgers_checkpoint_is_the_public_one() -> None:
    text = Checkpoint(NAME, 0, merkle.EMPTY).text
    assert text == f"{NAME}\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
    assert parse_checkpoint(text) == Checkpoint(NAME, 0, merkle.EMPTY)


@pytest.mark.parametrize(
    "text",
    [
        "", "a\n1\n", f"{sealed(3).text}\n", f"{sealed(3).text}more", sealed(3).text.replace("\n3\n", "\n03\n"),
        sealed(3).text.replace("\n3\n", "\n-3\n"), sealed(3).text.replace("\n3\n", "\n３\n"),
        sealed(3).text.replace("\n3\n", "\n" + "9" * 19 + "\n"), f"\n3\n{sealed(3).text.splitlines()[2]}\n",
        "a\n1\nAAAA\n", sealed(3).text.replace("=\n", "\n"),
    ],
)  # fmt: skip
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        parse_checkpoint(text)


def test_a_fingerprint_is_the_beginning_of_the_root_in_groups_of_four() -> None:
    root = mth(LEAVES)
    said = Checkpoint(NAME, 20, root).fingerprint
    assert said.replace(" ", "") == root.hex()[:20]
    assert [len(one) for one in said.split()] == [4] * 5


def test_a_time_before_the_epoch_is_no_witnesss_to_sign() -> None:
    with pytest.raises(OverflowError):
        signer("w", 2, TIMED).sign("x\n", datetime(1970, 1, 1, tzinfo=UTC) - timedelta(seconds=1))


def test_a_keys_name_is_its_ledgers_origin() -> None:
    assert Key.parse(str(LOG.key)).name == parse_checkpoint(sealed(3).text).origin
