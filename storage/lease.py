"""The lease: who does what one does for all, and when it was last seen alive. By the database's own time.

A lease saves work, nothing more: two owners at once would write the same entries and send the same messages, and
everything that keeps them from doubling stands elsewhere (the transaction, the claim).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import ClauseElement, bindparam, func, or_, select, text, update

from storage.database.upsert import insert_or_ignore
from storage.tables.clock import LEASE
from storage.tables.columns import UtcDateTime

from .database.database import Database
from .vault.account_secrets import SideWrite

CLOCK = "clock"
"""The lease of the scheduler's daemon."""

LONGEST = timedelta(minutes=15)
"""No lease is taken for longer."""


class Lease(Struct, frozen=True):
    """A lease as it stands: its owner, how many owners there were, until when it holds, its last sign of life.

    `failed` names the parts of the job that failed before that sign of life.
    """

    owner: str | None
    term: int
    until: datetime | None
    beat_at: datetime | None
    failed: tuple[str, ...] = ()


def take(database: Database, owner: str, holds: timedelta, name: str = CLOCK) -> int | None:
    """Take or renew the lease for `holds` (at most `LONGEST`) from now on; its term, or None if somebody else holds it.

    A lease that claims more was taken by a clock that was ahead and was set back: it holds nobody off.
    """
    with database.writing() as connection:
        now = connection.scalar(select(_now(database.dialect)))
        assert isinstance(now, datetime)
        over = or_(LEASE.c.until.is_(None), LEASE.c.until < now, LEASE.c.until > now + LONGEST)
        free = or_(LEASE.c.owner.is_(None), LEASE.c.owner == owner, over)
        held = select(LEASE.c.owner, LEASE.c.term).where(LEASE.c.name == name, free).with_for_update()
        row = connection.execute(held).one_or_none()
        if row is None and connection.scalar(select(LEASE.c.name).where(LEASE.c.name == name)) is None:
            connection.execute(LEASE.insert().values(name=name, owner=owner, term=1, until=now + holds))
            return 1  # somebody deleted it: whoever held it renews it, or takes it later
        if row is None:
            return None
        term: int = row.term + (row.owner != owner)
        mine = {"owner": owner, "term": term, "until": now + holds}
        connection.execute(update(LEASE).where(LEASE.c.name == name).values(**mine))
        return term


def release(database: Database, owner: str, name: str = CLOCK) -> None:
    """Let somebody else have the lease at once."""
    with database.writing() as connection:
        mine = (LEASE.c.name == name, LEASE.c.owner == owner)
        connection.execute(update(LEASE).where(*mine).values(until=None))


def record_heartbeat(
    database: Database, owner: str, at: datetime, failed: Sequence[str] = (), name: str = CLOCK
) -> None:
    """Put on record that the owner was alive at `at`, by its own clock, and which parts of its job had failed."""
    with database.writing() as connection:
        mine = (LEASE.c.name == name, LEASE.c.owner == owner)
        connection.execute(update(LEASE).where(*mine).values(beat_at=at, failed=" ".join(failed)))


def confirm_time(at: datetime, name: str = CLOCK) -> tuple[SideWrite, ...]:
    """Writes that take `at` for the last sign of life, beside the entry by which a person says that the machine's clock is right."""
    row = {"name": name, "owner": None, "term": 0, "until": None, "beat_at": at, "failed": ""}
    return (_put, row), (_believe, {"of": name, "at": at})


def read(database: Database, name: str = CLOCK) -> Lease:
    """The lease as last committed."""
    columns = (LEASE.c.owner, LEASE.c.term, LEASE.c.until, LEASE.c.beat_at, LEASE.c.failed)
    wanted = select(*columns).where(LEASE.c.name == name)
    with database.reading() as connection:
        row = connection.execute(wanted).one_or_none()
    return Lease(*row[:4], tuple((row.failed or "").split())) if row else Lease(None, 0, None, None)


def _put(dialect: str) -> ClauseElement:
    return insert_or_ignore(LEASE, dialect)


def _believe(_dialect: str) -> ClauseElement:
    return update(LEASE).where(LEASE.c.name == bindparam("of")).values(beat_at=bindparam("at"), failed="")


def _now(dialect: str) -> Any:
    """The database's time; on SQLite that is the machine's, as text of the width `UtcDateTime` reads."""
    if dialect == "sqlite":
        return func.strftime("%Y-%m-%dT%H:%M:%f000Z", text("'now'"), type_=UtcDateTime)
    return func.clock_timestamp(type_=UtcDateTime)
