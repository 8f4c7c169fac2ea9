"""What somebody who owns the database may do to the ledger and to what vouches for it, and that it is found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from audit import high_water, sealing
from audit.high_water import CutOff, OtherEnd
from audit.memory import Remembered
from audit.reader import DatabaseReader
from audit.replay import replay
from audit.sealed import KnownEntry
from audit.sealing import Sealer
from console import seals as doctor
from storage.database import Database
from storage.ledger import Ledger
from storage.verifications import begin
from tests.audit.test_sealing import NAME, NOW, cut, sealed, write


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "seal.key"
    sealing.begin(path, NAME)
    return path


@pytest.fixture
def ledger(database: Database, key: Path) -> Iterator[Ledger]:
    """Five sealed entries and three more, which a tick has seen."""
    made = Ledger(database)
    write(made, 5)
    Sealer(database, key).seal(NOW)
    write(made, 3)
    high_water.rise(database, key)
    yield made
    made.close()


def seen(key: Path) -> Remembered:
    known = high_water.memory_of(key).recall()
    assert known is not None
    return known


def codes(database: Database, *known: KnownEntry) -> list[str]:
    found = replay(DatabaseReader(database), quick=True, expected=known).defects
    return [one.code for one in found if one.code in ("known_beyond", "known_other", "trace")]


def test_an_unsealed_end_that_was_cut_off_is_found_by_tick_doctor_and_replay(
    ledger: Ledger, database: Database, key: Path
) -> None:
    known = doctor.remembered(key)
    assert codes(database, *(one for one in known if isinstance(one, KnownEntry))) == []
    cut(database, 6)
    with pytest.raises(CutOff) as caught:
        high_water.rise(database, key)
    assert "entries 1–6 of 8" in caught.value.say("en")
    assert isinstance(high_water.missing(database, key), CutOff)
    assert codes(database, *(one for one in known if isinstance(one, KnownEntry))) == ["known_beyond"]
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
    assert high_water.missing(database, key) is None


def test_sealed_entries_are_never_given_up(ledger: Ledger, database: Database, key: Path) -> None:
    cut(database, 3)
    with pytest.raises(sealing.OldCopy):
        Sealer(database, key).seal(NOW, end_lost=True)


def test_an_end_cut_off_and_written_again_is_found(ledger: Ledger, database: Database, key: Path) -> None:
    known = [one for one in doctor.remembered(key) if isinstance(one, KnownEntry)]
    cut(database, 6)
    write(ledger, 4, kind="Approved")
    assert isinstance(high_water.missing(database, key), OtherEnd)
    with pytest.raises(OtherEnd):
        high_water.rise(database, key)
    assert codes(database, *known) == ["known_other"]


def test_the_mark_is_written_only_where_the_ledger_grew(ledger: Ledger, database: Database, key: Path) -> None:
    path = high_water.memory_of(key).path
    before = path.stat().st_mtime_ns
    high_water.rise(database, key)
    assert path.stat().st_mtime_ns == before
    write(ledger)
    high_water.rise(database, key)
    assert (seen(key).entry, seen(key).digest) == (9, ledger.head().digest)


def test_the_next_key_remembers_the_end_the_last_one_saw(
    ledger: Ledger, database: Database, key: Path, tmp_path: Path
) -> None:
    Sealer(database, key).hand_on(tmp_path / "next.key", NOW)
    assert seen(tmp_path / "next.key").entry == 8


def test_a_table_that_names_an_entry_beyond_the_end_shows_that_the_end_was_cut_off(
    ledger: Ledger, database: Database
) -> None:
    begin(database, "auditor-1", NOW, "", 8)
    assert codes(database) == []
    cut(database, 7)
    assert codes(database) == ["trace"]
