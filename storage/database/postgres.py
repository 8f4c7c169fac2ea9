"""The parts that are special to PostgreSQL: sessions, directly or through a pool, and their settings and time limits.

Also here: ending silent sessions, making the schema, and the description for `kaohe doctor`.

Every wait has a limit: for a lock, for a statement, for an answer, and for a silent client. Each limit is a multiple of
one patience (`Database.patience`, in seconds). The server gives up first, and we give up last.
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

from .driver_errors import unreachable_server

SILENCE_FACTOR = 6
"""Times the patience. A session that holds locks and sends nothing for so long (one minute) is ended."""
STATEMENT_FACTOR = 3
"""Times the patience. A statement may take so long; we wait for its answer a little longer (`GRACE_FACTOR`)."""
GRACE_FACTOR = 0.5
"""Times the patience. We wait so much longer for an answer after the server should have given up."""

KEEPALIVE = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""Connection parameters. With them a lost host is noticed within half a minute, not after the system's two hours.

Values in the URL take precedence.
"""


class DeadlineConnection(psycopg.Connection[Any]):
    """A connection that is closed if an answer takes longer than `answer_limit` seconds (None: no limit).

    `settings` is the statement that each transaction begins with, if the connection goes through a pool such as
    PgBouncer, which keeps no settings for a session. It is None if the session itself has the settings.
    """

    # Neither keepalives nor `statement_timeout` would be enough. The operating system of a frozen server still
    # acknowledges packets, and the frozen process itself would have to enforce the timeout.

    answer_limit: float | None = None
    settings: str | None = None

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Like psycopg's, but for at most `answer_limit` seconds. Then it closes the connection.

        Raises psycopg's OperationalError.
        """
        if timeout is not None or self.answer_limit is None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, self.answer_limit)
        except psycopg.OperationalError as error:
            if error.sqlstate is None and not self.closed:
                self.pgconn.finish()
                raise psycopg.OperationalError(f"no answer within {self.answer_limit:g} s") from error
            raise


def make_engine(url: URL, *, read_only: bool, patience: float) -> Engine:
    """An engine for a PostgreSQL database, or for one schema of it, which `options=-csearch_path=…` in the URL names.

    Connections are in autocommit unless a transaction is begun, so that a single read costs one round trip.
    """
    result = create_engine(
        url.set(drivername="postgresql+psycopg").difference_update_query(["options"]),
        connect_args={key: value for key, value in KEEPALIVE.items() if key not in url.query},
        isolation_level="AUTOCOMMIT",
        paramstyle="format",
        pool_pre_ping=True,
        pool_timeout=patience,
    )
    event.listen(result, "do_connect", Connector(url, read_only, patience).connect)
    return result


def begin_transactions_with_settings(engine: Engine) -> None:
    """Make `engine` begin its transactions with the settings, on a session of a pool that does not keep them."""

    def apply_settings(connection: Connection) -> None:
        session: Any = connection.connection.driver_connection
        if session.settings:
            connection.exec_driver_sql(session.settings)

    event.listen(engine, "begin", apply_settings)


def lock(connection: Connection, name: str) -> None:
    """Take an advisory lock on a name until the transaction ends, for what has no row to lock."""
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})


class Connector:
    """Makes the sessions of one engine, to the server directly or through a connection pool such as PgBouncer.

    A pool shares the server's sessions among its clients. At the first connection it is determined which of the two it
    is.
    """

    def __init__(self, url: URL, read_only: bool, patience: float) -> None:
        options = url.query.get("options", ())
        self._url_options = [options] if isinstance(options, str) else list(options)
        self._url, self._patience = url, patience
        self._settings = {**time_limits(patience), "TimeZone": "UTC"}
        if read_only:
            self._settings["default_transaction_read_only"] = "on"
        # None: not determined yet.
        self._is_pooled: bool | None = None

    def connect(self, _dialect: Dialect, _record: Any, args: Any, params: Any) -> DeadlineConnection:
        """A new session.

        Raises DatabaseUnreachable, and BadDatabaseUrl if a pool would lose the options in the URL.
        """
        try:
            if not self._is_pooled:
                session = self._connect_directly(args, params)
                if session is not None:
                    return session
                self._is_pooled = True
            return self._connect_through_pool(args, params)
        except psycopg.Error as error:
            raise unreachable_server(error) from error

    def _connect_directly(self, args: Any, params: Any) -> DeadlineConnection | None:
        """A session with its settings. None if a pool is in between, which refuses the settings or loses them."""
        # A pool that loses them is recognised by the process id: PgBouncer invents one for each client, so the id that
        # the session received differs from the id of the server's process. One query for each engine.
        options = [f"-c{name}={value}" for name, value in self._settings.items()]
        try:
            session = DeadlineConnection.connect(*args, **params, options=" ".join([*self._url_options, *options]))
        except psycopg.OperationalError as error:
            if "startup parameter" in str(error):
                return None
            raise
        session.answer_limit = (STATEMENT_FACTOR + GRACE_FACTOR) * self._patience
        if self._is_pooled is None:
            with ExitStack() as cleanup:
                cleanup.callback(session.close)
                session.autocommit = True
                (pid,) = session.execute("SELECT pg_backend_pid()", prepare=False).fetchone() or (0,)
                if pid != session.info.backend_pid:
                    return None
                session.autocommit, self._is_pooled = False, False
                cleanup.pop_all()
        return session

    def _connect_through_pool(self, args: Any, params: Any) -> DeadlineConnection:
        """A session that begins each transaction with its settings and prepares no statement.

        The pool may run its next transaction in another process of the server, which has neither.
        """
        if self._url_options:
            raise BadDatabaseUrl(url=self._url.render_as_string(), why=_POOL_LOSES_OPTIONS)
        session = DeadlineConnection.connect(*args, **params, prepare_threshold=None)
        session.answer_limit = (STATEMENT_FACTOR + GRACE_FACTOR) * self._patience
        session.settings = set_local(self._settings)
        return session


def time_limits(patience: float) -> dict[str, str]:
    """The server's settings for three time limits: for a lock, a statement, and a silent client in a transaction."""
    factors = {
        "lock_timeout": 1,
        "statement_timeout": STATEMENT_FACTOR,
        "idle_in_transaction_session_timeout": SILENCE_FACTOR,
    }
    return {name: str(int(factor * patience * 1000)) for name, factor in factors.items()}


