"""What is personal lies sealed once the database has a key: plain text among it, or a text of another row, somebody else put there."""

from __future__ import annotations

from storage.database.database import Database
from storage.vault import encrypted_columns

from .found import Beside
from .sentences import defect


def look(database: Database) -> Beside:
    """Every text that lies plain where others are sealed, or does not open where it lies."""
    with database.reading() as connection:
        found = encrypted_columns.misplaced_texts(database, connection)
    rows = [(how, table, column, row.replace("\n", " ")) for how, table, column, row in found]
    return Beside(tuple(defect(f"sealed_{how}", None, None, table=t, column=c, row=r) for how, t, c, r in rows))
