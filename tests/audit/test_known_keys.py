"""What somebody brings along, seals and keys, means the same for a ledger, a bundle and a dossier."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from audit.bundle import check, dossier, export, verify
from audit.bundle.dossier import NoSealOfThatSize
from audit.seals.keys import SUBTREE, Signer
from tests.audit.bundles import content, pack
from tests.audit.copies import YEAR, Copy
from tests.audit.test_notes import AT
from tests.audit.test_sealed import OURS, THEIRS, WITNESS, having, line, row, seal, vouch

QUANTUM = Signer("audit.college.edu.cn/q", SUBTREE, MLDSA44PrivateKey.from_seed_bytes(bytes([3]) * 32))


@pytest.fixture(scope="module")
def witnessed(ledger: Copy) -> Copy:
    """A ledger sealed to its end; two witnesses signed the last seal, one of them with ML-DSA-44."""
    kept, size = vouch(ledger), len(ledger.rows)
    note = seal(ledger, size)
    lines = [(size, line(note)), (size, str(QUANTUM.sign(note.text, AT)))]
    keys = [*kept.vouching.keys, (str(QUANTUM.key), "witness", 0, None)]
    return having(kept, seals=[*kept.vouching.seals, row(ledger, size)], cosignatures=lines, keys=keys)


@pytest.fixture(scope="module", params=["ledger", "dossier"])
def file(request: pytest.FixtureRequest, witnessed: Copy, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("known") / f"{request.param}.zip"
    if request.param == "ledger":
        export.export_ledger(witnessed, YEAR, path)
    else:
        dossier.export_dossier(witnessed, stream(witnessed), path, OURS)
    return path


def stream(ledger: Copy) -> str:
    return min(one[1] for one in ledger.rows if one[1].startswith("assessment/"))


def said(path: Path, *options: str) -> dict[str, Any]:
    outcome = check.check_bundle(path, keys=options)
    return {**outcome.as_json(), "zh": outcome.lines("zh"), "en": outcome.lines("en")}


def test_a_key_that_only_the_bundle_names_witnesses_nothing_and_is_said_to_come_from_it(file: Path) -> None:
    answer = said(file)
    assert answer["ok"]
    assert (answer["witnesses"], answer["claimed"]) == ([], ["audit.college.edu.cn/q", "audit.college.edu.cn/w"])
    assert {one["source"] for one in answer["keys"]} == {"here"}
    assert any("公钥取自包内" in one for one in answer["zh"])
    assert any("from the bundle itself, not from you" in one for one in answer["en"])


def test_a_key_that_was_handed_over_is_believed_and_said_to_be_given(file: Path, witnessed: Copy) -> None:
    answer = said(file, *(str(one.key) for one in (OURS, WITNESS, QUANTUM)))
    assert answer["ok"]
    assert (answer["witnesses"], answer["claimed"]) == (["audit.college.edu.cn/q", "audit.college.edu.cn/w"], [])
    assert {one["source"] for one in answer["keys"]} == {"given"}
    assert (answer["sealed"], answer["unsealed"]) == (len(witnessed.rows), 0)
    assert not any("公钥取自包内" in one for one in answer["zh"])


def test_the_ledgers_key_is_not_the_one_that_was_handed_over(file: Path) -> None:
    codes = {one["code"] for one in said(file, str(THEIRS.key))["defects"]}
    assert {"key", "unsigned"} <= codes


def test_the_program_in_the_bundle_says_that_it_cannot_read_ml_dsa(file: Path) -> None:
    outcome = verify.check(str(file), trusted=[verify.parse_key(str(QUANTUM.key))])
    assert (outcome.defects, outcome.unread) == ([], ["audit.college.edu.cn/q"])
    assert any("ML-DSA-44" in one for one in verify.report_lines(outcome, english=True))


def test_a_forged_cosignature_by_ml_dsa_is_found(file: Path, tmp_path: Path) -> None:
    files = content(file)
    name = max(one for one in files if one.startswith("seals/"))
    forged = str(QUANTUM.sign(seal_text(files[name]).replace("\n", "\n1", 1), AT)).encode()
    genuine = next(one for one in files[name].splitlines(keepends=True) if b"/q " in one)
    changed = {at: held.replace(genuine, forged) for at, held in files.items()}
    found = [one["code"] for one in said(pack(changed, tmp_path / "forged.zip"))["defects"]]
    assert "cosignature" in found


def seal_text(note: bytes) -> str:
    return note.decode().partition("\n\n")[0] + "\n"


def test_all_seals_gone_is_a_defect_where_the_ledgers_key_was_given(ledger: Copy, tmp_path: Path) -> None:
    bare = having(vouch(ledger), seals=[], cosignatures=[])
    path = tmp_path / "bare.zip"
    export.export_ledger(bare, YEAR, path)
    assert said(path)["ok"]
    assert [one["code"] for one in said(path, str(OURS.key))["defects"]] == ["seals_gone"]
    answer = said(path)
    assert (answer["sealed"], answer["unsealed"]) == (0, answer["entries"])


def test_a_seal_kept_elsewhere_is_held_against_a_dossier(witnessed: Copy, tmp_path: Path) -> None:
    path, size = tmp_path / "dossier.zip", len(witnessed.rows)
    dossier.export_dossier(witnessed, stream(witnessed), path, OURS)
    assert expected(path, str(seal(witnessed, size))) == []
    other = str(seal(witnessed, size)).replace(
        seal_text(str(seal(witnessed, size)).encode()).split("\n")[2], "A" * 43 + "="
    )
    assert expected(path, other) == ["forged", "sealed"]


def test_a_dossier_shows_nothing_of_another_seal_and_says_which_dossier_would(witnessed: Copy, tmp_path: Path) -> None:
    newest, under = tmp_path / "newest.zip", tmp_path / "under.zip"
    early = next(one[1] for one in witnessed.rows if one[1].startswith("assessment/"))
    dossier.export_dossier(witnessed, early, newest, OURS)
    kept = str(seal(witnessed, 100))
    assert expected(newest, kept) == ["unshown"]
    dossier.export_dossier(witnessed, early, under, OURS, under=100)
    assert expected(under, kept) == []
    assert check.check_bundle(under).ok
    with pytest.raises(NoSealOfThatSize):
        dossier.export_dossier(witnessed, early, under, OURS, under=99)


def expected(path: Path, note: str) -> list[str]:
    return [one.code for one in verify.check(str(path), [verify.parse_seal(note.encode())]).defects]
