"""What is particular to PostgreSQL: how a session is set up, how long it waits, how it is described.

Every wait has an end: for a lock, for a statement, for an answer, for a client that went silent. They are multiples of
one patience, ordered so that the server gives up first and we last.
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
"""A session that holds locks and sends nothing for this many times the patience (one minute) is ended."""
STATEMENT = 3
"""A statement may take this many times the patience. We wait for its answer `GRACE` longer."""
GRACE = 0.5
"""How much longer, as a part of the patience, we wait for an answer after the server should have given up."""

KEEPALIVE = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""A host that is gone is noticed within half a minute, not after the system's two hours.

Values in the URL take precedence.
"""


class DeadlineConnection(psycopg.Connection[Any]):
    """A connection on which every wait ends: no answer within `answer_within` seconds closes it.

    `settings` is the statement that each transaction begins with, where a pool such as PgBouncer keeps no settings for
    a session; None where the session has them.
    """

    # Neither keepalives nor `statement_timeout` would do: the system of a frozen server goes on to acknowledge packets,
    # and the timeout is a promise of the very process that is frozen.

    answer_within: float | None = None
    settings: str | None = None

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """As psycopg's, for at most `answer_within` seconds. Then the connection is closed: OperationalError."""
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
    """Let `made` begin its transactions with the settings, on a session that cannot keep them."""

    def apply_settings(connection: Connection) -> None:
        session: Any = connection.connection.driver_connection
        if session.settings:
            connection.exec_driver_sql(session.settings)

    event.listen(made, "begin", apply_settings)


class Connector:
    """Makes the sessions of one engine.

    Directly, or through a pool that shares the server's sessions among its clients.
    """

    def __init__(self, url: URL, read_only: bool, patience: float) -> None:
        given = url.query.get("options", ())
        self._given = [given] if isinstance(given, str) else list(given)
        self._url, self._patience = url, patience
        self._settings = {**timeouts(patience), "TimeZone": "UTC"}
        if read_only:
            self._settings["default_transaction_read_only"] = "on"
        self._pooled: bool | None = None

    def connect(self, _dialect: Dialect, _record: Any, args: Any, params: Any) -> DeadlineConnection:
        """A session. DatabaseUnreachable; BadDatabaseUrl where a pool would lose what the URL asks for."""
        try:
            if not self._pooled:
                direct = self._direct(args, params)
                if direct is not None:
                    return direct
                self._pooled = True
            return self._through_pool(args, params)
        except psycopg.Error as error:
            raise unreachable(error) from error

    def _direct(self, args: Any, params: Any) -> DeadlineConnection | None:
        """A session with its settings; None where there is a pool that refuses them, or accepts and loses them."""
        # How a pool that loses them is recognised: PgBouncer invents a process id for each client, so the id that the
        # session was told is not that of the server's process. Asked once for an engine.
        ours = [f"-c{name}={value}" for name, value in self._settings.items()]
        try:
            session = DeadlineConnection.connect(*args, **params, options=" ".join([*self._given, *ours]))
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

    def _through_pool(self, args: Any, params: Any) -> DeadlineConnection:
        """A session that begins each transaction with its settings, and prepares no statement.

        Its next one may run in another process.
        """
        if self._given:
            raise BadDatabaseUrl(url=self._url.render_as_string(), why=_POOLED)
        session = DeadlineConnection.connect(*args, **params, prepare_threshold=None)
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
    """One statement that makes settings for the transaction that it runs in."""
    return "SELECT " + ", ".join(f"set_config('{name}', '{value}', true)" for name, value in settings.items())


@contextmanager
def without_time_limit(connection: Connection) -> Iterator[None]:
    """No time limit on statements within the `with`: migrating a large database takes as long as it takes.

    Waiting for locks stays limited.
    """
    session: Any = connection.connection.driver_connection
    usual, session.answer_within = session.answer_within, None
    try:
        connection.exec_driver_sql(local({"statement_timeout": "0"}))
        yield
    finally:
        session.answer_within = usual


def end_silent(cursor: Any, patience: float) -> None:
    """End the sessions that hold a lock on our tables and have sent nothing for `SILENCE` times the patience.

    Only sessions of roles that ours is a member of: others we may not end.
    """
    # `idle_in_transaction_session_timeout` promises the same and does not always keep it. psycopg ends a pipeline with
    # a Flush after its Sync, which stops the server's timer; and for a client that stops in the middle of a message the
    # timer never starts.
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
    """Make the schema that is first in the search path, if there is none of that name."""
    # PostgreSQL skips a schema that does not exist. One institution's tables would be made in `public`, perhaps beside
    # another institution's.
    named = str(connection.scalar(text("SELECT split_part(current_setting('search_path'), ',', 1)"))).strip()
    name = named.strip('"')
    known = connection.scalar(text("SELECT to_regnamespace(quote_ident(:name)) IS NOT NULL"), {"name": name})
    if name and name != "$user" and not known:
        quoted = connection.dialect.identifier_preparer.quote_identifier(name)
        connection.exec_driver_sql(f"CREATE SCHEMA {quoted}")


def describe(cursor: Any) -> str:
    """One line for `kaohe doctor`: which PostgreSQL, and whether it acknowledges only what the disk has."""
    row = cursor.execute(
        "SELECT current_setting('server_version'), current_setting('synchronous_commit'), "
        "current_setting('fsync'), current_schema()"
    ).fetchone()
    version, commit, fsync, schema = row
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
