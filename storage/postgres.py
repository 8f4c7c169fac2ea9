"""What is particular to PostgreSQL: how a session is set up, how it is described.

Not here: SQLite (`sqlite.py`), and whatever is the same on both (`database.py`).
"""

from __future__ import annotations

from typing import Any

import psycopg
from sqlalchemy import URL, Connection, Dialect, Engine, create_engine, event, text

from .faults import not_reached


def engine(url: URL, *, read_only: bool, patience: float) -> Engine:
    """An engine over a PostgreSQL database, or over the one schema `options=-csearch_path=…` in its url names.

    Connections are in autocommit unless a transaction is asked for, so that a single read costs one round trip.
    """
    made = create_engine(
        url.set(drivername="postgresql+psycopg").difference_update_query(["options"]),
        connect_args={"options": session(url, read_only=read_only, patience=patience), **KEEPALIVE},
        isolation_level="AUTOCOMMIT",
        paramstyle="format",
        pool_pre_ping=True,
    )
    event.listen(made, "do_connect", _connect)
    return made


def _connect(dialect: Dialect, _: Any, args: Any, params: Any) -> Any:
    try:
        return dialect.connect(*args, **params)
    except psycopg.Error as error:
        raise not_reached(error) from error


KEEPALIVE = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""A server that went away is noticed within half a minute, not within the system's two hours."""


def session(url: URL, *, read_only: bool, patience: float) -> str:
    """The server options of every session: the url's own, then ours.

    `lock_timeout` is how long the pen is waited for. A session that holds the pen and says nothing for a minute
    is cut off by the server: a machine that froze must not stop the others.
    """
    given = url.query.get("options", ())
    ours = [
        f"-clock_timeout={int(patience * 1000)}",
        "-cidle_in_transaction_session_timeout=60000",
        "-cTimeZone=UTC",
    ]
    if read_only:
        ours.append("-cdefault_transaction_read_only=on")
    return " ".join([*([given] if isinstance(given, str) else given), *ours])


def make_schema(connection: Connection) -> None:
    """Make the schema that stands first in the search path, if there is none of that name.

    Otherwise a mistyped name would put one institution's tables into `public`, beside another's.
    """
    named = str(connection.scalar(text("SELECT split_part(current_setting('search_path'), ',', 1)"))).strip()
    name = named.strip('"')
    known = connection.scalar(text("SELECT to_regnamespace(quote_ident(:name)) IS NOT NULL"), {"name": name})
    if name and name != "$user" and not known:
        quoted = connection.dialect.identifier_preparer.quote_identifier(name)
        connection.exec_driver_sql(f"CREATE SCHEMA {quoted}")


def describe(connection: Any) -> str:
    """One line for `kaohe doctor`: which PostgreSQL, and whether it acknowledges only what the disk has."""
    told = connection.execute(
        "SELECT current_setting('server_version'), current_setting('synchronous_commit'), "
        "current_setting('fsync'), current_schema()"
    ).fetchone()
    version, commit, fsync, schema = told
    safe = fsync == "on" and commit != "off"
    why = "a commit is on the disk" if safe else "WARNING: a commit may be lost with the power"
    return f"PostgreSQL {version}, schema {schema}, synchronous_commit={commit}, fsync={fsync}: {why}"
