"""A file that is no database of ours, or not whole: the sentence names it, the cause and the step, and quotes nothing of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

import storage
from storage import last_backup
from storage.database.database import Database
from storage.database.malformed import DamagedDatabaseFile, ForeignDatabaseFile, InaccessibleDatabaseFile
from storage.database.sqlite import DRIVER
from storage.errors import StorageError
from storage.last_backup import BackupRecord
from storage.ledger.ledger import Ledger

SECRET = b"Invented-Person-13800000000"


@pytest.fixture
def file(tmp_path: Path, template_file: Path) -> Path:
    """A ledger's file with something in it that nobody may see."""
    path = tmp_path / "kaohe.db"
    shutil.copy(template_file, path)
    with Database.open(str(path)) as opened, opened.writing() as connection:
        connection.execute(text("CREATE TABLE padding (words TEXT)"))
        for _ in range(200):
            connection.execute(text("INSERT INTO padding VALUES (:words)"), {"words": SECRET.decode() * 40})
    return path


def encrypted(path: Path) -> None:
    path.write_bytes(bytes(255 - byte for byte in path.read_bytes()))


def cut_short(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 3)


def cut_within_a_page(path: Path) -> None:
    os.truncate(path, 1000)


def of_another_page_size(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[16:18] = (512).to_bytes(2, "big")
    path.write_bytes(raw)


def written_over(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[4096 : len(raw)] = (SECRET * (len(raw) // len(SECRET) + 1))[: len(raw) - 4096]
    path.write_bytes(raw)


def whose_schema_is_rubbish(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"CREATE TABLE padding", b"CREATE " + SECRET[:13]))


def empty(path: Path) -> None:
    os.truncate(path, 0)


def read_all(path: Path) -> None:
    with Database.open(str(path)) as opened:
        Ledger(opened)
        with opened.reading() as connection:
            connection.execute(text("SELECT count(*) FROM entry, account")).all()
            connection.execute(text("SELECT words FROM padding")).all()


@pytest.mark.parametrize(
    "harm",
    [encrypted, cut_short, cut_within_a_page, of_another_page_size, written_over, whose_schema_is_rubbish, empty],
)
def test_a_malformed_file_is_named_with_the_cause_and_the_step_and_nothing_of_it_is_quoted(
    file: Path, harm: Callable[[Path], None]
) -> None:
    harm(file)
    before = file.read_bytes()
    with pytest.raises(DamagedDatabaseFile) as caught:
        read_all(file)
    for language in ("zh", "en"):
        said = caught.value.render(language)
        assert str(file) in said
        assert "kaohe restore" in said
        assert SECRET[:13].decode() not in said
    assert file.read_bytes() == before


def test_the_sentence_of_a_malformed_file_names_the_last_backup(file: Path) -> None:
    last_backup.write(file, BackupRecord("/backups/kaohe-7.db", datetime(2026, 12, 1, 2, tzinfo=UTC), 41))
    encrypted(file)
    with pytest.raises(DamagedDatabaseFile) as caught:
        read_all(file)
    assert "/backups/kaohe-7.db (2026-12-01 02:00 UTC, 41 entries)" in caught.value.render("en")


@pytest.mark.parametrize("way", [Database.open, Database.create])
def test_another_programs_database_is_left_as_it_is(tmp_path: Path, way: Callable[[str], Database]) -> None:
    path = tmp_path / "books.db"
    connection = DRIVER.connect(str(path))
    connection.execute("CREATE TABLE books (title TEXT)")
    connection.close()
    with pytest.raises(ForeignDatabaseFile):
        way(str(path))
    connection = DRIVER.connect(str(path))
    assert connection.execute("SELECT name FROM sqlite_schema").fetchall() == [("books",)]
    connection.close()


@pytest.mark.parametrize("way", [Database.open, Database.create])
def test_a_folder_and_a_file_in_no_folder_are_said_to_be_so(tmp_path: Path, way: Callable[[str], Database]) -> None:
    with pytest.raises(InaccessibleDatabaseFile) as caught:
        way(str(tmp_path))
    assert "folder" in caught.value.render("en")
    with pytest.raises(StorageError) as missing:
        way(str(tmp_path / "nowhere" / "kaohe.db"))
    assert missing.value.code in ("InaccessibleDatabaseFile", "SchemaMissing")


def test_a_file_we_may_not_read_is_said_to_be_so(file: Path) -> None:
    """In a process of somebody else's, as the tests may run as root."""
    body = (
        "import os, sys\nfrom storage.database.database import Database\nfrom storage.database.malformed import InaccessibleDatabaseFile\n"
        "if not os.geteuid(): os.setuid(65534)\n"
        "try: Database.open(sys.argv[1])\n"
        "except InaccessibleDatabaseFile as told: print(told.render('en'))\n"
    )
    file.chmod(0)
    done = subprocess.run(
        [sys.executable, "-c", body, str(file)],
        cwd=Path(storage.__file__).parents[1], capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert f"{file} cannot be opened: permission is denied" in done.stdout, done.stderr


def test_text_that_is_not_utf8_is_damage_and_is_not_quoted(file: Path) -> None:
    connection = DRIVER.connect(str(file))
    connection.execute("UPDATE padding SET words = CAST(x'ff' || words AS TEXT)")
    connection.commit()
    connection.close()
    with pytest.raises(DamagedDatabaseFile) as caught:
        read_all(file)
    assert "Invented" not in str(caught.value)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT CAST('Invented-Person' AS integer)",
        "SELECT CAST('Invented-Person' AS timestamptz)",
        "INSERT INTO lease (name, owner, term) VALUES ('clock', 'Invented-Person', 0)",
        "SELECT json_extract('Invented-Person', '$')",
    ],
)
def test_what_a_database_says_of_a_value_is_never_passed_on(database: Database, statement: str) -> None:
    if ("json_extract" in statement) != (database.dialect == "sqlite"):
        with pytest.raises(StorageError), database.reading() as connection:
            connection.execute(text("SELECT * FROM nowhere_at_all"))
        return
    with pytest.raises(StorageError) as caught, database.writing() as connection:
        connection.execute(text(statement))
    assert "Invented" not in str(caught.value)


def test_postgresqls_detail_with_the_row_is_never_passed_on(server: object, postgres: str) -> None:
    with psycopg.connect(postgres.format("postgres"), autocommit=True) as connection:
        connection.execute("CREATE TEMP TABLE people (name text UNIQUE)")
        connection.execute("INSERT INTO people VALUES ('Invented-Person')")
        with pytest.raises(psycopg.Error) as caught:
            connection.execute("INSERT INTO people VALUES ('Invented-Person')")
    from storage.database.driver_errors import translate

    assert "Invented-Person" in str(caught.value)
    assert "Invented-Person" not in str(translate(caught.value))
