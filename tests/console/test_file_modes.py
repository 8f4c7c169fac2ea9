"""Whatever files we make, only their owner may read them, from the moment they are there, whatever the umask says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.warm import Program

HOUSE = Path(__file__).parents[2]

JOURNALS = """
import os, stat, sys
from pathlib import Path
from datetime import UTC, datetime
from storage.database import sqlite
from storage.database.database import Database
from sqlalchemy import text
sqlite.journal_for = lambda version: sqlite.JournalMode(sys.argv[2], "FULL", "as the test wants it")
with Database.create(sys.argv[1]) as database, database.writing() as connection:
    connection.execute(text("UPDATE head SET number = 1"))
    for path in Path(sys.argv[1]).parent.iterdir():
        print(path.name, oct(stat.S_IMODE(path.stat().st_mode)))
"""


def kaohe(umask: int, folder: Path, *words: str) -> None:
    """One command in a process of its own, which has this umask and makes its files in `folder`."""
    log = folder.with_name(f"{folder.name}.log")
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(HOUSE), "KAOHE_LANGUAGE": "en"}
    running = Program(words, environment, folder, log, umask)
    try:
        assert running.wait(120) == 0, log.read_text("utf-8")
    finally:
        running.end()


def open_to_others(folder: Path) -> list[str]:
    """Files anybody else may read or write, and folders anybody else may look into."""
    return [str(path.relative_to(folder)) for path in folder.rglob("*") if path.stat().st_mode & 0o077]


@pytest.mark.parametrize("umask", [0o000, 0o022])
@pytest.mark.parametrize("journal", ["wal", "delete"])
def test_the_database_and_its_journals_are_their_owners_alone_from_the_first_moment(
    tmp_path: Path, umask: int, journal: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", JOURNALS, "kaohe.db", journal], cwd=tmp_path, umask=umask, capture_output=True, text=True,
        env={"PYTHONPATH": str(HOUSE)}, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = dict(line.split() for line in done.stdout.splitlines())
    assert set(told) >= ({"kaohe.db", "kaohe.db-wal", "kaohe.db-shm"} if journal == "wal" else {"kaohe.db-journal"})
    assert set(told.values()) == {"0o600"}


@pytest.mark.parametrize("umask", [0o000, 0o022])
def test_everything_the_commands_make_is_its_owners_alone(tmp_path: Path, umask: int) -> None:
    """Keys, seals, the witness's folder, exports, reports and calendars: each by its own command, in a process of its own."""
    for line in (
        "init", "keys new seal.key --name college.example/kaohe",
        "audit seal --key-file seal.key --qr seal.svg", "audit proof -o proof.txt",
        "audit replay --html report.html", "scheduler rehearse --year 2026 --ics year.ics",
    ):  # fmt: skip
        kaohe(umask, tmp_path, *line.split())
    assert open_to_others(tmp_path) == []
    assert {"kaohe.db", "kaohe.vault.key", "seal.key", "seal.key.seen", "seal.svg", "proof.txt", "report.html", "year.ics"} <= {
        path.name for path in tmp_path.iterdir()
    }  # fmt: skip


def test_the_demonstration_keeps_its_files_to_its_owner(tmp_path: Path) -> None:
    kaohe(0, tmp_path, "demo", "--no-serve", "--units", "1")
    assert open_to_others(tmp_path) == []
    assert list(tmp_path.glob("demo-data/mail-*/*.eml"))


def test_a_file_that_is_written_over_is_its_owners_alone_and_whole_or_as_it_was(tmp_path: Path) -> None:
    from storage import private_files

    path = tmp_path / "report.html"
    path.write_bytes(b"before")
    path.chmod(0o644)
    with pytest.raises(ZeroDivisionError), private_files.replacing(path) as file:
        file.write(b"half")
        _ = 1 / 0
    assert path.read_bytes() == b"before"
    private_files.write(path, b"after")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"after", 0o600)
    assert [one.name for one in tmp_path.iterdir()] == ["report.html"]


def test_a_terminal_or_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    from storage import private_files

    path = tmp_path / "null"
    path.symlink_to(os.devnull)
    private_files.write(path, b"gone")
    assert path.is_symlink()


def test_the_doctor_tells_of_a_file_others_may_read(tmp_path: Path) -> None:
    kaohe(0o022, tmp_path, "init")
    kaohe(0o022, tmp_path, "doctor")
    (tmp_path / "kaohe.db").chmod(0o644)
    with pytest.raises(AssertionError, match=r"Others may read or write kaohe\.db"):
        kaohe(0o022, tmp_path, "doctor")
