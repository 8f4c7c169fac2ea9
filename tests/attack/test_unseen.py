"""What somebody might do to a database, or beside it, and hope that nobody sees."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from audit.reader import DatabaseReader
from audit.replay import replay
from audit.seals import high_water
from audit.seals.keyfiles import write
from audit.seals.keys import Signer
from audit.seals.sealing import Sealer
from console.cli.app import app
from console.web import replay_jobs as verifying
from console.web import sessions
from states.vocabulary import Actor
from storage import bilingual_column, lease, replay_jobs
from storage.backup import snapshots
from storage.database import lock_holder
from storage.database.database import Database, parse_url
from storage.ledger.ledger import Ledger
from storage.papers import drafts
from storage.post import deliveries
from storage.sign_in import accounts
from tests.attack.test_database_administrator import KEY, NOW, Owner, codes, engine_of, happened
from tests.attack.test_frozen_writer import BOUND, PATIENCE, append, holding, refusals
from tests.conftest import NewUrl
from tests.console.web import Console


@pytest.fixture
def world(dialect: str, new_url: NewUrl) -> str:
    return new_url(dialect, happened)


@pytest.fixture
def owner(world: str) -> Iterator[Owner]:
    with Database.open(world) as database:
        yield Owner(database)


def drafted(url: str) -> None:
    """Two drafts, sealed as all that is personal."""
    with Database.open(url) as database:
        database.key = KEY
        for account in ("a-1", "a-2"):
            drafts.store(database, account, "self_report", [("note", account)], NOW)


def test_what_somebody_typed_and_did_not_hand_in_is_no_defect(world: str) -> None:
    drafted(world)
    assert codes(world) == set()
    assert codes(world, key=False) == set()


def test_a_draft_written_in_the_database_is_a_defect(world: str, owner: Owner) -> None:
    drafted(world)
    owner.run("UPDATE draft SET fields = '[]' WHERE account = 'a-1'")
    assert codes(world) == {"encrypted_plain"}


MOVED = {
    "UPDATE contact SET email = (SELECT email FROM contact c WHERE c.account = 'c-2') WHERE account = 'c-1'": "encrypted_moved",
    "UPDATE draft SET fields = (SELECT fields FROM draft d WHERE d.account = 'a-2') WHERE account = 'a-1'": "encrypted_moved",
    "UPDATE contact SET email = NULL WHERE account = 'c-1'": "row_changed",
    "UPDATE contact SET email = '' WHERE account = 'c-1'": "row_changed",
}


@pytest.mark.parametrize("statement", MOVED)
def test_what_is_personal_moved_to_another_row_or_taken_away_is_a_defect(
    world: str, owner: Owner, statement: str
) -> None:
    drafted(world)
    owner.run(statement)
    assert codes(world) == {MOVED[statement]}


def answered(database: Database) -> int:
    """A replay that was asked for on a page, and its answer."""
    with engine_of(database) as engine:
        number = verifying.start_replay(engine, Actor("auditor", "audit_admin"), [], [])
        for thread in threading.enumerate():
            if thread.name == f"verification-{number}":
                thread.join(60)
    return number


@pytest.mark.parametrize("column", ["asked_at", "finished_at", "size"])
def test_a_report_that_was_given_another_date_or_size_is_a_defect_and_is_not_shown(
    world: str, owner: Owner, column: str
) -> None:
    with Database.open(world) as database:
        number = answered(database)
    assert codes(world) == set()
    owner.run(f"UPDATE verification SET {column} = " + ("3" if column == "size" else "'2027-03-01T08:00:00.000000Z'"))
    assert codes(world) == {"row_changed"}
    with Database.open(world) as database, engine_of(database) as engine:
        row = replay_jobs.find(database, number)
        assert row is not None
        assert verifying.stored_report(engine, row) is None
        assert bilingual_column.decode(row.fault) == verifying.FORGED


def test_a_session_whose_times_were_moved_ahead_is_over_and_proves_nothing(college: Console) -> None:
    token = college.sign_in("office").cookies.get(sessions.COOKIE)
    assert token is not None
    ahead, digest = college.clock.now() + timedelta(days=365), sessions.digest(token)
    assert sessions.recently_authenticated(
        sessions.valid_session(college.database, token, college.clock.now()), college.clock.now()
    )
    accounts.mark_reauthenticated(college.database, digest, ahead)
    assert not sessions.recently_authenticated(
        sessions.valid_session(college.database, token, college.clock.now()), college.clock.now()
    )
    accounts.mark_session_used(college.database, digest, ahead)
    assert sessions.valid_session(college.database, token, college.clock.now()) is None


def test_a_post_whose_cursor_was_deleted_goes_on(world: str, owner: Owner) -> None:
    owner.run("DELETE FROM cursor")
    with Database.open(world) as database:
        assert deliveries.enqueue(database, [], 0, 5)
        assert deliveries.cursor(database) == 5


def test_a_lease_that_was_deleted_is_taken(world: str, owner: Owner) -> None:
    owner.run("DELETE FROM lease")
    with Database.open(world) as database:
        assert lease.take(database, "me", timedelta(minutes=1)) == 1
        assert lease.take(database, "other", timedelta(minutes=1)) is None


def test_a_sealing_key_whose_record_was_deleted_is_told_of(world: str, tmp_path: Path) -> None:
    key = tmp_path / "seal.key"
    write(key, Signer.new("college.invalid/kaohe"))
    with Database.open(world) as database:
        assert high_water.find_loss(database, key) is None, "it has signed nothing yet"
        Sealer(database, key).seal(NOW)
        assert high_water.find_loss(database, key) is None
        high_water.last_seal_file(key).path.unlink()
        assert isinstance(high_water.find_loss(database, key), high_water.LastSealMissing)


def frozen_elsewhere(url: str) -> psycopg.Connection[Any]:
    """A session of another program in the same database: it wrote in a schema of its own and does nothing."""
    connection = psycopg.connect(url)
    connection.execute("CREATE SCHEMA another")
    connection.execute("CREATE TABLE another.note (said text)")
    connection.commit()
    connection.execute("INSERT INTO another.note VALUES ('open')")
    return connection


def test_a_session_that_holds_nothing_of_ours_is_never_ended(new_url: NewUrl) -> None:
    url = new_url("postgresql")
    with (
        Database.open(url, patience=PATIENCE) as database,
        closing(Ledger(database)) as ledger,
        frozen_elsewhere(url) as other,
        holding(url, "ledger") as frozen,
    ):
        frozen.send_signal(signal.SIGSTOP)
        assert refusals(lambda: append(ledger, "other"), BOUND + 2) > 1
        frozen.send_signal(signal.SIGCONT)
        other.commit()


@pytest.mark.one_database
def test_a_frozen_writer_is_cut_off_whatever_name_the_file_was_opened_by(url: str, tmp_path: Path) -> None:
    link = tmp_path / "another name.db"
    link.symlink_to(str(parse_url(url).database))
    with Database.open(str(link), patience=PATIENCE) as database, closing(Ledger(database)) as ledger:
        with holding(url, "ledger") as frozen:
            frozen.send_signal(signal.SIGSTOP)
            assert refusals(lambda: append(ledger, "other"), BOUND + 2) > 1
        append(ledger, "other")


@pytest.mark.one_database
def test_a_restore_by_another_name_of_the_file_knows_that_it_is_open_and_leaves_the_name(
    url: str, tmp_path: Path
) -> None:
    link, copied = tmp_path / "another name.db", tmp_path / "copy.db"
    link.symlink_to(str(parse_url(url).database))
    with Database.open(url) as database:
        copied.touch()
        snapshots.snapshot(database, copied)
        busy = CliRunner().invoke(app, ["restore", str(copied), "--database", str(link), "--lang", "en"])
        assert "is in use" in busy.output, busy.output
    done = CliRunner().invoke(app, ["restore", str(copied), "--database", str(link), "--lang", "en"])
    assert done.exit_code == 0, done.output
    assert link.is_symlink()
    assert Path(str(parse_url(url).database)).with_name(f"{link.resolve().name}.lock").exists()


SPIN = "import os, sys; os.sched_setaffinity(0, {int(sys.argv[1])}); sys.argv[2] == 'idle' and os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0)); print('spins', flush=True)\nwhile True: pass"


@contextmanager
def spinning(processor: int, how: str) -> Iterator[int]:
    """A process that works without end on one processor: with the others' right to it, or with what they leave ("idle")."""
    command = [sys.executable, "-c", SPIN, str(processor), how]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "spins\n"
            yield process.pid
        finally:
            process.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="the scheduler is Linux's")
def test_a_process_that_waits_for_the_processor_is_not_taken_for_frozen() -> None:
    processor = min(os.sched_getaffinity(0))
    with spinning(processor, "idle") as starved, spinning(processor, "as others"):
        assert not any(lock_holder.is_frozen(starved) for _ in range(6))


def test_a_replay_of_nothing_says_that_no_seal_vouches_for_it(database: Database) -> None:
    report = replay(DatabaseReader(database))
    assert report.entries == 0
    assert report.verdict().en.endswith("no defect; no seal vouches for it."), report.verdict().en
