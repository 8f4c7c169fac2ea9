"""Dossiers: complete or not made, and whatever somebody takes out, puts in or changes is found, by a person without a ledger."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from audit.bundle import check, verify
from audit.bundle import dossier as dossiers
from audit.bundle.bundle import canonical_json
from audit.bundle.dossier import DossierNotSealed, NotTheKey
from audit.bundle.export import IncompleteExport
from audit.seals.key_rotation import sign_handover
from audit.seals.notes import Note, parse_note
from storage.ledger.chain import StoredEntry
from tests.audit.bundles import Content, bodies, content, pack
from tests.audit.copies import Copy, better, score
from tests.audit.test_sealed import OURS, THEIRS, having, key, row


def resealed(ledger: Copy) -> Copy:
    """Sealed to its end by its own key, as a holder of that key can."""
    return having(ledger, seals=[row(ledger, len(ledger.rows))], keys=[key(OURS)], cosignatures=[])


@pytest.fixture(scope="module")
def sealed(ledger: Copy) -> Copy:
    return resealed(ledger)


def vetoed(sealed: Copy) -> str:
    """An assessment that a case keeps from passing."""
    scored = (body for body in sealed.bodies() if body["kind"] == "Scored")
    return next(body["stream"] for body in scored if score(body)["limits"])


@pytest.fixture(scope="module")
def dossier(sealed: Copy, tmp_path_factory: pytest.TempPathFactory) -> Content:
    path = tmp_path_factory.mktemp("dossier") / "d.zip"
    dossiers.export_dossier(sealed, vetoed(sealed), path, OURS)
    assert check.check_bundle(path).defects == ()
    return content(path)


def test_the_dossier_of_every_assessment_replays_without_a_defect(sealed: Copy, tmp_path: Path) -> None:
    streams = sorted({one[1] for one in sealed.rows if one[1].startswith("assessment/")})
    assert len(streams) > 5
    for stream in streams:
        dossiers.export_dossier(sealed, stream, tmp_path / "d.zip", OURS)
        outcome = check.check_bundle(tmp_path / "d.zip")
        assert (outcome.form, outcome.defects) == ("dossier", ()), stream


# What somebody does to it who has no key


def without(files: Content, gone: Callable[[dict[str, Any]], bool]) -> Content:
    """Entries taken out with their proofs, and the list made to say so, as far as somebody without the key can."""
    held = [body for body in bodies(files) if not gone(json.loads(body))]
    numbers = {json.loads(body)["number"] for body in held}
    kept = {name: held for name, held in files.items() if not name.startswith("proofs/") or int(name[7:17]) in numbers}
    versions = {one["stream"]: one["version"] for one in map(json.loads, held)}
    entries = b"".join(body + b"\n" for body in held)
    cut = {**kept, verify.ENTRIES: entries}
    note = parse_note(files[verify.LIST])
    lines = note.text.split("\n")
    lines[3] = f"entries {len(held)} {sha256(entries).hexdigest()}"
    said = [line for line in lines if not line.startswith("stream ")]
    said[4:4] = [f"stream {name} {versions[name]}" for name in sorted(versions)]
    return {**cut, verify.LIST: str(Note("\n".join(said), note.signatures)).encode()}


def last_of(files: Content, word: str) -> Callable[[dict[str, Any]], bool]:
    number = max(one["number"] for one in map(json.loads, bodies(files)) if one["stream"].startswith(word))
    return lambda entry: bool(entry["number"] == number)


def resigned(files: Content) -> Content:
    note = parse_note(files[verify.LIST])
    return {**files, verify.LIST: str(Note(note.text, (THEIRS.sign(note.text),))).encode()}


def proof(files: Content, at: int = 3) -> str:
    return sorted(name for name in files if name.startswith("proofs/"))[at]


def other_lines(files: Content) -> Content:
    """A line of somebody else under the seal in one proof."""
    name = proof(files)
    note = parse_note(files[name].partition(b"\n\n")[2])
    return {**files, name: files[name] + str(THEIRS.sign(note.text)).encode()}


def listed(files: Content, **other: object) -> Content:
    about = json.loads(files[verify.ABOUT])
    return {**files, verify.ABOUT: canonical_json({**about, **other})}


WAYS: dict[str, tuple[Callable[[Content], Content], str]] = {
    "the end of the assessment cut off": (lambda f: without(f, last_of(f, "assessment/")), "list"),
    "the end of the year cut off": (lambda f: without(f, last_of(f, "year/")), "list"),
    "a whole case taken out": (lambda f: without(f, lambda one: one["stream"].startswith("case/")), "list"),
    "the roster taken out": (lambda f: without(f, lambda one: one["stream"] == "roster"), "list"),
    "the list gone": (lambda f: {name: held for name, held in f.items() if name != verify.LIST}, "list"),
    "the list signed by somebody else": (resigned, "list"),
    "a stream more on the list": (lambda f: {**f, verify.LIST: f[verify.LIST].replace(b"\nstream roster", b"\nstream case/x 1\nstream roster")}, "list"),
    "a proof gone": (lambda f: {name: held for name, held in f.items() if name != proof(f)}, "sealed"),
    "the proof of another entry": (lambda f: {**f, proof(f, 3): f[proof(f, 4)]}, "sealed"),
    "a line more under the seal of a proof": (other_lines, "sealed"),
    "a proof of no entry": (lambda f: {**f, "proofs/0000999999.tlog-proof": f[proof(f)]}, "file"),
    "a second seal": (lambda f: {**f, "seals/0000000001.note": next(held for name, held in f.items() if name.startswith("seals/"))}, "unsigned"),
    "no seal": (lambda f: {name: held for name, held in f.items() if not name.startswith("seals/")}, "unsigned"),
    "a file more": (lambda f: {**f, "notes.txt": b"x"}, "file"),
    "a rulebook nobody names": (lambda f: {**f, f"rulebooks/x@{sha256(b'x').hexdigest()}.toml": b"x"}, "file"),
    "no documents.json": (lambda f: {name: held for name, held in f.items() if name != verify.DOCUMENTS}, "file"),
    "documents.json with a space": (lambda f: {**f, verify.DOCUMENTS: f[verify.DOCUMENTS].replace(b",", b", ", 1)}, "file"),
    "here, a number": (lambda f: {**f, verify.DOCUMENTS: f[verify.DOCUMENTS].replace(b'"here":false', b'"here":0', 1)}, "documents"),
    "an entry's number, true": (lambda f: {**f, verify.DOCUMENTS: f[verify.DOCUMENTS].replace(b'"entries":[', b'"entries":[true,', 1)}, "documents"),
    "the format, true": (lambda f: listed(f, format=True), "about"),
    "a field more in about.json": (lambda f: listed(f, streams={}), "about"),
    "since, true": (lambda f: {**f, verify.KEYS: f[verify.KEYS].replace(b'"since":0', b'"since":true')}, "key"),
    "a key with a field more": (lambda f: {**f, verify.KEYS: f[verify.KEYS].replace(b'"since":0', b'"since":0,"x":0')}, "key"),
    "entries without their last line end": (lambda f: {**f, verify.ENTRIES: f[verify.ENTRIES][:-1]}, "file"),
    "two entries the other way round": (lambda f: {**f, verify.ENTRIES: b"".join(one + b"\n" for one in (*bodies(f)[1::-1], *bodies(f)[2:]))}, "number"),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_a_dossier_that_somebody_cut_or_changed_is_found_out(dossier: Content, tmp_path: Path, way: str) -> None:
    change, code = WAYS[way]
    changed = change(dossier)
    assert changed != dossier
    assert code in {one.code for one in verify.check(str(pack(changed, tmp_path / "d.zip"))).defects}


def test_the_page_of_a_dossier_is_made_again_and_compared(dossier: Content, tmp_path: Path) -> None:
    page = dossier["index.html"]
    changed = {**dossier, "index.html": page.replace("一票否决".encode(), "按得分".encode(), 1)}
    assert changed != dossier
    path = pack(changed, tmp_path / "d.zip")
    assert [one.code for one in check.check_bundle(path).defects] == ["page"]


# What somebody does who has the ledger's own key: only the rules tell


def test_a_score_forged_with_the_ledgers_own_key_is_named_in_a_dossier_too(sealed: Copy, tmp_path: Path) -> None:
    number = sealed.first("Scored")
    forged = resealed(sealed.forged(number, better))
    dossiers.export_dossier(forged, sealed.rows[number - 1][1], tmp_path / "d.zip", OURS)
    assert verify.check(str(tmp_path / "d.zip")).defects == []
    assert (number, "score") in [(one.number, one.code) for one in check.check_bundle(tmp_path / "d.zip").defects]


def test_a_key_that_was_handed_on_from_signs_no_more_lists(sealed: Copy, tmp_path: Path) -> None:
    size, stream = len(sealed.rows), vetoed(sealed)
    handed = having(sealed, keys=[key(OURS), key(THEIRS, size, sign_handover(OURS, THEIRS, size))])
    with pytest.raises(NotTheKey):
        dossiers.export_dossier(handed, stream, tmp_path / "d.zip", OURS)
    dossiers.export_dossier(handed, stream, tmp_path / "d.zip", THEIRS)
    assert check.check_bundle(tmp_path / "d.zip").defects == ()
    files = content(tmp_path / "d.zip")
    text = parse_note(files[verify.LIST]).text
    old = {**files, verify.LIST: str(Note(text, (OURS.sign(text),))).encode()}
    assert [one.code for one in verify.check(str(pack(old, tmp_path / "o.zip"))).defects] == ["list"]


# Complete or not made


def test_a_dossier_is_refused_where_any_of_its_streams_goes_on_beyond_the_seal(sealed: Copy, tmp_path: Path) -> None:
    stream, last = vetoed(sealed), {one[1]: one[0] for one in sealed.rows}
    year = last["year/2026"]
    assert last[stream] != year
    cut = having(sealed, seals=[row(sealed, max(year, last[stream]) - 1)])
    with pytest.raises(DossierNotSealed) as caught:
        dossiers.export_dossier(cut, stream, tmp_path / "d.zip", OURS)
    assert "kaohe audit seal" in caught.value.render("en")
    assert list(tmp_path.iterdir()) == []


def test_a_dossier_is_refused_where_a_case_cannot_be_read_or_a_rulebook_is_gone(sealed: Copy, tmp_path: Path) -> None:
    stream = vetoed(sealed)
    broken = resealed(sealed.forged(sealed.first("CaseRecorded"), lambda body: body["payload"].update(unit=1)))
    for ledger in (broken, sealed.changed(stored_rulebooks={})):
        with pytest.raises(IncompleteExport):
            dossiers.export_dossier(ledger, stream, tmp_path / "d.zip", OURS)
    assert list(tmp_path.iterdir()) == []


def test_a_case_that_was_moved_away_from_the_unit_is_in_its_dossier(sealed: Copy, tmp_path: Path) -> None:
    """Its earlier scores rest on it."""
    stream = vetoed(sealed)
    unit = stream.split("/")[2]
    revised = _revised(sealed, unit)
    dossiers.export_dossier(revised, stream, tmp_path / "d.zip", OURS)
    streams = {json.loads(body)["stream"] for body in bodies(content(tmp_path / "d.zip"))}
    assert revised.rows[-1][1] in streams


def _revised(sealed: Copy, unit: str) -> Copy:
    """A case of this unit, said at the end to be another's."""
    first = next(one for one in sealed.bodies() if one["kind"] == "CaseRecorded" and one["payload"]["unit"] == unit)
    version = max(one[2] for one in sealed.rows if one[1] == first["stream"])
    last: StoredEntry = sealed.rows[-1]
    moved = {
        **first, "kind": "CaseRevised", "version": version + 1, "recorded_at": json.loads(last[4])["recorded_at"],
        "payload": {**first["payload"], "unit": "u-99", "unit_now": None, "reason": "更正"},
    }  # fmt: skip
    return resealed(sealed.rechained(last[0] + 1, [moved]))


def test_a_dossier_says_how_many_entries_it_leaves_out(sealed: Copy, dossier: Content, tmp_path: Path) -> None:
    path = pack(dossier, tmp_path / "d.zip")
    said = [en for _, en in verify.check(str(path)).remarks if "leaves out" in en]
    held = {json.loads(body)["number"] for body in bodies(dossier)}
    left = sum(one[1].startswith("assessment/") and one[0] not in held for one in sealed.rows)
    assert len(said) == 1
    assert f"assessment {left}" in said[0]
