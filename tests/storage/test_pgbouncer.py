"""PgBouncer between us and PostgreSQL: every promise holds there too, in transaction mode as in session mode."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from time import monotonic

import psycopg
import pytest
from sqlalchemy import make_url

from storage.database.database import Database
from storage.errors import BadDatabaseUrl
from storage.ledger.ledger import Ledger
from tests.attack.test_frozen_writer import BOUND, PATIENCE, append, holding, refusals
from tests.conftest import require

POOL = """
[databases]
* = host={server} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
auth_file = {folder}/users.txt
pool_mode = {mode}
default_pool_size = 8
{more}
"""
IGNORING = "ignore_startup_parameters = options"
"""With it PgBouncer takes the settings of a session and loses them; without it, it refuses the session."""


@pytest.fixture
def url(new_url: Callable[[str], str]) -> str:
    return new_url("postgresql")


@contextmanager
def pooled(url: str, tmp_path: Path, mode: str, more: str = "") -> Iterator[str]:
    """The URL of the same database behind a PgBouncer of its own."""
    program = shutil.which("pgbouncer", path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin")))
    if program is None:
        require("pgbouncer", "it is not installed")
    server = Path(str(make_url(url).query["host"]))
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    # As root it wants another user, who may look neither into the server's folder nor into pytest's unless it is the server's.
    folder = server / f"pool-{port}"
    folder.mkdir(mode=0o755)
    (folder / "users.txt").write_text('"postgres" ""\n')
    (folder / "pool.ini").write_text(POOL.format(server=server, port=port, folder=folder, mode=mode, more=more))
    user = ["-u", server.owner()] if os.getuid() == 0 else []
    with (tmp_path / "pgbouncer.log").open("wb") as log:
        process = subprocess.Popen([program, *user, str(folder / "pool.ini")], stderr=log)
    try:
        await_port(port)
        yield f"postgresql://postgres@127.0.0.1:{port}/{make_url(url).database}"
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder)


def await_port(port: int) -> None:
    began = monotonic()
    while True:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        assert monotonic() - began < 10


@pytest.mark.parametrize("more", ["", IGNORING], ids=["refuses settings", "loses settings"])
@pytest.mark.parametrize("mode", ["transaction", "session"])
def test_through_pgbouncer_threads_write_one_ledger_and_every_transaction_has_its_settings(
    url: str, tmp_path: Path, mode: str, more: str
) -> None:
    with pooled(url, tmp_path, mode, more) as behind, Database.open(behind) as database:
        first, second = Ledger(database), Ledger(database)
        with closing(first), closing(second), ThreadPoolExecutor(4) as threads:
            for ledger in (first, second):
                threads.map(lambda n, ledger=ledger: append(ledger, f"{id(ledger)}-{n}"), range(10))
        assert Ledger(database).check_tail().number == 20
        for transaction in (database.reading, database.writing):
            with transaction() as connection:
                settings = [
                    connection.exec_driver_sql(f"SHOW {name}").scalar() for name in ("lock_timeout", "TimeZone")
                ]
                assert settings == ["10s", "UTC"]
        assert "through a connection pool" in database.description
    with Database.open(url) as database:
        assert "pool" not in database.description


def test_a_schema_named_in_the_address_is_refused_behind_pgbouncer(url: str, tmp_path: Path) -> None:
    with pooled(url, tmp_path, "transaction", IGNORING) as behind, pytest.raises(BadDatabaseUrl, match="ALTER ROLE"):
        Database.open(f"{behind}?options=-csearch_path=college_a")


def test_settings_of_ours_are_not_left_to_other_clients_of_the_pool(url: str, tmp_path: Path) -> None:
    with pooled(url, tmp_path, "transaction", "default_pool_size = 1") as behind:
        with Database.open(behind, read_only=True) as database, database.reading() as connection:
            assert connection.exec_driver_sql("SHOW lock_timeout").scalar() == "10s"
        with psycopg.connect(behind, prepare_threshold=None) as other:
            assert other.execute("SHOW lock_timeout").fetchone() == ("0",)


def test_a_frozen_writer_behind_pgbouncer_is_cut_off_and_fenced(url: str, tmp_path: Path) -> None:
    with (
        pooled(url, tmp_path, "transaction") as behind,
        Database.open(behind, patience=PATIENCE) as database,
        closing(Ledger(database)) as ledger,
        holding(behind, "ledger") as frozen,
    ):
        frozen.send_signal(signal.SIGSTOP)
        assert refusals(lambda: append(ledger, "other"), BOUND + 1) > 1
        frozen.send_signal(signal.SIGCONT)
        said, _ = frozen.communicate("go on\n", timeout=20)
        assert "it is not known whether this was written" in said
        assert said.splitlines()[-1] == "repeated 2"
