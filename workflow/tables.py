"""What the ledger notes of the tables beside it: the security log from time to time, other rows with each change."""

from __future__ import annotations

from datetime import datetime, timedelta

from states.custody.tables import GENESIS, SECURITY_LOG, NoteRows, NoteSecurityLog, Row, Table
from states.streams import table_stream
from states.vocabulary import CLOCK, Actor, Digest, Opaque
from storage.sign_in import security_log

from .engine import Engine

EVERY = timedelta(hours=24)
"""How often the security log is noted: what is written between two notes can be rewritten unseen."""


def table(engine: Engine, name: str) -> Table:
    """A table as the ledger knows it."""
    state = engine.state(table_stream(name))
    assert isinstance(state, Table)
    return state


def note(engine: Engine, name: str, digests: dict[str, str | None], actor: Actor) -> None:
    """Note the rows whose digest the ledger does not have yet."""
    known = table(engine, name)
    changed = {key: digest for key, digest in digests.items() if known.rows.get(key) != digest}
    if changed:
        rows = tuple(Row(key=Opaque(key), digest=Digest(digest) if digest else None) for key, digest in changed.items())
        engine.submit(known.stream, NoteRows(rows=rows), actor, f"note-{known.stream}@{known.version}-{rows[0].key}")


def keep_security_log(engine: Engine, now: datetime, days: int) -> bool:
    """Note the end of the security log, and delete lines older than so many days. Returns whether anything was noted.

    The entry comes first: the replay reports lines that were deleted without one.
    """
    database = engine.ledger.database
    known, there = table(engine, SECURITY_LOG), security_log.extent(database)
    if there is None:
        return False  # nothing to note: the replay and the doctor tell
    last = known.log
    first, before = (last.first, last.before) if last is not None else (1, GENESIS)
    coming = security_log.extent_after(database, now - timedelta(days=days))
    if coming is not None and coming.first > first:
        first, before = coming.first, Digest(coming.before)
    at = last.number if last is not None else 0
    if there.number < at or (first, there.number) == (last.first if last is not None else 1, at):
        return False
    command = NoteSecurityLog(first=first, before=before, number=there.number, digest=Digest(there.digest))
    engine.submit(known.stream, command, CLOCK, f"clock-{known.stream}@{known.version}")
    security_log.delete_before(database, first, before)
    return True
