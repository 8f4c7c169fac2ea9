"""What is particular to PostgreSQL: how a session is set up, how long it waits, how it is described.

Not here: SQLite (`sqlite.py`), and whatever is the same on both (`database.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import psycopg
from psycopg.abc import RV, PQGen
from sqlalchemy import URL, Connection, Dialect, Engine, create_engine, event, text

from states.vocabulary import Text
from storage.errors import BadDatabaseUrl

from .driver_errors import unreachable

SILENCE = 6
"""A session that holds locks and sends nothing for this many times the patience (a minute) is ended."""
STATEMENT = 3
"""A statement may take this many times the patience. Each answer is then waited for by `GRACE` longer."""
GRACE = 0.5
"""How much longer, as a part of the patience, we wait for an answer after the server should have given up."""

KEEPALIVE = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""A host that went away is noticed within half a minute, not within the system's two hours. A URL's own values win."""


class BoundedConnection(psycopg.Connection[Any]):
    """A connection on which every wait ends: no answer within `answer_within` seconds closes it.

    A frozen server still acknowledges what is sent to it, so keepalives do not notice, and `statement_timeout` is
    a promise of the very process that is frozen. `settings` is the statement that each transaction begins with where a
    pool such as PgBouncer keeps no settings for a session; None where the session has them.
    """

    answer_within: float | None = None
    settings: str | None = None

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """As psycopg's, but never for longer than `answer_within`. OperationalError, and closed, when that is over."""
        if timeout is not None or self.answer_within is None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, self.answer_within)
        except psycopg.OperationalError as error:
            if error.sqlstate is None and not self.closed:
                self.pgconn.finish()
                raise psycopg.OperationalError(f"no answer within {self.answer_within:g} s") from error
            raise


def engine(url: URL, *, read_only: bool, patience: float) -> Engine:
    """An engine over a PostgreSQL database, or over the one schema `options=-csearch_path=…` in its url names.

    Connections are in autocommit unless a transaction is asked for, so that a single read costs one round trip.
    """
    made = create_engine(
        url.set(drivername="postgresql+psycopg").difference_update_query(["options"]),
        connect_args={key: value for key, value in KEEPALIVE.items() if key not in url.query},
        isolation_level="AUTOCOMMIT",
        paramstyle="format",
        pool_pre_ping=True,
        pool_timeout=patience,
    )
    event.listen(made, "do_connect", Connector(url, read_only, patience).connect)
    return made


def begin(made: Engine) -> None:
    """Let `made` begin its transactions with the settings of a session that has none of its own."""

    def settle(connection: Connection) -> None:
        session: Any = connection.connection.driver_connection
        if session.settings:
            connection.exec_driver_sql(session.settings)

    event.listen(made, "begin", settle)


class Connector:
    """Makes the sessions of one engine: directly, or through a pool that shares the server's among its clients."""

    def __init__(self, url: URL, read_only: bool, patience: float) -> None:
        given = url.query.get("options", ())
        self._given = [given] if isinstance(given, str) else list(given)
        self._url, self._patience = url, patience
        self._settings = {**timeouts(patience), "TimeZone": "UTC"}
        if read_only:
            self._settings["default_transaction_read_only"] = "on"
        self._pooled: bool | None = None

    def connect(self, _dialect: Dialect, _record: Any, args: Any, params: Any) -> BoundedConnection:
        """A session. NotReached; BadUrl where a pool would lose what the URL asks for."""
        try:
            if not self._pooled:
                direct = self._direct(args, params)
                if direct is not None:
                    return direct
                self._pooled = True
            return self._through_pool(args, params)
        except psycopg.Error as error:
            raise unreachable(error) from error

    def _direct(self, args: Any, params: Any) -> BoundedConnection | None:
        """A session with its settings, or None where a pool refuses them or takes them and loses them.

        PgBouncer gives each client a process id of its own making: it is not that of the server's process.
        """
        ours = [f"-c{name}={value}" for name, value in self._settings.items()]
        try:
            session = BoundedConnection.connect(*args, **params, options=" ".join([*self._given, *ours]))
        except psycopg.OperationalError as error:
            if "startup parameter" in str(error):
                return None
            raise
        session.answer_within = (STATEMENT + GRACE) * self._patience
        if self._pooled is None:
            with ExitStack() as cleanup:
                cleanup.callback(session.close)
                session.autocommit = True
                (pid,) = session.execute("SELECT pg_backend_pid()", prepare=False).fetchone() or (0,)
                if pid != session.info.backend_pid:
                    return None
                session.autocommit, self._pooled = False, False
                cleanup.pop_all()
        return session

    def _through_pool(self, args: Any, params: Any) -> BoundedConnection:
        """A session that begins each transaction with its settings, and prepares nothing: the server's process changes."""
        if self._given:
            raise BadDatabaseUrl(url=self._url.render_as_string(), why=_POOLED)
        session = BoundedConnection.connect(*args, **params, prepare_threshold=None)
        session.answer_within = (STATEMENT + GRACE) * self._patience
        session.settings = local(self._settings)
        return session


