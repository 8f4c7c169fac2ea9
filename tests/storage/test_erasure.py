"""What erasing leaves in a database's logs, looked for byte by byte, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import select, text

from storage.database.database import Database
from storage.master_key import MasterKey
from storage.tables.vault import VAULT
from storage.vault import erasure, vault
from storage.vault.vault import Vault

NOW = datetime(2026, 12, 9, 8, tzinfo=UTC)


def kept(database: Database, tmp_path: Path) -> tuple[str, bytes]:
    """A value in the vault: its id, and its bytes as they lie there."""
    store = Vault(database, MasterKey.create(tmp_path / "vault.key"))
    id_ = store.add("personal_report", "p-1", b"Invented-Person" * 20, NOW).id
    with database.reading() as connection:
        return id_, bytes(connection.execute(select(VAULT.c.ciphertext)).scalar_one())[:60]


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_after_erasing_the_segment_of_the_log_that_held_it_is_let_go_of(database: Database, tmp_path: Path) -> None:
    id_, secret = kept(database, tmp_path)
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")  # the tests' server writes its log late
        ((folder, held),) = connection.execute(
            "SELECT current_setting('data_directory'), pg_walfile_name(pg_current_wal_lsn())"
        ).fetchall()
        log = Path(folder) / "pg_wal"
        assert secret in (log / held).read_bytes(), "or the search below would prove nothing"
        vault.destroy(database, [id_])
        ((now,),) = connection.execute("SELECT pg_walfile_name(pg_current_wal_lsn())").fetchall()
    assert not (log / held).exists()
    assert secret not in (log / now).read_bytes()


@pytest.mark.one_database
def test_after_erasing_nothing_is_left_in_sqlites_log(database: Database, tmp_path: Path) -> None:
    id_, secret = kept(database, tmp_path)
    path = Path(database.file)
    files = [path, path.with_name(path.name + "-wal")]
    assert any(secret in one.read_bytes() for one in files if one.exists())
    vault.destroy(database, [id_])
    assert not any(secret in one.read_bytes() for one in files if one.exists())


@pytest.fixture
def weak(database: Database, url: str) -> Iterator[str]:
    """The URL of a role that owns the tables and may do nothing to the server."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE ROLE weak LOGIN")
        for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall():
            connection.execute(f"ALTER TABLE {name} OWNER TO weak")
        yield url.replace("postgres@", "weak@")
        connection.execute("REASSIGN OWNED BY weak TO postgres; DROP OWNED BY weak; DROP ROLE weak")


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_where_our_role_may_not_turn_the_log_erasing_goes_through_and_says_what_to_run(
    weak: str, database: Database, tmp_path: Path
) -> None:
    id_, _ = kept(database, tmp_path)
    with Database.open(weak) as opened:
        vault.destroy(opened, [id_])
        assert vault.list_items(opened) == []
        told = " ".join(one.en for one in erasure.sentences(erasure.log_retention(opened)))
    assert "pg_switch_wal(); CHECKPOINT;" in told
    may = " ".join(one.en for one in erasure.sentences(erasure.log_retention(database)))
    assert "begins another segment" in may


def test_what_stays_is_said_for_each_database(database: Database) -> None:
    told = erasure.sentences(erasure.log_retention(database))
    with database.reading() as connection:
        assert connection.scalar(text("SELECT 1")) == 1
    assert any(("-wal" if database.dialect == "sqlite" else "max_wal_size") in one.en for one in told)


def test_an_archive_and_standbys_are_named() -> None:
    told = [one.en for one in erasure.sentences(erasure.LogRetention(True, True, True, 2, "0", "1GB"))]
    assert any("archive" in one for one in told)
    assert any("2 standbys" in one for one in told)
