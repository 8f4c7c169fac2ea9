"""What comes back from a witness, and proofs out of a database, on both."""

from __future__ import annotations

from pathlib import Path

import pytest

from audit.seals import cosigning, proving
from audit.seals.checkpoints import parse_checkpoint
from audit.seals.cosigning import NoMatchingSeal
from audit.seals.keys import BadKey, ForgedSignature, Key, NoTrustedSignature
from audit.seals.merkle import extends
from audit.seals.notes import Note, Signature, parse_note
from audit.seals.proving import NothingSealed, NotSealedYet
from audit.seals.sealing import Sealer
from audit.seals.witness import Witness
from storage import seals
from storage.database.database import Database
from storage.ledger.ledger import Ledger
from tests.audit.test_merkle import mth
from tests.audit.test_sealing import NOW, bodies, key, ledger, sealer, tamper, write

__all__ = ["key", "ledger", "sealer"]


@pytest.fixture
def witness(sealer: Sealer, database: Database, tmp_path: Path) -> Witness:
    """A witness the ledger of two seals knows."""
    sealer.seal(NOW)
    log = Key.parse(seals.keys(database)[0].key)
    made = Witness.begin(tmp_path / "w", "audit.example/w", log)
    cosigning.trust_witness(database, str(made.signer.key), NOW)
    return made


def lines(database: Database) -> list[tuple[int, str]]:
    return [(one.number, one.line) for one in seals.cosignatures(database)]


def test_a_line_is_kept_once_whether_it_comes_alone_or_under_its_seal(witness: Witness, database: Database) -> None:
    note = witness.cosign(proving.prove_consistency(database, 0), NOW)
    line = str(note.signatures[-1])
    for raw in (line, str(note), f"{line}\n  ", line):
        number, (signed,) = cosigning.accept_cosignature(database, raw.encode())
        assert (number, signed.key, signed.at) == (5, witness.signer.key, NOW)
    assert lines(database) == [(5, line)]
    (row,) = seals.seals_after(database)
    assert proving.cosigned_note(database, row) == note
    assert proving.last_witnessed_size(database) == 5


def test_a_line_alone_finds_the_seal_it_is_under(witness: Witness, ledger: Ledger, sealer: Sealer) -> None:
    note = witness.cosign(proving.prove_consistency(ledger.database, 0), NOW)
    write(ledger)
    sealer.seal(NOW)
    assert cosigning.accept_cosignature(ledger.database, str(note.signatures[-1]).encode())[0] == 5


def test_a_line_nobody_known_made_is_not_kept(witness: Witness, database: Database, tmp_path: Path) -> None:
    stranger = Witness.begin(tmp_path / "s", "stranger.example/w", Key.parse(seals.keys(database)[0].key))
    note = stranger.cosign(proving.prove_consistency(database, 0), NOW)
    with pytest.raises(NoTrustedSignature):
        cosigning.accept_cosignature(database, str(note).encode())
    with pytest.raises(NoMatchingSeal):
        cosigning.accept_cosignature(database, str(note.signatures[-1]).encode())
    assert lines(database) == []


def test_a_line_that_is_forged_is_not_kept_nor_one_beside_a_genuine_one(witness: Witness, database: Database) -> None:
    note = witness.cosign(proving.prove_consistency(database, 0), NOW)
    genuine = note.signatures[-1]
    forged = Signature(genuine.name, genuine.id, bytes(72))
    with pytest.raises(ForgedSignature):
        cosigning.accept_cosignature(database, str(Note(note.text, (forged,))).encode())
    cosigning.accept_cosignature(database, str(Note(note.text, (genuine, forged))).encode())
    assert lines(database) == [(5, str(genuine))]


def test_a_line_under_another_ledgers_seal_is_not_kept(witness: Witness, database: Database) -> None:
    text = parse_note(seals.seals_after(database)[0].note.encode()).text.replace("\n5\n", "\n4\n")
    note = Note(text, (witness.signer.sign(text, NOW),))
    for raw in (str(note), str(note.signatures[0])):
        with pytest.raises(NoMatchingSeal) as caught:
            cosigning.accept_cosignature(database, raw.encode())
    assert "没有收下" in caught.value.render("zh")


def test_a_witness_is_taken_on_once_and_the_ledgers_key_is_none(witness: Witness, database: Database) -> None:
    cosigning.trust_witness(database, f" {witness.signer.key}\n", NOW)
    assert [row.role for row in seals.keys(database)] == ["log", "witness"]
    with pytest.raises(BadKey):
        cosigning.trust_witness(database, seals.keys(database)[0].key, NOW)


# Proofs


def test_there_is_no_proof_before_the_first_seal(ledger: Ledger) -> None:
    for ask in (proving.prove_consistency, proving.prove_inclusion):
        with pytest.raises(NothingSealed):
            ask(ledger.database, 1)


@pytest.mark.parametrize("number", [0, 6, -1])
def test_there_is_no_proof_beyond_the_newest_seal(witness: Witness, database: Database, number: int) -> None:
    with pytest.raises(NotSealedYet):
        proving.prove_inclusion(database, number)
    if number:
        with pytest.raises(NotSealedYet):
            proving.prove_consistency(database, number)


def test_the_growth_is_proved_from_wherever_a_witness_stood_and_every_entry_has_its_place(
    sealer: Sealer, ledger: Ledger
) -> None:
    """Also from where no seal was made, and while the ledger goes on."""
    sealer.seal(NOW)
    write(ledger, 8)
    sealer.seal(NOW)
    write(ledger)
    every = bodies(ledger.database)[:13]
    for old in range(1, 14):
        made = proving.prove_consistency(ledger.database, old)
        said = parse_checkpoint(made.seal.text)
        assert (said.size, said.root) == (13, mth(every))
        assert extends(mth(every[:old]), old, said.root, 13, made.proof)
        assert proving.prove_inclusion(ledger.database, old).holds(every[old - 1])


def test_a_spoiled_edge_makes_a_proof_slower_and_not_wrong(witness: Witness, ledger: Ledger, sealer: Sealer) -> None:
    witness.cosign(proving.prove_consistency(ledger.database, 0), NOW)
    write(ledger, 3)
    sealer.seal(NOW)
    tamper(ledger.database, "UPDATE seal SET edge = 'x' WHERE number = 5")
    witness.cosign(proving.prove_consistency(ledger.database, 5), NOW)
