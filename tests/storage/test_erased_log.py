"""Erasing on SQLite while another process reads: what the log holds then, and when it goes."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import text

from storage.database.database import Database
from storage.vault.erasure import sentences
from storage.vault.vault import rewrite_files
from tests.conftest import NewUrl

SECRET = "plain-words-that-were-erased"


def holds(file: Path) -> bool:
    return file.exists() and SECRET.encode() in file.read_bytes()


def test_a_reader_holds_old_bytes_in_sqlites_log_and_erasing_again_empties_it(new_url: NewUrl) -> None:
    with Database.open(new_url("sqlite"), patience=0.2) as database:
        assert database.file is not None
        file, log = Path(database.file), Path(f"{database.file}-wal")
        with database.reading() as reader:
            reader.execute(text("SELECT count(*) FROM holidays")).all()
            with database.writing() as connection:
                connection.execute(text(f"INSERT INTO holidays VALUES (2027, '{SECRET}')"))
            with database.writing() as connection:
                connection.execute(text("DELETE FROM holidays"))
            rewrite_files(database)
            assert holds(log), "somebody reads an older state"
            assert "-wal holds old bytes" in sentences(None)[0].en
        rewrite_files(database)
        assert not holds(log)
        assert not holds(file)
