"""A PostgreSQL database backed up and restored by PostgreSQL's own programs (pg_dump, pg_restore, psql).

SQLite: `snapshots.py`.

One schema, as of one snapshot. A restore loads the dump into a schema of its own, in one transaction; once that is
checked, the two schemas change names in another transaction. So at any moment the schema of the address is the whole
old one or the whole new one.

By PostgreSQL's programs and not by our own SELECTs, because they know every object of a schema, triggers and
constraints included, and a database administrator can restore the file without us. The password goes into the programs'
environment, never into their arguments, which everybody on the machine can see.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import IO, NamedTuple

from msgspec import Struct
from sqlalchemy import URL, select, text

from states.user_errors import UserError
from states.vocabulary import Text
from storage.database import postgres
from storage.database.database import Database, parse_url
from storage.tables.ledger import HEAD

from .snapshots import DatabaseInUse

RESTORING = "kaohe_restoring"
"""The schema that a dump is loaded into, to be checked."""


class MissingTool(UserError):
    """One of PostgreSQL's programs is missing, or older than the server. Details: `tool`, `version`, `command`."""

    zh = "没有可用的 {tool}（需要 PostgreSQL {version} 或更新）。请安装 PostgreSQL 客户端程序后重试，或在装有它的机器上运行：{command}"
    en = (
        "There is no {tool} that can be used (PostgreSQL {version} or later is needed). Install PostgreSQL's client "
        "programs and try again, or run on a machine that has them: {command}"
    )


class ToolFailed(UserError):
    """One of PostgreSQL's programs failed.

    Details: `tool`; `why`, its exit code or an SQLSTATE, never its message: that may quote a row.
    """

    zh = (
        "{tool} 没有完成（{why}），原数据库未变。42501 表示权限不足：恢复时本账号须是模式的属主，并有权在库中建立模式。"
    )
    en = (
        "{tool} did not finish ({why}); the database is as it was. 42501 means a missing right: to restore, our role "
        "must own the schema and may create schemas in the database."
    )


class NotADump(UserError):
    """The file is no dump of this schema. Details: `path`, `schema`."""

    zh = "{path} 不是模式 {schema} 的备份，或已损坏。请用 kaohe backup 所做的文件；模式名由 KAOHE_DATABASE 决定。"
    en = (
        "{path} is no backup of the schema {schema}, or is damaged. Use a file that `kaohe backup` made; the schema "
        "is named by KAOHE_DATABASE."
    )


class DumpContents(Struct, frozen=True):
    """The ledger in a dump: how many entries, and the digest of the last."""

    entries: int
    digest: str


class PostgresTool(NamedTuple):
    """One of PostgreSQL's programs: its path and its major version."""

    path: str
    version: int


def find(name: str, server: int) -> PostgresTool | None:
    """A program of at least the server's version, on PATH or where Debian installs it; None if there is none."""
    places = [shutil.which(name), *sorted(map(str, Path("/usr/lib/postgresql").glob(f"*/bin/{name}")), reverse=True)]
    tools = []
    for path in filter(None, places):
        version = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=30, check=False)  # noqa: S603
        if (found := re.search(r"\) (\d+)", version.stdout)) and int(found[1]) >= server:
            tools.append(PostgresTool(path, int(found[1])))
    # The version nearest to the server's: a later one uses settings that an earlier server does not know.
    return min(tools, key=lambda tool: tool.version, default=None)


def server_version(database: Database) -> int:
    """The major version of the server."""
    with database.reading() as connection:
        return int(str(connection.scalar(text("SELECT current_setting('server_version_num')")))) // 10000


def schema_of(database: Database) -> str:
    """The schema of the address."""
    with database.reading() as connection:
        return str(connection.scalar(text("SELECT current_schema()")))


def dump(database: Database, into: Path) -> DumpContents:
    """Dump the schema, as of one moment, into the empty file `into`. MissingTool, ToolFailed."""
    schema = schema_of(database)
    with database.reading() as connection:
        snapshot = str(connection.scalar(text("SELECT pg_export_snapshot()")))
        number, digest = connection.execute(select(HEAD.c.number, HEAD.c.digest)).one()
        words = ["--format=custom", "--no-owner", "--no-privileges", f'--schema="{schema}"']
        tool = _tool(database, "pg_dump", [*words, "--file=KAOHE.dump"])
        _run(database, tool, [*words, f"--file={into}", f"--snapshot={snapshot}"])
    # Read to the end now. A dump that turns out to be unreadable on the day it is needed is worthless.
    check(database, into, schema)
    return DumpContents(number, digest)


def check(database: Database, path: Path, schema: str) -> None:
    """NotADump unless the file can be read to its end and holds a ledger in this schema."""
    tool = _tool(database, "pg_restore", [str(path)])
    listed = subprocess.run([tool, "--list", str(path)], capture_output=True, text=True, timeout=600, check=False)  # noqa: S603
    whole = subprocess.run([tool, f"--file={os.devnull}", str(path)], capture_output=True, timeout=3600, check=False)  # noqa: S603
    if listed.returncode or whole.returncode or f" TABLE {schema} entry " not in listed.stdout:
        raise NotADump(path=path, schema=schema)


