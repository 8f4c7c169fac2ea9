"""A disk that is full, and a folder that cannot be synced: reading goes on, and nothing is acknowledged that may be lost."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from console.web import sessions
from storage.database.database import Database
from storage.errors import StorageFull
from storage.ledger.ledger import Ledger
from storage.sign_in import accounts
from storage.tables.accounts import SessionRow
from storage.vault import account_secrets
from tests.attack.test_frozen_writer import append
from tests.conftest import require

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "none", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        require("a small disk (tmpfs)", "it can be mounted by root only")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Leave no byte."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1):
            with suppress(OSError):
                while True:
                    file.write(bytes(size))
    return ballast


def test_opening_a_database_on_a_full_disk_says_full_and_goes_on_when_there_is_room(disk: Path) -> None:
    file = str(disk / "kaohe.db")
    Database.create(file).close()
    ballast = fill(disk)
    for attempt in (
        lambda: Database.open(file),
        lambda: Database.open(file, read_only=True),
        lambda: Database.create(file),
        lambda: Database.create(str(disk / "another.db")),
    ):
        with pytest.raises(StorageFull):
            attempt()
    ballast.unlink()
    with Database.open(file) as database, closing(Ledger(database)) as ledger:
        assert append(ledger, "first") == 1


def test_on_a_full_disk_reading_goes_on_for_a_session_that_is_to_be_touched(disk: Path) -> None:
    file = str(disk / "kaohe.db")
    Database.create(file).close()
    with Database.open(file) as database, closing(Ledger(database)) as ledger:
        append(ledger, "first")
        token = sessions.new_token()
        times = {"made_at": NOW, "seen_at": NOW, "authenticated_at": NOW}
        row = SessionRow(token=sessions.digest(token), account="a-1", provider="", address="", agent="", **times)
        with database.cursor() as cursor:
            for make, values in (account_secrets.name_write(database, "a-1", "甲"), account_secrets.session_write(row)):
                database.prepare(make).run(cursor, **values)
        fill(disk)
        with pytest.raises(StorageFull):
            for number in range(2000):
                append(ledger, f"more-{number}")
        later = NOW + timedelta(minutes=10)
        with pytest.raises(StorageFull):
            accounts.mark_session_used(database, sessions.digest(token), later)
        known = sessions.valid_session(database, token, later)
        assert known is not None
        assert known.account == "a-1"
        assert ledger.check_tail().number >= 1


WRITER = """
import os, sys
from contextlib import closing
from storage.database.database import Database
from storage.errors import StorageError
from storage.ledger.ledger import Ledger
from tests.attack.test_frozen_writer import append

try:
    with Database.open(sys.argv[1]) as database, closing(Ledger(database)) as ledger:
        for number in range(3):
            append(ledger, f"c{number}")
            os.write(1, b"acknowledged\\n")
except StorageError as fault:
    os.write(1, fault.render("en").encode())
"""


@pytest.mark.one_database
def test_nothing_is_acknowledged_where_the_folder_cannot_be_synced(url: str, tmp_path: Path) -> None:
    """SQLite syncs the folder after its first write to the write-ahead log it made, and ignores that this failed."""
    said, trace = traced(url, tmp_path, "-e", "inject=fsync:error=EIO")
    assert "EIO" in trace
    assert "acknowledged" not in said
    assert "nothing was written" in said


@pytest.mark.one_database
def test_the_folder_is_synced_once_the_log_is_in_it_and_before_anything_is_acknowledged(
    url: str, tmp_path: Path
) -> None:
    said, trace = traced(url, tmp_path, "-P", f"{url.removeprefix('sqlite:///')}-wal")
    assert said.count("acknowledged") == 3
    places = [re.search(what, trace) for what in (r"-wal.*O_CREAT", r"fsync\(.*\) += 0", r"-wal>, .*")]
    at = [place.start() for place in places if place is not None]
    assert len(at) == len(places)
    assert at == sorted(at)


def traced(url: str, tmp_path: Path, *more: str) -> tuple[str, str]:
    """What the writer says; the files opened and synced and what was written, of the database's folder itself."""
    if shutil.which("strace") is None:
        require("strace", "it is not installed")
    folder, trace = Path(url.removeprefix("sqlite:///")).parent, tmp_path / "trace"
    watched = ["-P", str(folder), "-e", "trace=openat,fsync,pwrite64"]
    done = subprocess.run(
        ["strace", "-f", "-y", "-o", str(trace), *watched, *more, sys.executable, "-c", WRITER, url],
        cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert not done.stderr, done.stderr
    return done.stdout, trace.read_text("utf-8")
