"""Notes digests of tables beside the ledger as entries, so that the replay finds a row that somebody changed.

Rows of contacts, of holiday tables and of replays are noted with each change, the security log by its first and last
line. Also here: the deletion of old lines of the security log. Not here: the change of those tables (such as
`contacts.py`), and when the log is noted (`scheduler/daemon.py`).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from states.custody.tables import GENESIS, SECURITY_LOG, NotedLog, NotedTable, NoteRows, NoteSecurityLog, Row
from states.streams import table_stream
from states.vocabulary import CLOCK, Actor, Digest, Opaque
from storage.sign_in import security_log

from .engine import Engine

NOTE_INTERVAL = timedelta(hours=24)
"""The time between two notes of the security log. Lines after the last note could be rewritten without a trace."""


def noted_table(engine: Engine, name: str) -> NotedTable:
    """A table as the ledger knows it."""
    state = engine.state(table_stream(name))
    assert isinstance(state, NotedTable)
    return state


def note_rows(engine: Engine, name: str, digests: dict[str, str | None], actor: Actor) -> None:
    """Note the rows whose digest differs from the digest in the ledger. `digests` by key; None for a deleted row."""
    table = noted_table(engine, name)
    changed = {key: digest for key, digest in digests.items() if table.rows.get(key) != digest}
    if changed:
        rows = tuple(Row(key=Opaque(key), digest=Digest(digest) if digest else None) for key, digest in changed.items())
        engine.submit(table.stream, NoteRows(rows=rows), actor, f"note-{table.stream}@{table.version}-{rows[0].key}")


def note_security_log(engine: Engine, now: datetime, days: int) -> bool:
    """Note which lines of the security log are stored, then delete its lines older than `days`.

    Returns False, and does neither, if there is nothing new to note.
    """
    # The entry comes before the deletion, because the replay reports lines that were deleted without an entry. An empty
    # log is not noted, and neither is a log that is shorter than its last note: the replay and the doctor report it.
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
