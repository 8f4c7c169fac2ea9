"""Reads the facts with which the ledger records the tables beside it: `RowsNoted` and `SecurityLogNoted`.

Also here: `payload_of`, for the facts about documents and the vault. Nothing is compared here.
"""

from __future__ import annotations

from typing import Any

import msgspec

from states.custody.tables import SECURITY_LOG, RowsNoted, SecurityLogNoted
from states.streams import table_stream
from storage import queries
from storage.database.database import Database

ExpectedRows = dict[str, tuple[str, int]]
"""The digest of each row that a table should have and the number of the entry that records it, by the row's key."""


def expected_rows(database: Database, table: str) -> ExpectedRows:
    """Every row that a table should have by the entries."""
    rows: ExpectedRows = {}
    for number, payload in _payloads(database, RowsNoted.kind, table):
        for row in payload.get("rows", ()):
            if row.get("digest") is None:  # The row was deleted.
                rows.pop(row["key"], None)
            else:
                rows[row["key"]] = row["digest"], number
    return rows


def security_log_facts(database: Database) -> list[tuple[int, SecurityLogNoted]]:
    """Every fact about the security log, with the number of its entry."""
    payloads = _payloads(database, SecurityLogNoted.kind, SECURITY_LOG)
    return [(number, msgspec.convert(payload, SecurityLogNoted)) for number, payload in payloads]


def payload_of(body: str) -> dict[str, Any]:
    """The payload of an entry's body; empty if it cannot be read, because the replay reports that."""
    try:
        return dict(msgspec.json.decode(body)["payload"])
    except (msgspec.DecodeError, LookupError, TypeError, ValueError):
        return {}


def _payloads(database: Database, kind: str, table: str) -> list[tuple[int, dict[str, Any]]]:
    stream = table_stream(table)
    entries = (entry for entry in queries.entries_of(database, (kind,)) if entry.stream == stream)
    return [(entry.number, payload) for entry in entries if (payload := payload_of(entry.body))]
