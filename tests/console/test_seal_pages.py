"""封存: the list and one seal to keep or print; what the witness sent back is taken if it holds, and refused if not."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from audit.seals import cosigning, proving, sealing
from audit.seals.proofs import parse_consistency_proof
from audit.seals.sealing import Sealer
from audit.seals.witness import Witness
from tests.college import OPENED

from .auditors import move_deadline, words
from .web import Console, hidden


@pytest.fixture
def witness(college: Console, tmp_path: Path) -> Witness:
    """A witness of the college's ledger, which is sealed."""
    key = sealing.create_key(tmp_path / "seal.key", "college.example/kaohe").key
    made = Witness.begin(tmp_path / "witness", "audit.college.example/witness", key)
    cosigning.trust_witness(college.database, str(made.signer.key), OPENED)
    Sealer(college.database, tmp_path / "seal.key").seal(OPENED)
    return made


def test_a_seal_is_listed_shown_drawn_and_handed_out(college: Console, witness: Witness) -> None:
    sealed = college.engine.ledger.head().number
    move_deadline(college, "u-1", date(2026, 11, 28))
    client = college.sign_in("audit_admin")
    page, last = client.get("/audit/seals").text, college.engine.ledger.head().number
    assert f"第 {sealed + 1} 至 {last} 号，共 {last - sealed} 条" in page
    assert str(witness.signer.key) in page.replace("&#43;", "+")
    one = client.get(f"/audit/seals/{sealed}").text
    assert "<svg" in one
    assert "style=" not in one
    text = client.get(f"/audit/seals/{sealed}.txt")
    assert text.headers["content-disposition"] == f'attachment; filename="seal-{sealed}.txt"'
    assert parse_consistency_proof(text.content).seal.text.split("\n")[1] == str(sealed)
    assert client.get("/audit/seals/1").status_code == 409


def test_what_the_witness_signed_is_taken_from_the_office_and_shown(college: Console, witness: Witness) -> None:
    client = college.sign_in("office")
    asked = parse_consistency_proof(client.get("/audit/seals/proof.txt").content)
    line = str(witness.cosign(asked, OPENED).signatures[-1])
    answer = client.post("/audit/seals", data={**hidden(client.get("/audit/seals").text), "line": line})
    assert answer.status_code == 303, words(answer.text)
    page = words(client.get(answer.headers["location"]).text)
    assert "已收下见证签名" in page
    assert "audit.college.example/witness" in page
    assert proving.last_witnessed_size(college.database) == int(asked.seal.text.split("\n")[1])
    assert college.events("office")[0] == "cosignature_taken"
    again = client.post("/audit/seals", data={**hidden(client.get("/audit/seals").text), "line": line})
    assert again.status_code == 303


def test_what_nobody_known_signed_is_not_taken(college: Console, witness: Witness) -> None:
    client = college.sign_in("office")
    asked = parse_consistency_proof(client.get("/audit/seals/proof.txt").content)
    line = str(witness.cosign(asked, OPENED).signatures[-1])
    forged = line[:-6] + ("AAAA" if line[-6:-2] != "AAAA" else "BBBB") + line[-2:]
    for given in (forged, "nonsense", ""):
        answer = client.post("/audit/seals", data={**hidden(client.get("/audit/seals").text), "line": given})
        assert answer.status_code == 409, given
        assert 'role="alert"' in answer.text
    assert proving.last_witnessed_size(college.database) == 0
