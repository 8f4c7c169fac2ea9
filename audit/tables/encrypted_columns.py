"""Personal columns are encrypted once the database has a key. Plain text, or the text of another row, was put there by somebody else."""

from __future__ import annotations

from audit.defect import make_defect
from storage.database.database import Database
from storage.vault import encrypted_columns

from .findings import TableFindings


def check_encrypted_columns(database: Database) -> TableFindings:
    """Every text that is plain where others are encrypted, or that cannot be decrypted in its place."""
    with database.reading() as connection:
        found = encrypted_columns.misplaced_texts(database, connection)
    rows = [(how, table, column, row.replace("\n", " ")) for how, table, column, row in found]
    return TableFindings(
        tuple(make_defect(f"encrypted_{how}", None, None, table=t, column=c, row=r) for how, t, c, r in rows)
    )
