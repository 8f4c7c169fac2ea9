"""Notes the tables beside the ledger in it: the security log once a day, other rows with each change."""

from __future__ import annotations

from datetime import datetime, timedelta

from states.custody.tables import GENESIS, SECURITY_LOG, NotedLog, NotedTable, NoteRows, NoteSecurityLog, Row
from states.streams import table_stream
from states.vocabulary import CLOCK, Actor, Digest, Opaque
from storage.sign_in import security_log

from .engine import Engine

EVERY = timedelta(hours=24)
"""How often the security log is noted. Lines written since the last note could be rewritten without a trace."""


def noted_table(engine: Engine, name: str) -> NotedTable:
    """A table as the ledger knows it."""
    state = engine.state(table_stream(name))
    assert isinstance(state, NotedTable)
    return state


def note_rows(engine: Engine, name: str, digests: dict[str, str | None], actor: Actor) -> None:
    """Note the rows whose digest in the ledger is another one, or missing."""
    known = noted_table(engine, name)
    changed = {key: digest for key, digest in digests.items() if known.rows.get(key) != digest}
    if changed:
        rows = tuple(Row(key=Opaque(key), digest=Digest(digest) if digest else None) for key, digest in changed.items())
        engine.submit(known.stream, NoteRows(rows=rows), actor, f"note-{known.stream}@{known.version}-{rows[0].key}")


def note_security_log(engine: Engine, now: datetime, days: int) -> bool:
    """Note the extent of the security log, and delete lines older than `days`. Returns whether anything was noted."""
    # The entry comes before the deletion: the replay reports lines that were deleted without an entry. An empty log, or
    # one that is shorter than noted, is not noted either: the replay and the doctor report it.
    database = engine.ledger.database
    state, extent = noted_table(engine, SECURITY_LOG), security_log.extent(database)
    if extent is None:
        return False
    noted = state.log or NotedLog(first=1, before=GENESIS, number=0, digest=GENESIS)
    first, before = noted.first, noted.before
    remaining = security_log.extent_after(database, now - timedelta(days=days))
    if remaining is not None and remaining.first > first:
        first, before = remaining.first, Digest(remaining.before)
    if extent.number < noted.number or (first, extent.number) == (noted.first, noted.number):
        return False
    command = NoteSecurityLog(first=first, before=before, number=extent.number, digest=Digest(extent.digest))
    engine.submit(state.stream, command, CLOCK, f"clock-{state.stream}@{state.version}")
    security_log.delete_before(database, first, before)
    return True
