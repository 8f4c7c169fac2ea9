"""The lease of a job that only one process does at a time, and the last heartbeat of that process.

A lease only saves work. Two owners at the same time would try to write the same entries and to send the same letters,
but other mechanisms prevent doubles: command ids that contain stream and version, and the claim of a delivery. So a
lease needs no fencing token, and an owner that lost its lease unnoticed does no harm.

Leases use the time of the database. The clocks of two machines differ, so with their own times a lease could have two
owners.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import ClauseElement, bindparam, func, or_, select, text, update

from storage.database.prepared import SideWrite
from storage.database.upsert import insert_or_ignore
from storage.tables.clock import LEASE
from storage.tables.columns import UtcDateTime

from .database.database import Database

CLOCK = "clock"
"""The lease of the scheduler's daemon."""

LONGEST_LEASE = timedelta(minutes=15)
"""No lease is taken for longer than this."""


class Lease(Struct, frozen=True):
    """A lease: its owner, how often the owner changed (`term`), its end, and the owner's last heartbeat (`beat_at`).

    `failed` lists the parts of the job that had failed at the heartbeat.
    """

    owner: str | None
    term: int
    until: datetime | None
    beat_at: datetime | None
    failed: tuple[str, ...] = ()


def take(database: Database, owner: str, duration: timedelta, name: str = CLOCK) -> int | None:
    """Take or renew the lease for `duration` from now, at most `LONGEST_LEASE`. Returns its term.

    None if another owner has the lease.
    """
    # If a lease ends later than `LONGEST_LEASE` from now, the database's clock was ahead when the lease was taken and
    # was set back since. It is ignored: otherwise nobody would do the job for as long as the clock was ahead.
    with database.writing() as connection:
        now = connection.scalar(select(_now(database.dialect)))
        assert isinstance(now, datetime)
        has_ended = or_(LEASE.c.until.is_(None), LEASE.c.until < now, LEASE.c.until > now + LONGEST_LEASE)
        is_free = or_(LEASE.c.owner.is_(None), LEASE.c.owner == owner, has_ended)
        free_lease = select(LEASE.c.owner, LEASE.c.term).where(LEASE.c.name == name, is_free).with_for_update()
        row = connection.execute(free_lease).one_or_none()
        if row is None and connection.scalar(select(LEASE.c.name).where(LEASE.c.name == name)) is None:
            # Somebody deleted the row by hand, so it is made again.
            connection.execute(LEASE.insert().values(name=name, owner=owner, term=1, until=now + duration))
            return 1
        if row is None:
            return None
        term: int = row.term + (row.owner != owner)
        values = {"owner": owner, "term": term, "until": now + duration}
        connection.execute(update(LEASE).where(LEASE.c.name == name).values(**values))
        return term


def release(database: Database, owner: str, name: str = CLOCK) -> None:
    """End the lease if `owner` has it, so that another owner can take it at once."""
    with database.writing() as connection:
        is_own = (LEASE.c.name == name, LEASE.c.owner == owner)
        connection.execute(update(LEASE).where(*is_own).values(until=None))


def record_heartbeat(
    database: Database, owner: str, at: datetime, failed: Sequence[str] = (), name: str = CLOCK
) -> None:
    """Record that the owner was running at `at`, by its own clock, and the parts of its job that had failed."""
    with database.writing() as connection:
        is_own = (LEASE.c.name == name, LEASE.c.owner == owner)
        connection.execute(update(LEASE).where(*is_own).values(beat_at=at, failed=" ".join(failed)))


def confirm_time(at: datetime, name: str = CLOCK) -> tuple[SideWrite, ...]:
    """The writes that set the last heartbeat to `at` and clear its failed parts; they make the lease if it is missing.

    They belong to the entry with which a person confirms the clock.
    """
    row = {"name": name, "owner": None, "term": 0, "until": None, "beat_at": at, "failed": ""}
    return (_insert, row), (_set_heartbeat, {"lease_name": name, "at": at})


def read(database: Database, name: str = CLOCK) -> Lease:
    """The lease as last committed. If it has no row, it is a lease without an owner."""
    columns = (LEASE.c.owner, LEASE.c.term, LEASE.c.until, LEASE.c.beat_at, LEASE.c.failed)
    statement = select(*columns).where(LEASE.c.name == name)
    with database.reading() as connection:
        row = connection.execute(statement).one_or_none()
    return Lease(*row[:4], tuple((row.failed or "").split())) if row else Lease(None, 0, None, None)


def _insert(dialect: str) -> ClauseElement:
    return insert_or_ignore(LEASE, dialect)


def _set_heartbeat(_dialect: str) -> ClauseElement:
    return update(LEASE).where(LEASE.c.name == bindparam("lease_name")).values(beat_at=bindparam("at"), failed="")


def _now(dialect: str) -> Any:
    """The time of the database. On SQLite it is the time of the machine, as text in the form of `UtcDateTime`."""
    if dialect == "sqlite":
        return func.strftime("%Y-%m-%dT%H:%M:%f000Z", text("'now'"), type_=UtcDateTime)
    return func.clock_timestamp(type_=UtcDateTime)
