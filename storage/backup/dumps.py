"""Backs up and restores a PostgreSQL database with PostgreSQL's own programs (pg_dump, pg_restore, psql).

Not here: SQLite (`snapshots.py`).

A dump contains one schema, from one snapshot. A restore loads the dump into a separate schema, in one transaction. When
that schema is checked, the two schemas change their names in another transaction. So at any time the schema of the
address is the complete old one or the complete new one.

PostgreSQL's programs are used instead of our own SELECTs for two reasons. They include every object of a schema, also
triggers and constraints, and a database administrator can restore the file without our program. The programs get the
password in their environment and never in their arguments, which everybody on the machine can see.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen
from typing import IO, NamedTuple

from msgspec import Struct
from sqlalchemy import URL, select, text

from states.user_errors import UserError
from states.vocabulary import Text
from storage.database import postgres
from storage.database.database import Database, parse_url
from storage.tables.ledger import HEAD

from .snapshots import DatabaseInUse

LOADED_SCHEMA = "kaohe_restoring"
"""The name of the schema into which a dump is loaded."""

_OLD_SCHEMA = "kaohe_away_while_restoring"
"""The name that the existing schema has while a dump is loaded, because the dump itself uses the usual name."""


class MissingTool(UserError):
    """One of PostgreSQL's programs is missing, or older than the server. Details: `tool`, `version`, `command`."""

    zh = "没有可用的 {tool}（需要 PostgreSQL {version} 或更新）。请安装 PostgreSQL 客户端程序后重试，或在装有它的机器上运行：{command}"
    en = (
        "There is no {tool} that can be used (PostgreSQL {version} or later is needed). Install PostgreSQL's client "
        "programs and try again, or run on a machine that has them: {command}"
    )


class ToolFailed(UserError):
    """One of PostgreSQL's programs failed.

    Details: `tool`, and `why`: its exit code or an SQLSTATE. Never its message, because that may quote a row.
    """

    zh = (
        "{tool} 没有完成（{why}），原数据库未变。42501 表示权限不足：恢复时本账号须是模式的属主，并有权在库中建立模式。"
    )
    en = (
        "{tool} did not finish ({why}); the database is as it was. 42501 means a missing right: to restore, our role "
        "must own the schema and may create schemas in the database."
    )


class NotADump(UserError):
    """The file is not a dump of this schema, or is damaged. Details: `path`, `schema`."""

    zh = "{path} 不是模式 {schema} 的备份，或已损坏。请用 kaohe backup 所做的文件；模式名由 KAOHE_DATABASE 决定。"
    en = (
        "{path} is no backup of the schema {schema}, or is damaged. Use a file that `kaohe backup` made; the schema "
        "is named by KAOHE_DATABASE."
    )


class DumpContents(Struct, frozen=True):
    """The ledger in a dump: the number of its entries, and the digest of the last one."""

    entries: int
    digest: str


class PostgresTool(NamedTuple):
    """One of PostgreSQL's programs: its path and its major version."""

    path: str
    version: int


def find_tool(name: str, server: int) -> PostgresTool | None:
    """The program `name` in at least the version `server`; None if there is none.

    It is searched for on PATH and in the folders of Debian's packages.
    """
    paths = [shutil.which(name), *sorted(map(str, Path("/usr/lib/postgresql").glob(f"*/bin/{name}")), reverse=True)]
    tools = []
    for path in filter(None, paths):
        output = _run_program([path, "--version"], timeout=30).stdout.decode(errors="replace")
        if (match := re.search(r"\) (\d+)", output)) and int(match[1]) >= server:
            tools.append(PostgresTool(path, int(match[1])))
    # The version nearest to the server's, because a later one uses settings that an earlier server does not know.
    return min(tools, key=lambda tool: tool.version, default=None)


def server_version(database: Database) -> int:
    """The major version of the server."""
    with database.reading() as connection:
        return int(str(connection.scalar(text("SELECT current_setting('server_version_num')")))) // 10000


