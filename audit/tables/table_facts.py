"""What the ledger says of the tables beside it: the facts `RowsNoted` and `SecurityLogNoted`."""

from __future__ import annotations

from typing import Any

import msgspec

from states.custody.tables import SECURITY_LOG, RowsNoted, SecurityLogNoted
from states.streams import table_stream
from storage import queries
from storage.database.database import Database

ExpectedRows = dict[str, tuple[str, int]]
"""The digest of each row that should be there and the number of the entry that says so, by the row's key."""


def expected_rows(database: Database, table: str) -> ExpectedRows:
    """Every row of a table that should be there."""
    found: ExpectedRows = {}
    for number, payload in _payloads(database, RowsNoted.kind, table):
        for row in payload.get("rows", ()):
            if row.get("digest") is None:
                found.pop(row["key"], None)
            else:
                found[row["key"]] = row["digest"], number
    return found


def security_log_facts(database: Database) -> list[tuple[int, SecurityLogNoted]]:
    """Every fact about the security log, with the number of its entry."""
    noted = _payloads(database, SecurityLogNoted.kind, SECURITY_LOG)
    return [(number, msgspec.convert(payload, SecurityLogNoted)) for number, payload in noted]


def payload_of(body: str) -> dict[str, Any]:
    """The payload of an entry's body; empty where it cannot be read, which the replay reports."""
    try:
        return dict(msgspec.json.decode(body)["payload"])
    except (msgspec.DecodeError, LookupError, TypeError, ValueError):
        return {}


def _payloads(database: Database, kind: str, table: str) -> list[tuple[int, dict[str, Any]]]:
    entries = (one for one in queries.entries_of(database, (kind,)) if one.stream == table_stream(table))
    return [(one.number, payload) for one in entries if (payload := payload_of(one.body))]
