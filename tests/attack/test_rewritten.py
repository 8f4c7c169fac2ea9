"""What somebody who owns the database may do to the ledger and to what vouches for it, and that it is found."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from audit.bundle import export, verify
from audit.bundle.bundle import canonical_json, write_bundle
from audit.reader import DatabaseReader
from audit.replay import replay
from audit.seals import cosigning, high_water, keyfiles, proving, sealing
from audit.seals.checkpoints import Checkpoint
from audit.seals.high_water import CutOff, OtherEnd
from audit.seals.last_seal import LastSeal
from audit.seals.merkle import Tree
from audit.seals.notes import Note, encode_base64, parse_note
from audit.seals.seal_checks import EvidenceEntry
from audit.seals.sealing import Sealer
from audit.seals.witness import Witness
from config.clock import VirtualClock
from config.rulebooks import default_edition
from console.seal_files import evidence_beside
from scheduler.sealing import record_new_seals
from scheduler.wiring import engine_over
from states.custody.seals import STREAM, SealMade, Seals
from storage import seals
from storage.database.database import Database
from storage.ledger.facts import fact_of
from storage.ledger.ledger import Ledger
from storage.replay_jobs import begin
from storage.tables.seals import SealRow
from tests.audit.bundles import codes as codes_of
from tests.audit.bundles import content, pack
from tests.audit.test_sealing import NAME, NOW, cut, sealed, write
from workflow.engine import Engine


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "seal.key"
    sealing.create_key(path, NAME)
    return path


@pytest.fixture
def ledger(database: Database, key: Path) -> Iterator[Ledger]:
    """Five sealed entries and three more, which a tick has seen."""
    made = Ledger(database)
    write(made, 5)
    Sealer(database, key).seal(NOW)
    write(made, 3)
    high_water.advance_mark(database, key)
    yield made
    made.close()


def seen(key: Path) -> LastSeal:
    known = high_water.last_seal_file(key).read()
    assert known is not None
    return known


def codes(database: Database, *known: EvidenceEntry) -> list[str]:
    found = replay(DatabaseReader(database), quick=True, evidence=known).defects
    return [one.code for one in found if one.code in ("known_beyond", "known_other", "trace")]


def test_an_unsealed_end_that_was_cut_off_is_found_by_tick_doctor_and_replay(
    ledger: Ledger, database: Database, key: Path
) -> None:
    known = evidence_beside(key)
    assert codes(database, *(one for one in known if isinstance(one, EvidenceEntry))) == []
    cut(database, 6)
    with pytest.raises(CutOff) as caught:
        high_water.advance_mark(database, key)
    assert "entries 1–6 of 8" in caught.value.render("en")
    assert isinstance(high_water.find_loss(database, key), CutOff)
    assert codes(database, *(one for one in known if isinstance(one, EvidenceEntry))) == ["known_beyond"]
    assert seen(key).entry == 8


def test_an_unsealed_end_that_was_cut_off_is_not_sealed_unless_it_is_said_to_be_lost(
    ledger: Ledger, database: Database, key: Path
) -> None:
    cut(database, 6)
    with pytest.raises(CutOff):
        Sealer(database, key).seal(NOW)
    assert sealed(database) == [5]
    Sealer(database, key).seal(NOW, end_lost=True)
    assert sealed(database) == [5, 6]
    assert high_water.find_loss(database, key) is None


def test_sealed_entries_are_never_given_up(ledger: Ledger, database: Database, key: Path) -> None:
    cut(database, 3)
    with pytest.raises(sealing.LedgerShorterThanSeal):
        Sealer(database, key).seal(NOW, end_lost=True)


def test_an_end_cut_off_and_written_again_is_found(ledger: Ledger, database: Database, key: Path) -> None:
    known = [one for one in evidence_beside(key) if isinstance(one, EvidenceEntry)]
    cut(database, 6)
    write(ledger, 4, kind="Approved")
    assert isinstance(high_water.find_loss(database, key), OtherEnd)
    with pytest.raises(OtherEnd):
        high_water.advance_mark(database, key)
    assert codes(database, *known) == ["known_other"]


def test_the_mark_is_written_only_where_the_ledger_grew(ledger: Ledger, database: Database, key: Path) -> None:
    path = high_water.last_seal_file(key).path
    before = path.stat().st_mtime_ns
    high_water.advance_mark(database, key)
    assert path.stat().st_mtime_ns == before
    write(ledger)
    high_water.advance_mark(database, key)
    assert (seen(key).entry, seen(key).digest) == (9, ledger.head().digest)


def test_the_next_key_remembers_the_end_the_last_one_saw(
    ledger: Ledger, database: Database, key: Path, tmp_path: Path
) -> None:
    Sealer(database, key).rotate(tmp_path / "next.key", NOW)
    assert seen(tmp_path / "next.key").entry == 8


def test_a_table_that_names_an_entry_beyond_the_end_shows_that_the_end_was_cut_off(
    ledger: Ledger, database: Database
) -> None:
    begin(database, "auditor-1", NOW, "", 8)
    assert codes(database) == []
    cut(database, 7)
    assert codes(database) == ["trace"]


# Seals and cosignatures, each of which the ledger has an entry of


@pytest.fixture
def recorded(database: Database, key: Path, tmp_path: Path) -> Iterator[Engine]:
    """Three seals, the middle one cosigned, and their entries."""
    engine = engine_over(database, VirtualClock(NOW), default_edition())
    sealer, witness = Sealer(database, key), Witness.begin(tmp_path / "w", "audit.example/w", keyfiles.read(key).key)
    cosigning.trust_witness(database, str(witness.signer.key), NOW)
    for turn in range(3):
        write(engine.ledger)
        assert sealer.seal(NOW + timedelta(days=turn)) is not None
        record_new_seals(engine)
        if turn == 1:
            asked = proving.prove_consistency(database, 0)
            cosigning.accept_cosignature(database, str(witness.cosign(asked, NOW)).encode())
            record_new_seals(engine)
    yield engine
    engine.ledger.close()


def found(database: Database) -> list[str]:
    return [one.code for one in replay(DatabaseReader(database)).defects if "seal" in one.code or "cosig" in one.code]


def doctored(database: Database, *statements: str) -> None:
    with database.writing() as connection:
        for table in ("seal", "cosignature"):
            if database.dialect == "postgresql":
                connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            else:
                for deed in ("update", "delete", "replace"):
                    connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {table}_no_{deed}")
        for statement in statements:
            connection.exec_driver_sql(statement)


def test_every_seal_and_cosignature_has_an_entry_and_each_seal_names_the_one_before(
    recorded: Engine, database: Database
) -> None:
    state = recorded.state(STREAM)
    assert isinstance(state, Seals)
    assert (state.count, state.version, len(state.cosigned)) == (3, 4, 1)
    record_new_seals(recorded)
    assert recorded.state(STREAM).version == 4
    assert found(database) == []
    facts = [fact_of(entry) for entry in recorded.ledger.stream(STREAM)]
    notes = [row.note for row in seals.seals_after(database)]
    made = [one for one in facts if isinstance(one, SealMade)]
    assert [one.note for one in made] == [sha256(note.encode()).hexdigest() for note in notes]
    assert [one.previous for one in made] == [None, made[0].note, made[1].note]


DEEDS = {
    "a seal deleted": (["DELETE FROM seal WHERE number = {1}", "DELETE FROM cosignature"], ["seal_gone", "cosignature_gone"]),
    "the newest seal deleted": (["DELETE FROM seal WHERE number = {2}"], ["seal_gone"]),
    "a seal re-dated": (["UPDATE seal SET made_at = '2026-11-30T00:00:00.000000Z' WHERE number = {0}"], ["seal_redated"]),
    "a cosignature deleted": (["DELETE FROM cosignature"], ["cosignature_gone"]),
    "all seals deleted": (["DELETE FROM seal", "DELETE FROM cosignature"], ["seal_gone", "seal_gone", "cosignature_gone", "seal_gone"]),
}  # fmt: skip


@pytest.mark.parametrize("deed", DEEDS)
def test_a_seal_or_cosignature_that_is_deleted_or_dated_otherwise_is_found(
    recorded: Engine, database: Database, deed: str
) -> None:
    statements, wanted = DEEDS[deed]
    numbers = sealed(database)
    doctored(database, *(one.format(*numbers) for one in statements))
    assert found(database) == wanted


def test_a_cosignature_by_the_witness_of_another_time_is_found(
    recorded: Engine, database: Database, tmp_path: Path
) -> None:
    """Genuine, and not the line that came back."""
    text = parse_note(seals.seals_after(database)[1].note.encode()).text
    later = str(Witness(tmp_path / "w").signer.sign(text, NOW + timedelta(days=9)))
    doctored(database, f"UPDATE cosignature SET line = '{later}'")
    assert found(database) == ["cosignature_gone"]


def test_a_seal_put_in_between_two_is_found(recorded: Engine, database: Database, key: Path) -> None:
    """Signed by the ledger's own key, which somebody had hold of for a moment."""
    first = seals.seals_after(database)[0].number + 1
    tree = Tree()
    for row in list(DatabaseReader(database).entries())[:first]:
        tree.add(row[4].encode())
    signer = keyfiles.read(key)
    text = Checkpoint(signer.key.name, first, tree.root()).text
    root, edge = encode_base64(tree.root()), encode_base64(b"".join(tree.edge))
    note = str(Note(text, (signer.sign(text),)))
    seals.add(database, SealRow(number=first, root=root, edge=edge, note=note, made_at=NOW))
    assert found(database) == ["seal_planted"]


