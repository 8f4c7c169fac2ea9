"""Bundles: what is in them, that they are there whole or not at all, and that they can be checked far from here."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any, Self

import pytest

from audit.bundle import check, export, verify
from audit.bundle import dossier as dossiers
from audit.bundle.bundle import BundleNotWritten, BundleReader, write_bundle
from audit.bundle.dossier import DossierNotSealed
from audit.bundle.export import NothingToExport
from audit.reader import DatabaseReader, SealTables
from audit.replay import replay
from storage.database.database import Database
from tests.audit.bundles import act_as, bodies, codes, content, flipped, pack
from tests.audit.copies import YEAR, Copy
from tests.audit.test_sealed import OURS, SIZES, THEIRS, having, key, row, seal, vouch


@pytest.fixture(scope="session")
def sealed(ledger: Copy) -> Copy:
    """The ledger under four seals, the last over all of it."""
    vouched = vouch(ledger)
    return having(vouched, seals=[*vouched.vouching.seals, row(ledger, len(ledger.rows))])


@pytest.fixture(scope="session")
def bundle(sealed: Copy, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bundles") / "ledger.zip"
    export.export_ledger(sealed, YEAR, path)
    return path


@pytest.fixture(scope="session")
def stream(sealed: Copy) -> str:
    """The assessment with the most entries."""
    names = [one[1] for one in sealed.rows if one[1].startswith("assessment/")]
    return max(set(names), key=lambda name: (names.count(name), name))


@pytest.fixture(scope="session")
def dossier(sealed: Copy, stream: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bundles") / "dossier.zip"
    dossiers.export_dossier(sealed, stream, path, OURS)
    return path


def test_a_bundle_has_the_whole_ledger_and_no_defect(bundle: Path, sealed: Copy) -> None:
    outcome = verify.check(str(bundle))
    assert (outcome.form, outcome.entries, outcome.defects) == ("ledger", len(sealed.rows), [])
    assert [body.decode() for body in bodies(content(bundle))] == [one[4] for one in sealed.rows]


def test_the_rules_are_replayed_over_a_bundle_as_over_the_ledger(bundle: Path, sealed: Copy) -> None:
    with zipfile.ZipFile(bundle) as archive:
        report = replay(BundleReader(archive))
    assert report.defects == ()
    assert report.entries == replay(sealed).entries


def test_the_program_in_a_bundle_checks_it_with_nothing_but_python(bundle: Path, dossier: Path, tmp_path: Path) -> None:
    program = tmp_path / "verify.py"
    for path in (bundle, dossier):
        program.write_bytes(content(path)["verify.py"])
        for language, sound in (("zh", "无缺陷"), ("en", "no defect")):
            command = [sys.executable, "-I", "-S", str(program), str(path), "--lang", language]
            done = subprocess.run(command, env={}, capture_output=True, text=True, encoding="utf-8", check=False)
            assert (done.returncode, done.stderr) == (0, "")
            assert sound in done.stdout


def test_the_same_ledger_makes_the_same_bundle(sealed: Copy, bundle: Path, tmp_path: Path) -> None:
    export.export_ledger(sealed, YEAR, tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == bundle.read_bytes()


def test_a_ledger_not_sealed_to_its_end_says_so(ledger: Copy, tmp_path: Path) -> None:
    done = export.export_ledger(vouch(ledger), YEAR, tmp_path / "b.zip")
    assert SIZES[-1] == done.sealed < done.last == done.entries
    outcome = verify.check(str(tmp_path / "b.zip"))
    assert outcome.defects == []
    assert any(f"第 {SIZES[-1] + 1} 至 {done.last} 号记录尚未封存" in zh for zh, _ in outcome.remarks)
    assert any("are not sealed" in en for _, en in outcome.remarks)


def test_a_bundle_ends_with_the_seal_after_the_last_entry_of_its_year(ledger: Copy, tmp_path: Path) -> None:
    """So that it is sealed to its end, and nothing more is in it than the seal asks for."""
    own = [one[0] for one in ledger.rows if one[1].startswith(("year/2026", "assessment/2026/"))]
    after = max(own)
    vouched = having(vouch(ledger), seals=[row(ledger, 10), row(ledger, after), row(ledger, len(ledger.rows))])
    done = export.export_ledger(vouched, YEAR, tmp_path / "b.zip")
    assert (done.entries, done.last, done.sealed) == (after, after, after)
    assert codes(tmp_path / "b.zip") == []


def test_what_cannot_be_put_into_a_bundle_is_said_and_found(sealed: Copy, tmp_path: Path) -> None:
    """A rulebook that is gone; a seal that is no note is in it as it lies there."""
    seals = [*sealed.vouching.seals, (len(sealed.rows) - 1, "", "", "no note\n", sealed.vouching.seals[0][4])]
    done = export.export_ledger(having(sealed.changed(stored_rulebooks={}), seals=seals), YEAR, tmp_path / "b.zip")
    (pin,) = done.missing
    found = verify.check(str(tmp_path / "b.zip")).defects
    assert [one.code for one in found] == ["seal", "rulebook"]
    assert pin in found[1].en


@pytest.mark.parametrize("deed", ["missing", "swapped"])
def test_a_rulebook_that_is_missing_or_swapped_is_a_defect_of_the_first_entry_under_it(
    bundle: Path, sealed: Copy, tmp_path: Path, deed: str
) -> None:
    files = content(bundle)
    (name,) = (one for one in files if one.startswith("rulebooks/"))
    if deed == "missing":
        del files[name]
    else:
        files[name] += b"\n"
    pin = name.removeprefix("rulebooks/").removesuffix(".toml")
    first = next(one["number"] for one in sealed.bodies() if one["rulebook"] == pin)
    path = pack(files, tmp_path / "b.zip")
    assert [(one.number, one.code) for one in verify.check(str(path)).defects] == [(first, "rulebook")]
    found = [one.code for one in check.check_bundle(path).defects if one.number is not None]
    assert found == ["rulebook"], "the replay finds the same, and it is said once"


@pytest.mark.parametrize("form", [[], {}, 1, None, ["ledger"], "other"])
def test_a_bundle_that_says_it_is_of_no_known_form_is_answered_with_a_defect(
    bundle: Path, tmp_path: Path, form: object
) -> None:
    about = verify.canonical({"form": form, "format": 1}) + b"\n"
    path = pack({**content(bundle), verify.ABOUT: about}, tmp_path / "b.zip")
    assert "about" in codes(path)


def test_a_year_that_is_not_there_makes_no_file(ledger: Copy, tmp_path: Path) -> None:
    with pytest.raises(NothingToExport) as caught:
        export.export_ledger(ledger, 2031, tmp_path / "b.zip")
    assert "2031" in caught.value.render("zh")
    assert list(tmp_path.iterdir()) == []


def test_a_dossier_proves_each_entry_it_holds(dossier: Path, sealed: Copy, stream: str) -> None:
    outcome = verify.check(str(dossier))
    assert (outcome.form, outcome.defects) == ("dossier", [])
    held = [json.loads(body) for body in bodies(content(dossier))]
    streams = {one["stream"] for one in held}
    assert {stream, f"year/{YEAR}"} <= streams
    assert all(name == stream or name.startswith(("year/", "case/", "roster")) for name in streams)
    assert outcome.entries == len(held) < len(sealed.rows)
    assert [one["number"] for one in held if one["stream"] == stream] == [
        one[0] for one in sealed.rows if one[1] == stream
    ]


def test_a_dossier_of_what_no_seal_covers_is_not_made(ledger: Copy, stream: str, tmp_path: Path) -> None:
    for vouching in (SealTables(), vouch(ledger).vouching):
        with pytest.raises(DossierNotSealed) as caught:
            dossiers.export_dossier(ledger.changed(vouching=vouching), stream, tmp_path / "d.zip", OURS)
        assert "kaohe audit seal" in caught.value.render("zh")
    with pytest.raises(NothingToExport):
        dossiers.export_dossier(ledger, "assessment/2026/nobody", tmp_path / "d.zip", OURS)
    assert list(tmp_path.iterdir()) == []


def test_an_entry_changed_in_a_dossier_does_not_fit_its_proof(dossier: Path, tmp_path: Path) -> None:
    files = content(dossier)
    changed = bodies(files)
    changed[3] = changed[3].replace(b'"role":"', b'"role":"x')
    path = pack({**files, verify.ENTRIES: b"\n".join(changed) + b"\n"}, tmp_path / "d.zip")
    assert {"sealed", "list"} <= {*codes(path)} <= {"sealed", "list", "link"}


def test_an_entry_left_out_of_a_dossier_is_missed(dossier: Path, tmp_path: Path) -> None:
    files = content(dossier)
    for left_out in (2, -1):
        kept = bodies(files)
        del kept[left_out]
        path = pack({**files, verify.ENTRIES: b"\n".join(kept) + b"\n"}, tmp_path / "d.zip")
        assert "list" in codes(path)


def test_both_databases_make_the_same_bundle_of_the_same_ledger(ledger_url: str, bundle: Path, tmp_path: Path) -> None:
    with Database.open(ledger_url, read_only=True) as database:
        done = export.export_ledger(DatabaseReader(database), YEAR, tmp_path / "b.zip")
    assert bodies(content(tmp_path / "b.zip")) == bodies(content(bundle))[: done.entries]
    assert codes(tmp_path / "b.zip") == []


def test_the_page_of_a_bundle_asks_nothing_of_the_network_and_speaks_both_languages(bundle: Path) -> None:
    page = content(bundle)["index.html"].decode()
    assert "http:" not in page
    assert "https:" not in page
    assert "<script" not in page
    assert "考核结果" in page
    assert "Results" in page
    assert page.count('lang="zh-CN"') == page.count('lang="en"') + 1, "the page itself is Chinese"


def test_what_a_page_tells_is_never_markup(sealed: Copy, tmp_path: Path) -> None:
    def rename(entry: dict[str, Any]) -> None:
        entry["payload"]["title"] = "<script>alert(1)</script>"

    number = next(one[0] for one in sealed.rows if one[3] == "UnitRegistered")
    export.export_ledger(sealed.forged(number, rename), YEAR, tmp_path / "b.zip")
    page = content(tmp_path / "b.zip")["index.html"].decode()
    assert "<script" not in page
    assert "&lt;script&gt;" in page


# Whole or not at all


class Failing:
    """A file whose `turn`th call of a kind that reaches the disk fails."""

    def __init__(self, file: Any, turn: list[int], fail: Any) -> None:
        self._file, self._turn, self._fail = file, turn, fail

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, raw: bytes) -> int:
        self._turn[0] -= 1
        if self._turn[0] == 0:
            self._fail(self._file, raw)
        return int(self._file.write(raw))


def full(file: Any, raw: bytes) -> None:
    raise OSError(28, "No space left on device")


def killed(file: Any, raw: bytes) -> None:
    file.write(raw[: len(raw) // 2])
    file.flush()
    os.kill(os.getpid(), signal.SIGKILL)


def small(path: Path) -> None:
    """A bundle of a few files, written in few writes."""
    with write_bundle(path) as files:
        for name in ("about.json", "keys.json", "entries.jsonl"):
            files.put(name, b"[]\n")


def failing_at(turn: int, fail: Any, patch: pytest.MonkeyPatch) -> None:
    left, open_ = [turn], os.fdopen
    patch.setattr(os, "fdopen", lambda opened, *how: Failing(open_(opened, *how), left, fail))


def was_written(path: Path, turn: int) -> bool:
    """Whether a bundle could be written on a disk that is full at the `turn`th write."""
    with pytest.MonkeyPatch.context() as patch:
        failing_at(turn, full, patch)
        try:
            small(path)
        except BundleNotWritten:
            return False
    return True


def is_whole(path: Path) -> bool:
    archive = verify.StrictZip(str(path))
    try:
        return archive.is_undamaged()
    finally:
        archive.close()


def test_a_disk_that_is_full_at_any_write_leaves_what_was_there(bundle: Path, tmp_path: Path) -> None:
    path = tmp_path / "b.zip"
    path.write_bytes(b"what was there")
    turn, done = 0, False
    while not done:
        turn += 1
        done = was_written(path, turn)
        assert [one.name for one in tmp_path.iterdir()] == ["b.zip"]
        assert done or path.read_bytes() == b"what was there"
    assert turn > 10
    assert is_whole(path)


def test_a_process_killed_at_any_write_leaves_no_bundle_that_is_not_whole(tmp_path: Path) -> None:
    path, turn, done = tmp_path / "b.zip", 0, False
    while not done:
        turn += 1
        child = os.fork()
        if child == 0:
            failing_at(turn, killed, pytest.MonkeyPatch())
            try:
                small(path)
            finally:
                os._exit(0)
        done = os.waitpid(child, 0)[1] == 0
        assert path.exists() == done
    assert turn > 10
    assert is_whole(path)


def test_a_folder_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(BundleNotWritten) as caught:
        small(tmp_path / "nowhere" / "b.zip")
    assert "nowhere" in caught.value.render("en")


# Keys and seals handed in


def test_a_seal_kept_elsewhere_is_held_against_the_bundle(bundle: Path, sealed: Copy) -> None:
    assert codes(bundle, verify.parse_seal(str(seal(sealed, 64)).encode())) == []
    assert "sealed" in codes(bundle, verify.parse_seal(str(seal(sealed.forged(5, act_as_somebody_else), 64)).encode()))


def test_a_key_handed_over_in_person_is_the_one_that_must_have_signed(bundle: Path, sealed: Copy) -> None:
    ours = verify.parse_key(sealed.vouching.keys[0][0])
    assert codes(bundle, trusted=(ours,)) == []
    assert "unsigned" in codes(bundle, trusted=(verify.parse_key(key(THEIRS)[0]),))


def act_as_somebody_else(entry: dict[str, Any]) -> None:
    act_as(entry, "somebody-else")


@pytest.mark.parametrize("name", ["nowhere.zip", "text.zip"])
def test_what_is_no_bundle_is_said_to_be_none(name: str, tmp_path: Path) -> None:
    (tmp_path / "text.zip").write_text("not a zip")
    with pytest.raises(verify.Unusable) as caught:
        verify.check(str(tmp_path / name))
    assert name in caught.value.zh
    assert name in caught.value.en


def test_rubbish_in_every_file_of_a_bundle_is_found_and_no_crash(bundle: Path, tmp_path: Path) -> None:
    files = content(bundle)
    seals = sorted(name for name in files if name.startswith("seals/"))
    for name in files:
        for rubbish in (b"", b"\xff\xfe", b"[[[[", b"null\n", b'{"format":1}'):
            found = codes(pack({**files, name: rubbish}, tmp_path / "b.zip"))
            assert bool(found) == (name not in ("index.html", "verify.py")), (name, rubbish)
        left = {other: held for other, held in files.items() if other != name}
        # A seal may be left out, but not the one with which the bundle ends.
        assert bool(codes(pack(left, tmp_path / "b.zip"))) == (name not in seals[:-1]), name


def test_one_bit_that_differs_is_seen(bundle: Path, tmp_path: Path) -> None:
    raw = bundle.read_bytes()
    path = tmp_path / "b.zip"
    path.write_bytes(flipped(raw, len(raw) * 4))
    assert "archive" in codes(path)