def schema_of(database: Database) -> str:
    """The name of the schema in the database's address."""
    with database.reading() as connection:
        return str(connection.scalar(text("SELECT current_schema()")))


def dump(database: Database, file: Path) -> DumpContents:
    """Dump the schema, from one snapshot, into the empty `file`.

    Raises MissingTool, ToolFailed, and NotADump if the dump cannot be read again.
    """
    schema = schema_of(database)
    with database.reading() as connection:
        snapshot = str(connection.scalar(text("SELECT pg_export_snapshot()")))
        number, digest = connection.execute(select(HEAD.c.number, HEAD.c.digest)).one()
        options = ["--format=custom", "--no-owner", "--no-privileges", f'--schema="{schema}"']
        tool = _tool(database, "pg_dump", [*options, "--file=KAOHE.dump"])
        _run(database, tool, [*options, f"--file={file}", f"--snapshot={snapshot}"])
    # The dump is read to its end now, because nobody should find out during a restore that it is unreadable.
    check_dump(database, file, schema)
    return DumpContents(number, digest)


def check_dump(database: Database, path: Path, schema: str) -> None:
    """Raises NotADump unless the file can be read to its end and contains a ledger in this schema."""
    tool = _tool(database, "pg_restore", [str(path)])
    listing = _run_program([tool, "--list", str(path)], timeout=600)
    reading = _run_program([tool, f"--file={os.devnull}", str(path)], timeout=3600)
    if listing.returncode or reading.returncode or f" TABLE {schema} entry ".encode() not in listing.stdout:
        raise NotADump(path=path, schema=schema)


def count_other_sessions(database: Database) -> int:
    """The number of other sessions in the database, of any user."""
    query = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' "
        "AND pid <> pg_backend_pid()"
    )
    with database.reading() as connection:
        return int(connection.scalar(text(query)) or 0)


def load(url: str, path: Path) -> str:
    """Load a dump into the schema `LOADED_SCHEMA`, in one transaction. Returns the URL of that schema.

    Raises DatabaseInUse, NotADump, MissingTool and ToolFailed. After an error that schema does not exist.
    """
    # Not `Database.open`, because the schema of the address may be missing or damaged. That is the reason for a
    # restore.
    with Database(parse_url(url), mode="rw") as database:
        if (count := count_other_sessions(database)) > 0:
            raise DatabaseInUse(database=database.url, who=Text(zh=f"{count} 个连接", en=f"{count} sessions"))
        with database.writing() as connection:
            postgres.make_schema(connection)
        schema = schema_of(database)
        check_dump(database, path, schema)
        source = _tool(database, "pg_restore", [f"--schema={schema}", "--no-owner", str(path)])
        target = _tool(database, "psql", ["--file=-"])
        begin = [
            f"DROP SCHEMA IF EXISTS {LOADED_SCHEMA} CASCADE",
            *_rename(schema, _OLD_SCHEMA),
            f"CREATE SCHEMA {_quote(schema)}",
        ]
        end = _rename(schema, LOADED_SCHEMA) + _rename(_OLD_SCHEMA, schema)
        _pump(database, source, target, [f"--schema={schema}", "--no-owner", "--no-privileges", str(path)], begin, end)
    return (
        parse_url(url)
        .update_query_dict({"options": f"-csearch_path={LOADED_SCHEMA}"})
        .render_as_string(hide_password=False)
    )


def put_in_place(url: str, now: datetime) -> str:
    """Give the loaded schema the name in the address. Returns the new name of the old schema.

    Raises DatabaseInUse.
    """
    with Database(parse_url(url), mode="rw") as database:
        if (count := count_other_sessions(database)) > 0:
            raise DatabaseInUse(database=database.url, who=Text(zh=f"{count} 个连接", en=f"{count} sessions"))
        schema = schema_of(database)
        backup_name = f"{schema[:40]}_before_{now:%Y%m%dt%H%M%Sz}"
        with database.writing() as connection:
            for statement in (*_rename(schema, backup_name), *_rename(LOADED_SCHEMA, schema)):
                connection.execute(text(statement))
    return backup_name