def test_the_entries_of_seals_owe_no_seal(recorded: Engine, database: Database, key: Path) -> None:
    sealer, later = Sealer(database, key), NOW + timedelta(days=30)
    assert not sealer.is_due(later, "Asia/Shanghai")
    assert sealer.seal(later) is None
    write(recorded.ledger)
    assert sealer.is_due(later, "Asia/Shanghai")


def test_a_bundle_without_a_recorded_seal_or_line_is_not_sound(
    recorded: Engine, database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "b.zip"
    with write_bundle(path) as files:
        reader = DatabaseReader(database)
        rows = list(reader.entries())
        files.put(verify.ENTRIES, b"".join(row[4].encode() + b"\n" for row in rows))
        export.write_evidence(files, reader, reader.seals(), export.bundled_seals(reader.seals()), set())
        files.put(verify.DOCUMENTS, b"[]\n")
        last = {"number": len(rows), "digest": rows[-1][5]}
        files.put(verify.ABOUT, canonical_json({"form": "ledger", "format": 1, "last": last}))
    assert not {"cosignature_gone", "seal_gone"} & {*codes_of(path)}
    whole = content(path)
    name = sorted(one for one in whole if one.startswith("seals/"))[1]
    bare = {**whole, name: b"\n".join(whole[name].split(b"\n")[:5]) + b"\n"}
    assert "cosignature_gone" in codes_of(pack(bare, tmp_path / "c.zip"))
    gone = {one: held for one, held in whole.items() if one != name}
    assert {"seal_gone", "cosignature_gone"} <= {*codes_of(pack(gone, tmp_path / "d.zip"))}
