"""Backs up and restores a PostgreSQL database with PostgreSQL's own programs (pg_dump, pg_restore, psql).

Not here: SQLite (`snapshots.py`).

A dump contains one schema, from one snapshot. A restore loads the dump into a separate schema, in one transaction. When
that schema is checked, another transaction renames both schemas. So at any time the schema that the database's URL
names is the complete old one or the complete new one.

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


def find_tool(name: str, min_version: int) -> PostgresTool | None:
    """The program `name` with at least the major version `min_version`; None if there is none.

    It is searched for on PATH and in the folders of Debian's packages. Of several versions it is the lowest.
    """
    paths = [shutil.which(name), *sorted(map(str, Path("/usr/lib/postgresql").glob(f"*/bin/{name}")), reverse=True)]
    tools = []
    for path in filter(None, paths):
        output = _run_program([path, "--version"], timeout=30).stdout.decode(errors="replace")
        if (match := re.search(r"\) (\d+)", output)) and int(match[1]) >= min_version:
            tools.append(PostgresTool(path, int(match[1])))
    # The version nearest to the server's, because a later one uses settings that an earlier server does not know.
    return min(tools, key=lambda tool: tool.version, default=None)


def server_version(database: Database) -> int:
    """The major version of the server."""
    with database.reading() as connection:
        return int(str(connection.scalar(text("SELECT current_setting('server_version_num')")))) // 10000


def schema_of(database: Database) -> str:
    """The name of the schema that the database's URL names."""
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
        tool_path = _tool_path(database, "pg_dump", [*options, "--file=KAOHE.dump"])
        _run_on_database(database, tool_path, [*options, f"--file={file}", f"--snapshot={snapshot}"])
    # The dump is read to its end now, because nobody should find out during a restore that it is unreadable.
    check_dump(database, file, schema)
    return DumpContents(number, digest)


def check_dump(database: Database, path: Path, schema: str) -> None:
    """Raises NotADump unless pg_restore reads the file to its end and finds the ledger's table in this schema.

    Raises MissingTool too. The entries are not checked.
    """
    tool_path = _tool_path(database, "pg_restore", [str(path)])
    list_result = _run_program([tool_path, "--list", str(path)], timeout=600)
    read_result = _run_program([tool_path, f"--file={os.devnull}", str(path)], timeout=3600)
    has_ledger = f" TABLE {schema} entry ".encode() in list_result.stdout
    if list_result.returncode or read_result.returncode or not has_ledger:
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

    Raises DatabaseInUse, NotADump, MissingTool and ToolFailed. After an error nothing of this dump was loaded.
    """
    # Not `Database.open`: it checks the schema, and before a restore the schema may be missing or damaged.
    with Database(parse_url(url), mode="rw") as database:
        _refuse_if_in_use(database)
        with database.writing() as connection:
            postgres.make_schema(connection)
        schema = schema_of(database)
        check_dump(database, path, schema)
        pg_restore_path = _tool_path(database, "pg_restore", [f"--schema={schema}", "--no-owner", str(path)])
        psql_path = _tool_path(database, "psql", ["--file=-"])
        first_statements = [
            f"DROP SCHEMA IF EXISTS {LOADED_SCHEMA} CASCADE",
            *_rename(schema, _OLD_SCHEMA),
            f"CREATE SCHEMA {_quote(schema)}",
        ]
        last_statements = _rename(schema, LOADED_SCHEMA) + _rename(_OLD_SCHEMA, schema)
        options = [f"--schema={schema}", "--no-owner", "--no-privileges", str(path)]
        _pipe_to_psql(database, [pg_restore_path, *options], psql_path, first_statements, last_statements)
    return (
        parse_url(url)
        .update_query_dict({"options": f"-csearch_path={LOADED_SCHEMA}"})
        .render_as_string(hide_password=False)
    )


def swap_in_loaded_schema(url: str, now: datetime) -> str:
    """Rename the old schema, and give the loaded schema its name, in one transaction. Returns the old one's new name.

    Raises DatabaseInUse.
    """
    with Database(parse_url(url), mode="rw") as database:
        _refuse_if_in_use(database)
        schema = schema_of(database)
        old_schema_name = f"{schema[:40]}_before_{now:%Y%m%dt%H%M%Sz}"
        with database.writing() as connection:
            for statement in (*_rename(schema, old_schema_name), *_rename(LOADED_SCHEMA, schema)):
                connection.execute(text(statement))
    return old_schema_name


def drop_loaded_schema(url: str) -> None:
    """Drop the schema `LOADED_SCHEMA`, if it exists."""
    with Database(parse_url(url), mode="rw") as database, database.writing() as connection:
        connection.execute(text(f"DROP SCHEMA IF EXISTS {LOADED_SCHEMA} CASCADE"))


def _refuse_if_in_use(database: Database) -> None:
    """Raises DatabaseInUse if the database has another session."""
    if (count := count_other_sessions(database)) > 0:
        raise DatabaseInUse(database=database.url, who=Text(zh=f"{count} 个连接", en=f"{count} sessions"))


def _rename(old: str, new: str) -> list[str]:
    return [f"ALTER SCHEMA {_quote(old)} RENAME TO {_quote(new)}"]


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def address_without_password(url: URL) -> str:
    """The URL of the database for the arguments of PostgreSQL's programs: without its password and its options."""
    without_password = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
    return without_password.difference_update_query(["options"]).render_as_string(hide_password=False)