def discard(url: str) -> None:
    """Drop the loaded schema."""
    with Database(parse_url(url), mode="rw") as database, database.writing() as connection:
        connection.execute(text(f"DROP SCHEMA IF EXISTS {LOADED_SCHEMA} CASCADE"))


def _rename(old: str, new: str) -> list[str]:
    return [f"ALTER SCHEMA {_quote(old)} RENAME TO {_quote(new)}"]


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def address_without_password(url: URL) -> str:
    """The address for the arguments of PostgreSQL's programs."""
    without_password = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
    return without_password.difference_update_query(["options"]).render_as_string(hide_password=False)


def _tool(database: Database, name: str, options: Iterable[str]) -> str:
    """The path of a program. Raises MissingTool, which quotes the command with these options."""
    server = server_version(database)
    tool = find_tool(name, server)
    if tool is None:
        command = " ".join([name, *options, f"--dbname='{address_without_password(parse_url(database.address))}'"])
        raise MissingTool(tool=name, version=server, command=command)
    return tool.path


def _environment(database: Database) -> dict[str, str]:
    password = parse_url(database.address).password
    return {**os.environ, "PGCONNECT_TIMEOUT": "10", **({"PGPASSWORD": str(password)} if password else {})}


def _run_program(
    command: list[str], *, timeout: float | None = None, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command, capture_output=True, timeout=timeout, env=environment, check=False)  # noqa: S603


def _run(database: Database, tool: str, options: list[str]) -> None:
    command = [tool, f"--dbname={address_without_password(parse_url(database.address))}", "--no-password", *options]
    result = _run_program(command, environment=_environment(database))
    if result.returncode:
        raise ToolFailed(tool=Path(tool).name, why=f"exit {result.returncode}")


def _pump(database: Database, source: str, target: str, options: list[str], begin: list[str], end: list[str]) -> None:
    """Send the SQL of pg_restore (`source`) to psql (`target`) in one transaction, between `begin` and `end`.

    COMMIT is sent only after the last byte of the dump, so if a process is killed before that, nothing changes.
    """
    command = [
        target,
        f"--dbname={address_without_password(parse_url(database.address))}",
        "--no-password",
        "--no-psqlrc",
        "--quiet",
    ]
    command += ["--set=ON_ERROR_STOP=1", "--set=VERBOSITY=sqlstate", "--output=/dev/null", "--file=-"]
    with (
        Popen([source, *options, "--file=-"], stdout=PIPE, stderr=DEVNULL) as reader,  # noqa: S603
        Popen(command, stdin=PIPE, stderr=PIPE, env=_environment(database)) as writer,  # noqa: S603
    ):
        assert reader.stdout is not None
        assert writer.stdin is not None
        assert writer.stderr is not None
        try:
            _send(writer.stdin, ["BEGIN", *begin])
            shutil.copyfileobj(reader.stdout, writer.stdin, 1 << 20)
            if reader.wait() == 0:
                _send(writer.stdin, [*end, "COMMIT"])
            writer.stdin.close()
        except BrokenPipeError:
            reader.kill()
        output = writer.stderr.read().decode(errors="replace")
        codes = (reader.wait(), writer.wait())
    if any(codes):
        state = re.search(r"ERROR: +([0-9A-Z]{5})", output)
        raise ToolFailed(tool="pg_restore, psql", why=state[1] if state else f"exit {codes[0]}, {codes[1]}")


def _send(stream: IO[bytes], statements: list[str]) -> None:
    stream.write("".join(f"{statement};\n" for statement in statements).encode())
    stream.flush()