def other_sessions(database: Database) -> int:
    """The number of other sessions in the database, of any user."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
    with database.reading() as connection:
        return int(connection.scalar(text(query)) or 0)


def load(url: str, path: Path) -> str:
    """Load a dump into a schema of its own, in one transaction; the URL of that schema.

    DatabaseInUse, NotADump, MissingTool, ToolFailed; then there is no such schema.
    """
    # Not `Database.open`: the schema of the address may be missing or damaged. That is why there is a restore.
    with Database(parse_url(url), mode="rw") as database:
        if (count := other_sessions(database)) > 0:
            raise DatabaseInUse(database=database.url, who=Text(zh=f"{count} 个连接", en=f"{count} sessions"))
        with database.writing() as connection:
            postgres.make_schema(connection)
        schema = schema_of(database)
        check(database, path, schema)
        source = _tool(database, "pg_restore", [f"--schema={schema}", "--no-owner", str(path)])
        target = _tool(database, "psql", ["--file=-"])
        begin = [
            f"DROP SCHEMA IF EXISTS {RESTORING} CASCADE",
            *_rename(schema, _ASIDE),
            f"CREATE SCHEMA {_quoted(schema)}",
        ]
        end = _rename(schema, RESTORING) + _rename(_ASIDE, schema)
        _pump(database, source, target, [f"--schema={schema}", "--no-owner", "--no-privileges", str(path)], begin, end)
    return (
        parse_url(url)
        .update_query_dict({"options": f"-csearch_path={RESTORING}"})
        .render_as_string(hide_password=False)
    )


def put_in_place(url: str, now: datetime) -> str:
    """Give the loaded schema the name in the address.

    Returns the new name of the schema that was there. DatabaseInUse.
    """
    with Database(parse_url(url), mode="rw") as database:
        if (count := other_sessions(database)) > 0:
            raise DatabaseInUse(database=database.url, who=Text(zh=f"{count} 个连接", en=f"{count} sessions"))
        schema = schema_of(database)
        aside = f"{schema[:40]}_before_{now:%Y%m%dt%H%M%Sz}"
        with database.writing() as connection:
            for statement in (*_rename(schema, aside), *_rename(RESTORING, schema)):
                connection.execute(text(statement))
    return aside


def discard(url: str) -> None:
    """Drop the loaded schema."""
    with Database(parse_url(url), mode="rw") as database, database.writing() as connection:
        connection.execute(text(f"DROP SCHEMA IF EXISTS {RESTORING} CASCADE"))


_ASIDE = "kaohe_away_while_restoring"


def _rename(old: str, new: str) -> list[str]:
    return [f"ALTER SCHEMA {_quoted(old)} RENAME TO {_quoted(new)}"]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def address(url: URL) -> str:
    """The address for the programs: without the password."""
    bare = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
    return bare.difference_update_query(["options"]).render_as_string(hide_password=False)


def _tool(database: Database, name: str, words: Iterable[str]) -> str:
    server = server_version(database)
    tool = find(name, server)
    if tool is None:
        command = " ".join([name, *words, f"--dbname='{address(parse_url(database.address))}'"])
        raise MissingTool(tool=name, version=server, command=command)
    return tool.path


def _environment(database: Database) -> dict[str, str]:
    password = parse_url(database.address).password
    return {**os.environ, "PGCONNECT_TIMEOUT": "10", **({"PGPASSWORD": str(password)} if password else {})}


def _run(database: Database, tool: str, words: list[str]) -> None:
    command = [tool, f"--dbname={address(parse_url(database.address))}", "--no-password", *words]
    done = subprocess.run(command, capture_output=True, text=True, env=_environment(database), check=False)  # noqa: S603
    if done.returncode:
        raise ToolFailed(tool=Path(tool).name, why=f"exit {done.returncode}")


def _pump(database: Database, source: str, target: str, words: list[str], begin: list[str], end: list[str]) -> None:
    """Execute the dump in one transaction.

    COMMIT is sent only after its last byte, so a kill before that changes nothing.
    """
    command = [target, f"--dbname={address(parse_url(database.address))}", "--no-password", "--no-psqlrc", "--quiet"]
    command += ["--set=ON_ERROR_STOP=1", "--set=VERBOSITY=sqlstate", "--output=/dev/null", "--file=-"]
    with (
        subprocess.Popen([source, *words, "--file=-"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as read,  # noqa: S603
        subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=_environment(database)) as write,  # noqa: S603
    ):
        assert read.stdout is not None
        assert write.stdin is not None
        assert write.stderr is not None
        try:
            _send(write.stdin, ["BEGIN", *begin])
            shutil.copyfileobj(read.stdout, write.stdin, 1 << 20)
            if read.wait() == 0:
                _send(write.stdin, [*end, "COMMIT"])
            write.stdin.close()
        except BrokenPipeError:
            read.kill()
        output = write.stderr.read().decode(errors="replace")
        codes = (read.wait(), write.wait())
    if any(codes):
        state = re.search(r"ERROR: +([0-9A-Z]{5})", output)
        raise ToolFailed(tool="pg_restore, psql", why=state[1] if state else f"exit {codes[0]}, {codes[1]}")


def _send(to: IO[bytes], statements: list[str]) -> None:
    to.write("".join(f"{statement};\n" for statement in statements).encode())
    to.flush()
