"""Sealing, on both databases: what is signed and kept, when it is owed, and every reason not to sign."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import text

import audit
from audit.reader import DatabaseReader
from audit.replay import replay
from audit.seals import high_water, sealing
from audit.seals.checkpoints import parse_checkpoint
from audit.seals.keys import BadKey, Key, verify_signatures
from audit.seals.last_seal import LastSeal, LastSealFile, UnusableLastSeal
from audit.seals.notes import parse_note
from audit.seals.sealing import LedgerShorterThanSeal, NotTheLedgersKey, SealedPartRewritten, Sealer
from storage import seals
from storage.backup import copying
from storage.database.database import Database
from storage.errors import LedgerBroken
from storage.ledger import chain
from storage.ledger.chain import GENESIS
from storage.ledger.ledger import Ledger
from tests.audit.test_merkle import mth

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
ZONE = "Asia/Shanghai"
NAME = "college.example/kaohe"


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """A new key's file."""
    path = tmp_path / "seal.key"
    sealing.create_key(path, NAME)
    return path


@pytest.fixture
def ledger(database: Database) -> Iterator[Ledger]:
    made = Ledger(database)
    yield made
    made.close()


@pytest.fixture
def sealer(ledger: Ledger, key: Path) -> Sealer:
    """The sealer of a ledger of five entries."""
    write(ledger, 5)
    return Sealer(ledger.database, key)


def write(ledger: Ledger, count: int = 1, kind: str = "MeetingHeld") -> None:
    """Append entries; what they mean is not asked here."""
    for _ in range(count):
        at = ledger.head().number + 1
        with ledger.transaction() as transaction:
            transaction.append(
                stream="case/c-1", version=at, kind=kind, payload=chain.encode_canonical({"at": at}), actor="a", role="office",
                home=None, happened_at=None, now=NOW, rulebook="", command=f"c{at}",
            )  # fmt: skip


def bodies(database: Database) -> list[bytes]:
    return [row[4].encode() for row in DatabaseReader(database).entries()]


def sealed(database: Database) -> list[int]:
    return [row.number for row in seals.seals_after(database)]


def tamper(database: Database, *statements: str) -> None:
    """With the guards out of the way, as an owner of the database could."""
    with database.writing() as connection:
        for table in ("entry", "seal", "seal_key", "rulebook"):
            if database.dialect == "postgresql":
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
            else:
                for deed in ("update", "delete", "replace"):
                    connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_{deed}"))
        for statement in statements:
            connection.exec_driver_sql(statement)


def cut(database: Database, number: int) -> None:
    """Cut the ledger off after an entry, the head set back, as an old copy has it."""
    rows = list(DatabaseReader(database).entries())
    link = rows[number - 1][5] if number else GENESIS
    tamper(
        database,
        f"DELETE FROM entry WHERE number > {number}",
        f"DELETE FROM seal WHERE number > {number}",
        f"UPDATE head SET number = {number}, digest = '{link}'",
    )


def rewrite(database: Database, number: int) -> None:
    """Change one entry, its digest made to agree."""
    body = bodies(database)[number - 1].decode().replace('"at":', '"at":9')
    digest = sha256(body.encode()).hexdigest()
    tamper(database, f"UPDATE entry SET body = '{body}', digest = '{digest}' WHERE number = {number}")


def test_a_seal_says_how_many_entries_there_are_and_their_root_and_is_signed(
    sealer: Sealer, database: Database
) -> None:
    row = sealer.seal(NOW)
    assert row is not None
    note = parse_note(row.note.encode())
    said = parse_checkpoint(note.text)
    assert (said.origin, said.size, said.root) == (NAME, 5, mth(bodies(database)))
    (kept,) = seals.keys(database)
    assert (kept.role, kept.since, kept.made_at) == (seals.LOG, 0, NOW)
    assert [one.key for one in verify_signatures(note, [Key.parse(kept.key)])] == [Key.parse(kept.key)]
    assert seals.last_seal(database) == row