def timeouts(patience: float) -> dict[str, str]:
    """The server's own time limits: for a lock, for a statement, and for an idle client in a transaction."""
    spans = {
        "lock_timeout": 1,
        "statement_timeout": STATEMENT,
        "idle_in_transaction_session_timeout": SILENCE,
    }
    return {name: str(int(times * patience * 1000)) for name, times in spans.items()}


def local(settings: Mapping[str, object]) -> str:
    """One statement that makes settings for the transaction it is run in."""
    return "SELECT " + ", ".join(f"set_config('{name}', '{value}', true)" for name, value in settings.items())


@contextmanager
def unhurried(connection: Connection) -> Iterator[None]:
    """A `with` without a time limit on statements, for the upgrade of a large database. The limit on waiting for locks stays."""
    session: Any = connection.connection.driver_connection
    usual, session.answer_within = session.answer_within, None
    try:
        connection.exec_driver_sql(local({"statement_timeout": "0"}))
        yield
    finally:
        session.answer_within = usual


def end_silent(cursor: Any, patience: float) -> None:
    """End the sessions that have locked something in our tables and have sent nothing for `SILENCE` times the patience.

    `idle_in_transaction_session_timeout` promises the same and does not always keep it: psycopg ends a pipeline with a Flush
    after its Sync, which stops the server's watch, and a client that stops amid a message is never watched. Only sessions
    of a role that this one may end are seen to.
    """
    cursor.execute(_END_SILENT, (SILENCE * patience,), prepare=False)


_END_SILENT = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_xid IS NOT NULL
  AND wait_event = 'ClientRead' AND pg_has_role(usesysid, 'MEMBER')
  AND greatest(state_change, query_start) < clock_timestamp() - make_interval(secs => %s)
  AND EXISTS (
    SELECT FROM pg_locks JOIN pg_class ON pg_class.oid = pg_locks.relation
    WHERE pg_locks.pid = pg_stat_activity.pid AND relnamespace = current_schema()::regnamespace
      AND database = datid AND granted AND mode <> 'AccessShareLock'
  )
"""


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


def describe(cursor: Any) -> str:
    """One line for `kaohe doctor`: which PostgreSQL, and whether it acknowledges only what the disk has."""
    told = cursor.execute(
        "SELECT current_setting('server_version'), current_setting('synchronous_commit'), "
        "current_setting('fsync'), current_schema()"
    ).fetchone()
    version, commit, fsync, schema = told
    safe = fsync == "on" and commit != "off"
    why = "a commit is on the disk" if safe else "WARNING: a commit may be lost with the power"
    pool = ", through a connection pool" if cursor.connection.settings else ""
    return f"PostgreSQL {version}{pool}, schema {schema}, synchronous_commit={commit}, fsync={fsync}: {why}"


_POOLED = Text(
    zh="连接池（如 PgBouncer）不会传递地址中的 options；请改用 ALTER ROLE … SET search_path 为该用户指定模式，或直接连接数据库",
    en=(
        "a connection pool such as PgBouncer does not pass on the `options` in the address; set the schema for the role with "
        "ALTER ROLE … SET search_path, or connect to the server directly"
    ),
)