def set_local(settings: Mapping[str, object]) -> str:
    """A statement that changes settings until the end of the transaction in which it is executed."""
    return "SELECT " + ", ".join(f"set_config('{name}', '{value}', true)" for name, value in settings.items())


@contextmanager
def without_time_limit(connection: Connection) -> Iterator[None]:
    """Remove the time limit on statements during the `with`, because a large database takes long to migrate.

    The wait for locks stays limited.
    """
    session: Any = connection.connection.driver_connection
    previous_limit, session.answer_limit = session.answer_limit, None
    try:
        connection.exec_driver_sql(set_local({"statement_timeout": "0"}))
        yield
    finally:
        session.answer_limit = previous_limit


def end_silent(cursor: Any, patience: float) -> None:
    """End the sessions that hold a lock on our tables and have sent nothing for `SILENCE_FACTOR` times the patience.

    Only sessions of roles that our role is a member of, because PostgreSQL refuses to end others.
    """
    # `idle_in_transaction_session_timeout` is meant for this, but it fails in two cases. psycopg ends a pipeline with a
    # Flush after its Sync, which stops the server's timer. And if a client stops in the middle of a message, the timer
    # never starts.
    cursor.execute(_END_SILENT, (SILENCE_FACTOR * patience,), prepare=False)


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
    """Make the first schema in the search path, if it does not exist."""
    # PostgreSQL skips a schema that does not exist. Then an institution's tables would be made in `public`, perhaps
    # together with the tables of another institution.
    first = connection.scalar(text("SELECT split_part(current_setting('search_path'), ',', 1)"))
    name = str(first).strip().strip('"')
    exists = connection.scalar(text("SELECT to_regnamespace(quote_ident(:name)) IS NOT NULL"), {"name": name})
    if name and name != "$user" and not exists:
        quoted_name = connection.dialect.identifier_preparer.quote_identifier(name)
        connection.exec_driver_sql(f"CREATE SCHEMA {quoted_name}")


def describe(cursor: Any) -> str:
    """One line for `kaohe doctor`: the version, the schema, and whether a commit may be lost."""
    row = cursor.execute(
        "SELECT current_setting('server_version'), current_setting('synchronous_commit'), "
        "current_setting('fsync'), current_schema()"
    ).fetchone()
    version, commit, fsync, schema = row
    is_durable = fsync == "on" and commit != "off"
    effect = "a commit is on the disk" if is_durable else "WARNING: a commit may be lost with the power"
    pool = ", through a connection pool" if cursor.connection.settings else ""
    return f"PostgreSQL {version}{pool}, schema {schema}, synchronous_commit={commit}, fsync={fsync}: {effect}"


_POOL_LOSES_OPTIONS = Text(
    zh="连接池（如 PgBouncer）不会传递地址中的 options；请改用 ALTER ROLE … SET search_path 为该用户指定模式，或直接连接数据库",
    en=(
        "a connection pool such as PgBouncer does not pass on the `options` in the address; set the schema for the role "
        "with ALTER ROLE … SET search_path, or connect to the server directly"
    ),
)
