"""What somebody may do to a ledger who has the file, or the database: each found, and called by its name.

Twelve ways, twenty times each, every time elsewhere; a thousand single bits of a bundle and two hundred of a database. What
cannot be found is said too: a tail that nobody had sealed can be cut off unseen, and is reported as unsealed.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.bundle import export, verify
from audit.reader import DatabaseReader
from audit.replay import replay
from storage.database.database import Database
from tests.audit.bundles import Content, act_as, bodies, codes, content, flipped, pack, rechained, with_bodies
from tests.audit.copies import YEAR, Copy, live
from tests.audit.test_sealed import OURS, THEIRS, having, key, row, seal, vouch

TIMES = 20
NUMBERS = range(TIMES)


class Reports:
    """The bytes of the reports that were handed in, as the sample's units would have them."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}

    def put(self, said: bytes) -> dict[str, Any]:
        digest = sha256(said).hexdigest()
        self.held[digest] = said
        return {"media_type": "application/pdf", "sha256": digest, "size": len(said)}

    def is_whole(self, digest: str) -> bool:
        return digest in self.held

    def parts(self, digest: str) -> Iterator[bytes]:
        yield self.held[digest]


def documented(ledger: Copy, path: Path) -> Path:
    """A bundle with documents: the ledger with real reports in it, under four seals, the last over all of it."""
    reports, entries = Reports(), [json.loads(row[4]) for row in ledger.rows]
    for entry in entries:
        if entry["kind"] == "SelfReportSubmitted":
            entry["payload"]["report"] = reports.put(b"%%PDF-1.7 the report of %s" % entry["stream"].encode())
    written = rechained(entries)
    rows = [(*old[:4], body.decode(), sha256(body).hexdigest()) for old, body in zip(ledger.rows, written, strict=True)]
    changed = ledger.changed(rows=rows, end=None)
    vouched = vouch(changed)
    whole = having(vouched, seals=[*vouched.vouching.seals, row(changed, len(rows))])
    assert export.export_ledger(whole, YEAR, path, documents=reports).documents == len(reports.held) > 3
    return path