def _tool_path(database: Database, name: str, options: Iterable[str]) -> str:
    """The path of a program. Raises MissingTool, which quotes the command with these options."""
    version = server_version(database)
    tool = find_tool(name, version)
    if tool is None:
        command = " ".join([name, *options, f"--dbname='{address_without_password(parse_url(database.address))}'"])
        raise MissingTool(tool=name, version=version, command=command)
    return tool.path


def _environment(database: Database) -> dict[str, str]:
    password = parse_url(database.address).password
    return {**os.environ, "PGCONNECT_TIMEOUT": "10", **({"PGPASSWORD": str(password)} if password else {})}


def _run_program(
    command: list[str], *, timeout: float | None = None, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command, capture_output=True, timeout=timeout, env=environment, check=False)  # noqa: S603


def _run_on_database(database: Database, tool_path: str, options: list[str]) -> None:
    """Run a program on the database. Raises ToolFailed if it reports an error."""
    command = [
        tool_path,
        f"--dbname={address_without_password(parse_url(database.address))}",
        "--no-password",
        *options,
    ]
    result = _run_program(command, environment=_environment(database))
    if result.returncode:
        raise ToolFailed(tool=Path(tool_path).name, why=f"exit {result.returncode}")


def _pipe_to_psql(
    database: Database,
    restore_command: list[str],
    psql_path: str,
    first_statements: list[str],
    last_statements: list[str],
) -> None:
    """Send the SQL that pg_restore writes to psql, between the first and the last statements, in one transaction.

    COMMIT is sent only after the last byte of the dump, so if a process is killed before that, nothing changes. Raises
    ToolFailed.
    """
    psql_command = [
        psql_path,
        f"--dbname={address_without_password(parse_url(database.address))}",
        "--no-password",
        "--no-psqlrc",
        "--quiet",
    ]
    psql_command += ["--set=ON_ERROR_STOP=1", "--set=VERBOSITY=sqlstate", "--output=/dev/null", "--file=-"]
    with (
        Popen([*restore_command, "--file=-"], stdout=PIPE, stderr=DEVNULL) as pg_restore,  # noqa: S603
        Popen(psql_command, stdin=PIPE, stderr=PIPE, env=_environment(database)) as psql,  # noqa: S603
    ):
        assert pg_restore.stdout is not None
        assert psql.stdin is not None
        assert psql.stderr is not None
        try:
            _send(psql.stdin, ["BEGIN", *first_statements])
            shutil.copyfileobj(pg_restore.stdout, psql.stdin, 1 << 20)
            if pg_restore.wait() == 0:
                _send(psql.stdin, [*last_statements, "COMMIT"])
            psql.stdin.close()
        except BrokenPipeError:
            pg_restore.kill()
        output = psql.stderr.read().decode(errors="replace")
        codes = (pg_restore.wait(), psql.wait())
    if any(codes):
        sqlstate = re.search(r"ERROR: +([0-9A-Z]{5})", output)
        raise ToolFailed(tool="pg_restore, psql", why=sqlstate[1] if sqlstate else f"exit {codes[0]}, {codes[1]}")


def _send(stream: IO[bytes], statements: list[str]) -> None:
    stream.write("".join(f"{statement};\n" for statement in statements).encode())
    stream.flush()
