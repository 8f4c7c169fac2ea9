"""The lease: which process does a job that one process does for all, and its last sign of life.

A lease saves work, nothing more. Two owners at once would try to write the same entries and send the same letters; what
keeps these from being doubled is elsewhere: command ids made of stream and version, and the claim of a delivery. So a
lease needs no fencing token, and an owner that lost it without noticing does no harm.

The time is the database's: the clocks of two machines differ, and a lease that each measured by its own could have two
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

LONGEST = timedelta(minutes=15)
"""No lease is taken for longer."""


class Lease(Struct, frozen=True):
    """A lease: its owner, how often the owner changed (`term`), its end, the owner's last sign of life.

    `failed` names the parts of the job that had failed by then.
    """

    owner: str | None
    term: int
    until: datetime | None
    beat_at: datetime | None
    failed: tuple[str, ...] = ()


def take(database: Database, owner: str, holds: timedelta, name: str = CLOCK) -> int | None:
    """Take or renew the lease for `holds` (at most `LONGEST`) from now on; its term, or None if somebody else has it."""
    # A lease that ends later than `LONGEST` from now was taken while the database's clock was ahead, which was set back
    # since. Respected, it would leave the job undone for as long as the clock had been wrong.
    with database.writing() as connection:
        now = connection.scalar(select(_now(database.dialect)))
        assert isinstance(now, datetime)
        over = or_(LEASE.c.until.is_(None), LEASE.c.until < now, LEASE.c.until > now + LONGEST)
        free = or_(LEASE.c.owner.is_(None), LEASE.c.owner == owner, over)
        free_lease = select(LEASE.c.owner, LEASE.c.term).where(LEASE.c.name == name, free).with_for_update()
        row = connection.execute(free_lease).one_or_none()
        if row is None and connection.scalar(select(LEASE.c.name).where(LEASE.c.name == name)) is None:
            connection.execute(LEASE.insert().values(name=name, owner=owner, term=1, until=now + holds))
            return 1  # the row was deleted by hand: its owner takes it again, or takes it later
        if row is None:
            return None
        term: int = row.term + (row.owner != owner)
        mine = {"owner": owner, "term": term, "until": now + holds}
        connection.execute(update(LEASE).where(LEASE.c.name == name).values(**mine))
        return term


def release(database: Database, owner: str, name: str = CLOCK) -> None:
    """End the lease, so that another owner can take it at once."""
    with database.writing() as connection:
        mine = (LEASE.c.name == name, LEASE.c.owner == owner)
        connection.execute(update(LEASE).where(*mine).values(until=None))


def record_heartbeat(
    database: Database, owner: str, at: datetime, failed: Sequence[str] = (), name: str = CLOCK
) -> None:
    """Record that the owner was alive at `at`, by its own clock, and which parts of its job had failed."""
    with database.writing() as connection:
        mine = (LEASE.c.name == name, LEASE.c.owner == owner)
        connection.execute(update(LEASE).where(*mine).values(beat_at=at, failed=" ".join(failed)))


def confirm_time(at: datetime, name: str = CLOCK) -> tuple[SideWrite, ...]:
    """The writes that make `at` the last sign of life, beside the entry by which a person confirms the machine's clock."""
    row = {"name": name, "owner": None, "term": 0, "until": None, "beat_at": at, "failed": ""}
    return (_insert, row), (_set_beat, {"of": name, "at": at})


def read(database: Database, name: str = CLOCK) -> Lease:
    """The lease as last committed."""
    columns = (LEASE.c.owner, LEASE.c.term, LEASE.c.until, LEASE.c.beat_at, LEASE.c.failed)
    wanted = select(*columns).where(LEASE.c.name == name)
    with database.reading() as connection:
        row = connection.execute(wanted).one_or_none()
    return Lease(*row[:4], tuple((row.failed or "").split())) if row else Lease(None, 0, None, None)


def _insert(dialect: str) -> ClauseElement:
    return insert_or_ignore(LEASE, dialect)


def _set_beat(_dialect: str) -> ClauseElement:
    return update(LEASE).where(LEASE.c.name == bindparam("of")).values(beat_at=bindparam("at"), failed="")


def _now(dialect: str) -> Any:
    """The database's time. On SQLite that is the machine's, as text in the form of `UtcDateTime`."""
    if dialect == "sqlite":
        return func.strftime("%Y-%m-%dT%H:%M:%f000Z", text("'now'"), type_=UtcDateTime)
    return func.clock_timestamp(type_=UtcDateTime)