def test_later_seals_read_the_new_entries_only_and_have_the_roots_of_the_whole(
    sealer: Sealer, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    entries = DatabaseReader.entries
    monkeypatch.setattr(DatabaseReader, "entries", lambda self, after=0: (read.append(after), entries(self, after))[1])
    for size in (5, 6, 8, 15, 16, 17):
        write(ledger, size - ledger.head().number)
        row = sealer.seal(NOW)
        assert row is not None
        assert parse_checkpoint(parse_note(row.note.encode()).text).root == mth([r[4].encode() for r in ledger.rows()])
    assert read == [0, 5, 6, 8, 15, 16]


def test_nothing_new_is_not_sealed_again(sealer: Sealer, database: Database) -> None:
    assert sealer.seal(NOW)
    assert sealer.seal(NOW) is None
    assert sealed(database) == [5]


def test_an_empty_ledger_is_not_sealed(ledger: Ledger, key: Path) -> None:
    assert Sealer(ledger.database, key).seal(NOW) is None
    assert not Sealer(ledger.database, key).is_due(NOW, ZONE)


# When a seal is owed


def test_the_first_seal_is_owed_at_once_and_then_one_a_day_where_anything_was_added(
    sealer: Sealer, ledger: Ledger
) -> None:
    assert sealer.is_due(NOW, ZONE)
    sealer.seal(NOW)
    assert not sealer.is_due(NOW + timedelta(days=3), ZONE)
    write(ledger)
    assert not sealer.is_due(NOW, ZONE)
    midnight = datetime(2026, 12, 1, 16, tzinfo=UTC)
    assert not sealer.is_due(midnight - timedelta(seconds=1), ZONE)
    assert sealer.is_due(midnight, ZONE)


@pytest.mark.parametrize("kind", ["Approved", "Circulated", "YearClosed"])
def test_an_approval_and_a_circulation_are_sealed_at_once(sealer: Sealer, ledger: Ledger, kind: str) -> None:
    sealer.seal(NOW)
    write(ledger, kind=kind)
    assert sealer.is_due(NOW, ZONE)
    sealer.seal(NOW)
    assert not sealer.is_due(NOW, ZONE)


def test_whether_one_is_owed_is_told_without_the_key(sealer: Sealer, key: Path) -> None:
    key.unlink()
    assert sealer.is_due(NOW, ZONE)
    with pytest.raises(BadKey):
        sealer.seal(NOW)


# What is not signed


def test_an_old_copy_put_back_is_noticed_before_and_after_new_entries(
    sealer: Sealer, ledger: Ledger, database: Database
) -> None:
    sealer.seal(NOW)
    write(ledger, 3)
    sealer.seal(NOW)
    cut(database, 5)
    assert sealer.is_due(NOW, ZONE)
    with pytest.raises(LedgerShorterThanSeal) as caught:
        sealer.seal(NOW)
    assert (caught.value.details["sealed"], caught.value.details["size"]) == (8, 5)
    write(ledger, 3, kind="Approved")
    with pytest.raises(SealedPartRewritten):
        sealer.seal(NOW)
    assert sealed(database) == [5]


def test_a_whole_old_copy_with_its_seals_is_noticed(sealer: Sealer, ledger: Ledger, key: Path, tmp_path: Path) -> None:
    sealer.seal(NOW)
    with copying.copy_database(ledger.database, tmp_path / "old.db") as old:
        write(ledger)
        sealer.seal(NOW)
        with pytest.raises(LedgerShorterThanSeal):
            Sealer(old, key).seal(NOW)


def test_a_ledger_written_anew_is_not_sealed(sealer: Sealer, ledger: Ledger, database: Database) -> None:
    """Also where the seals kept with it were made to agree: the file beside the key does not."""
    sealer.seal(NOW)
    write(ledger)
    rewrite(database, 2)
    tamper(database, "DELETE FROM seal")
    with pytest.raises(SealedPartRewritten) as caught:
        sealer.seal(NOW)
    assert "5" in caught.value.render("zh")
    assert sealed(database) == []


def test_a_ledger_cut_below_a_seal_is_not_sealed_even_if_the_memory_is_lost(
    sealer: Sealer, key: Path, database: Database
) -> None:
    sealer.seal(NOW)
    high_water.last_seal_file(key).path.unlink()
    tamper(database, "DELETE FROM entry WHERE number > 3", "UPDATE head SET number = 3")
    with pytest.raises(LedgerShorterThanSeal):
        sealer.seal(NOW)


def test_a_seal_kept_that_does_not_hold_stops_the_sealing_even_if_the_memory_is_lost(
    sealer: Sealer, key: Path, ledger: Ledger, database: Database
) -> None:
    sealer.seal(NOW)
    high_water.last_seal_file(key).path.unlink()
    rewrite(database, 1)
    write(ledger)
    with pytest.raises(SealedPartRewritten):
        sealer.seal(NOW)


def test_without_its_memory_a_sound_ledger_is_read_whole_and_sealed_on(
    sealer: Sealer, key: Path, ledger: Ledger, database: Database
) -> None:
    sealer.seal(NOW)
    high_water.last_seal_file(key).path.unlink()
    write(ledger)
    assert sealer.seal(NOW)
    assert sealed(database) == [5, 6]


@pytest.mark.parametrize("edge", ["", "AAAA", "A" * 43 + "="])
def test_a_spoiled_edge_costs_a_reading_and_no_seal(
    sealer: Sealer, ledger: Ledger, database: Database, edge: str
) -> None:
    sealer.seal(NOW)
    tamper(database, f"UPDATE seal SET edge = '{edge}'")
    write(ledger)
    row = sealer.seal(NOW)
    assert row is not None
    assert parse_checkpoint(parse_note(row.note.encode()).text).root == mth(bodies(database))


@pytest.mark.parametrize(
    "damage", ["DELETE FROM entry WHERE number = 2", "UPDATE entry SET digest = 'x' WHERE number = 2"]
)
def test_a_ledger_that_does_not_add_up_is_not_sealed(sealer: Sealer, database: Database, damage: str) -> None:
    tamper(database, damage)
    with pytest.raises(LedgerBroken) as caught:
        sealer.seal(NOW)
    assert caught.value.details["number"] == 2


@pytest.mark.parametrize("sealed_before", [True, False])
def test_a_ledger_shorter_than_its_head_says_is_not_sealed(
    sealer: Sealer, ledger: Ledger, database: Database, *, sealed_before: bool
) -> None:
    if sealed_before:
        sealer.seal(NOW)
    write(ledger)
    tamper(database, "DELETE FROM seal", "DELETE FROM entry WHERE number > 3")
    with pytest.raises(LedgerBroken) as caught:
        sealer.seal(NOW)
    assert caught.value.details["number"] == 4
    assert sealed(database) == []


def test_another_key_seals_nothing(sealer: Sealer, ledger: Ledger, database: Database, tmp_path: Path) -> None:
    sealer.seal(NOW)
    write(ledger)
    sealing.create_key(tmp_path / "other.key", NAME)
    with pytest.raises(NotTheLedgersKey) as caught:
        Sealer(database, tmp_path / "other.key").seal(NOW)
    assert seals.keys(database)[0].key in caught.value.render("en")
    assert sealed(database) == [5]


def test_a_memory_that_cannot_be_read_keeps_the_key_from_signing(sealer: Sealer, database: Database, key: Path) -> None:
    high_water.last_seal_file(key).path.write_text("{")
    for asked in (lambda: sealer.seal(NOW), lambda: sealer.is_due(NOW, ZONE)):
        with pytest.raises(UnusableLastSeal):
            asked()
    assert sealed(database) == []


def test_a_memory_that_cannot_be_written_keeps_the_seal_from_the_database(
    sealer: Sealer, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_self: LastSealFile, _what: LastSeal) -> None:
        raise UnusableLastSeal(path="x", why="No space left on device")

    monkeypatch.setattr(LastSealFile, "write", full)
    with pytest.raises(UnusableLastSeal):
        sealer.seal(NOW)
    assert sealed(database) == []


# Crashes and races


def test_a_crash_between_signature_and_storing_is_made_good_by_the_next_sealing(
    sealer: Sealer, ledger: Ledger, database: Database, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The seal that was signed is the one that is kept; nothing else is ever signed for as many entries."""

    def dies(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(seals, "add", dies)
        with pytest.raises(KeyboardInterrupt):
            sealer.seal(NOW)
    signed = high_water.last_seal_file(key).read()
    assert signed is not None
    assert sealed(database) == []
    write(ledger)
    assert sealer.is_due(NOW, ZONE)
    sealer.seal(NOW)
    assert sealed(database) == [5, 6]
    assert seals.seals_after(database)[0].note == signed.seal


def test_a_crash_before_anything_was_signed_leaves_nothing(
    sealer: Sealer, database: Database, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", lambda _file: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            sealer.seal(NOW)
    seen = high_water.last_seal_file(key).read()
    assert seen is not None
    assert seen.seal == ""
    assert sealer.seal(NOW)
    assert sealed(database) == [5]


def test_a_process_killed_between_signature_and_storing_holds_nobody_up(
    sealer: Sealer, url: str, key: Path, database: Database
) -> None:
    killed = SEAL.replace(
        "with Database", "from storage import seals\nseals.add = lambda *_: os.kill(os.getpid(), 9)\nwith Database"
    )
    house = Path(audit.__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", killed, url, str(key)], cwd=house, check=False, timeout=60)
    assert done.returncode == -9
    signed = high_water.last_seal_file(key).read()
    assert signed is not None
    assert signed.seal
    assert sealed(database) == []
    assert sealer.seal(NOW) is None
    assert [row.note for row in seals.seals_after(database)] == [signed.seal]


def test_sealers_at_once_make_one_seal(sealer: Sealer, key: Path, database: Database) -> None:
    made: list[Any] = []
    threads = [Thread(target=lambda: made.append(Sealer(database, key).seal(NOW))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([one for one in made if one]) == 1
    assert (len(made), sealed(database)) == (4, [5])


SEAL = """
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from audit.seals.sealing import Sealer
from storage.database.database import Database
with Database.open(sys.argv[1]) as database:
    made = Sealer(database, Path(sys.argv[2])).seal(datetime(2026, 12, 1, 8, tzinfo=UTC))
    print(made.number if made else 0)
"""


def test_processes_at_once_make_one_seal(sealer: Sealer, url: str, key: Path, database: Database) -> None:
    house = Path(audit.__file__).parents[1]
    running = [
        subprocess.Popen([sys.executable, "-c", SEAL, url, str(key)], cwd=house, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    said = sorted(process.communicate(timeout=60)[0].strip() for process in running)
    assert said == ["0", "0", "5"]
    assert sealed(database) == [5]


# Handing on to the next key


def test_after_a_rotation_the_new_key_goes_on_and_the_old_one_seals_no_more(
    sealer: Sealer, ledger: Ledger, database: Database, tmp_path: Path
) -> None:
    sealer.seal(NOW)
    note = sealer.rotate(tmp_path / "next.key", NOW)
    write(ledger)
    with pytest.raises(NotTheLedgersKey):
        sealer.seal(NOW)
    later = Sealer(database, tmp_path / "next.key")
    row = later.seal(NOW)
    assert row is not None
    old, new = seals.keys(database)
    assert (new.since, new.note) == (5, str(note))
    assert [
        str(one.key) for one in verify_signatures(parse_note(row.note.encode()), map(Key.parse, (old.key, new.key)))
    ] == [new.key]


def test_a_rotation_seals_for_the_last_time_so_that_no_entry_lies_between_two_keys(
    sealer: Sealer, ledger: Ledger, key: Path, database: Database, tmp_path: Path
) -> None:
    """Also where the file beside the old key was lost: none of its seals may become the new one's."""
    sealer.seal(NOW)
    write(ledger, 2)
    high_water.last_seal_file(key).path.unlink()
    sealer.rotate(tmp_path / "next.key", NOW)
    assert sealed(database) == [5, 7]
    assert seals.keys(database)[1].since == 7
    found = replay(DatabaseReader(database), quick=True)
    assert [defect.code for defect in found.defects if "seal" in defect.code] == []
    assert found.coverage.sealed == 7


def test_the_next_key_remembers_what_the_last_one_sealed(sealer: Sealer, database: Database, tmp_path: Path) -> None:
    sealer.seal(NOW)
    sealer.rotate(tmp_path / "next.key", NOW)
    cut(database, 3)
    with pytest.raises(LedgerShorterThanSeal):
        Sealer(database, tmp_path / "next.key").seal(NOW)


def test_a_key_is_not_handed_on_over_a_file_that_is_there(sealer: Sealer, database: Database, key: Path) -> None:
    with pytest.raises(BadKey):
        sealer.rotate(key, NOW)
    assert len(seals.keys(database)) == 1


def test_a_key_that_is_not_the_ledgers_hands_nothing_on(sealer: Sealer, database: Database, tmp_path: Path) -> None:
    sealer.seal(NOW)
    sealing.create_key(tmp_path / "other.key", NAME)
    with pytest.raises(NotTheLedgersKey):
        Sealer(database, tmp_path / "other.key").rotate(tmp_path / "next.key", NOW)
    assert not (tmp_path / "next.key").exists()