@pytest.fixture(scope="session")
def bundle(ledger: Copy, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return documented(ledger, tmp_path_factory.mktemp("tampering") / "ledger.zip")


@pytest.fixture(scope="session")
def files(bundle: Path) -> Content:
    return content(bundle)


# One bit


def test_each_of_a_thousand_bits_of_a_bundle_is_found_when_it_is_flipped(bundle: Path, tmp_path: Path) -> None:
    raw, chosen = bundle.read_bytes(), Random(1)
    path = tmp_path / "b.zip"
    for turn in range(1000):
        path.write_bytes(flipped(raw, chosen.randrange(len(raw) * 8)))
        assert not _is_whole(path), turn


def test_a_bit_of_what_lies_in_a_bundle_is_found_even_where_the_mark_was_made_to_agree(
    files: Content, tmp_path: Path
) -> None:
    """Entries, rulebooks, the end. A witness's line can be taken away unseen by those who could leave it out."""
    chosen = Random(2)
    names = [name for name in files if name in (verify.ENTRIES, verify.ABOUT) or name.startswith("rulebooks/")]
    for turn in range(100):
        name = chosen.choice(names)
        changed = {**files, name: flipped(files[name], chosen.randrange(len(files[name]) * 8))}
        assert codes(pack(changed, tmp_path / "b.zip")), (turn, name)


def _is_whole(path: Path) -> bool:
    try:
        archive = verify.StrictZip(str(path))
    except verify.Unusable:
        return False
    try:
        return archive.is_undamaged()
    finally:
        archive.close()


COLUMNS = ("number", "stream", "version", "kind", "body", "digest")


def test_each_of_two_hundred_bits_of_a_database_is_found_when_it_is_flipped(tmp_path: Path) -> None:
    path, chosen = str(tmp_path / "kaohe.db"), Random(3)
    Database.create(path).close()
    live(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            raw.execute(f"DROP TRIGGER {name}")
        last = raw.execute("SELECT max(number) FROM entry").fetchone()[0]
        for turn in range(200):
            number, column = chosen.randint(1, last), chosen.choice(COLUMNS)
            (before,) = raw.execute(f"SELECT {column} FROM entry WHERE number = ?", (number,)).fetchone()
            after = _flipped_value(before, chosen)
            raw.execute("PRAGMA foreign_keys = OFF")
            where = after if column == "number" else number
            try:
                raw.execute(f"UPDATE entry SET {column} = ? WHERE number = ?", (after, number))
            except sqlite3.IntegrityError:
                continue  # the table itself refuses it: another entry has that number, or that version
            with Database.open(path, read_only=True) as database:
                report = replay(DatabaseReader(database), quick=True)
            assert not report.ok, (turn, number, column)
            raw.execute(f"UPDATE entry SET {column} = ? WHERE number = ?", (before, where))
    with Database.open(path, read_only=True) as database:
        assert replay(DatabaseReader(database)).ok


def _flipped_value(value: Any, chosen: Random) -> Any:
    if isinstance(value, int):
        return value ^ 1 << chosen.randrange(12)
    raw = value.encode()
    return flipped(raw, chosen.randrange(len(raw) * 8)).decode(errors="replace")


# Twelve ways


def delete(files: Content, turn: Random) -> Content:
    kept = bodies(files)
    del kept[turn.randrange(len(kept) - 1)]
    return with_bodies(files, kept)


def insert(files: Content, turn: Random) -> Content:
    kept = bodies(files)
    at = turn.randrange(1, len(kept))
    planted = json.loads(kept[at])
    planted["command"] = "planted"
    body = json.dumps(planted, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return with_bodies(files, [*kept[:at], body, *kept[at:]])


def swap(files: Content, turn: Random) -> Content:
    kept = bodies(files)
    one, other = turn.sample(range(len(kept)), 2)
    kept[one], kept[other] = kept[other], kept[one]
    return with_bodies(files, kept)


def duplicate(files: Content, turn: Random) -> Content:
    kept = bodies(files)
    at = turn.randrange(len(kept))
    return with_bodies(files, [*kept[: at + 1], kept[at], *kept[at + 1 :]])


def rewrite(files: Content, turn: Random) -> Content:
    """An entry changed, and every number, link and digest after it made to agree."""
    return with_bodies(files, _other_history(bodies(files), turn))


def _other_history(kept: list[bytes], turn: Random) -> list[bytes]:
    entries = [json.loads(body) for body in kept]
    entries[turn.randrange(len(entries))]["actor"] = f"somebody-{turn.randrange(1000)}"
    return rechained(entries)


def truncate(files: Content, turn: Random) -> Content:
    """The end cut off, seals left as they are."""
    kept = bodies(files)
    return with_bodies(files, kept[: turn.randrange(1, len(kept))])


def swap_document(files: Content, turn: Random) -> Content:
    """Another report in the place of one, as long as it was."""
    name = turn.choice([one for one in files if one.startswith("documents/")])
    return {**files, name: b"%06d" % turn.randrange(10**6) + files[name][6:]}


def lose_document(files: Content, turn: Random) -> Content:
    gone = turn.choice([one for one in files if one.startswith("documents/")] or [""])
    return {name: held for name, held in files.items() if name != gone}


def edit_rulebook(files: Content, turn: Random) -> Content:
    name = next(one for one in files if one.startswith("rulebooks/"))
    return {**files, name: flipped(files[name], turn.randrange(len(files[name]) * 8))}


WAYS: dict[Callable[[Content, Random], Content], set[str]] = {
    delete: {"number", "link"}, insert: {"number", "link", "version"}, swap: {"number", "link"},
    duplicate: {"number", "link"}, rewrite: {"sealed"}, truncate: {"truncated"}, swap_document: {"document"},
    lose_document: {"document"},
    edit_rulebook: {"rulebook"},
}  # fmt: skip
"""What is done to a bundle by somebody who makes its mark and its end agree -> what it must be called."""


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_tampering_with_a_bundle_is_found_and_named(
    way: Callable[[Content, Random], Content], files: Content, tmp_path: Path
) -> None:
    for number in NUMBERS:
        found = set(codes(pack(way(files, Random(number)), tmp_path / "b.zip")))
        assert WAYS[way] & found, number
        assert "archive" not in found


def resigned(ledger: Copy, path: Path, **how: Any) -> Path:
    """A bundle of another ledger, sealed again by somebody else's key."""
    by = how.get("by", THEIRS)
    export.export_ledger(ledger.changed(vouching=having(vouch(ledger, by)).vouching), YEAR, path)
    return path


def forged(ledger: Copy, number: int) -> Copy:
    def change(entry: dict[str, Any]) -> None:
        act_as(entry, f"somebody-{number}")

    return ledger.forged(3 + number * 5, change)


def test_a_ledger_written_anew_and_signed_by_another_key_does_not_pass_for_ours(ledger: Copy, tmp_path: Path) -> None:
    """By those who have our key from our own hands. Without it the key in the bundle would have to be believed."""
    ours = verify.parse_key(str(OURS.key))
    for number in NUMBERS:
        path = resigned(forged(ledger, number), tmp_path / "b.zip")
        assert {"key", "unsigned"} == set(codes(path, trusted=(ours,)))


def test_a_history_forked_with_our_own_key_does_not_fit_a_seal_kept_elsewhere(ledger: Copy, tmp_path: Path) -> None:
    kept = verify.parse_seal(str(seal(ledger, 100)).encode())
    for number in range(TIMES - 1):
        path = resigned(forged(ledger, number), tmp_path / "b.zip", by=OURS)
        assert codes(path) == []
        assert set(codes(path, kept)) == {"sealed"}


def test_an_old_copy_put_back_does_not_reach_a_seal_kept_elsewhere(ledger: Copy, tmp_path: Path) -> None:
    kept = verify.parse_seal(str(seal(ledger, len(ledger.rows))).encode())
    for number in NUMBERS:
        rows = ledger.rows[: 101 + number * 5]
        old = ledger.changed(rows=rows, end=None, vouching=vouch(ledger).vouching)
        export.export_ledger(old, YEAR, tmp_path / "b.zip")
        assert codes(tmp_path / "b.zip") == []
        assert codes(tmp_path / "b.zip", kept) == ["truncated"]


def test_a_tail_nobody_sealed_can_be_cut_off_and_is_reported_as_unsealed(ledger: Copy, tmp_path: Path) -> None:
    for number in NUMBERS:
        rows = ledger.rows[: 106 + number * 5]
        export.export_ledger(
            ledger.changed(rows=rows, end=None, vouching=vouch(ledger).vouching), YEAR, tmp_path / "b.zip"
        )
        outcome = verify.check(str(tmp_path / "b.zip"))
        assert outcome.defects == []
        assert any("尚未封存" in zh for zh, _ in outcome.remarks)


def test_a_projection_edited_alone_is_found_and_named(ledger: Copy) -> None:
    for number in NUMBERS:
        projected = [(table, dict(values)) for table, values in ledger.projected]
        values = projected[number % len(projected)][1]
        values["version"] += 1 + number
        assert {one.code for one in replay(ledger.changed(projected=projected)).defects} == {"projection"}


def test_a_rulebook_edited_in_the_database_is_found_and_named(ledger: Copy) -> None:
    for number in NUMBERS:
        kept = {digest: (id_, source + f"# {number}") for digest, (id_, source) in ledger.stored_rulebooks.items()}
        found = {one.code for one in replay(ledger.changed(stored_rulebooks=kept)).defects}
        assert found == {"rulebook", "rulebook_missing"}


# Without this, the warning about a long bundle would hide what was found.
@pytest.mark.filterwarnings("ignore:Generating overly large repr")
@given(st.lists(st.tuples(st.sampled_from(list(WAYS)), st.integers(0, 999)), min_size=1, max_size=4))
@settings(max_examples=2500, deadline=None)
def test_whatever_is_done_one_after_the_other_is_found(
    files: Content, tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[Any, int]]
) -> None:
    changed = files
    for way, number in steps:
        if len(bodies(changed)) > 2:  # of less nothing can be cut off, deleted or swapped
            changed = way(changed, Random(number))
    path = tmp_path_factory.getbasetemp() / "tampered.zip"
    outcome = verify.check(str(pack(changed, path)))
    assert bool(outcome.defects) == (changed != files)


def test_a_key_that_is_nobodys_heir_signs_nothing(ledger: Copy, tmp_path: Path) -> None:
    """A second key put into the bundle that the first never named."""
    vouched = vouch(ledger)
    planted = having(vouched, keys=[*vouched.vouching.keys, key(THEIRS, 100)])
    export.export_ledger(planted, YEAR, tmp_path / "b.zip")
    assert codes(tmp_path / "b.zip") == ["key"]
