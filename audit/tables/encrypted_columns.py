"""Checks the columns with personal data. As soon as one text in them is encrypted, all must be.

If a text is then plain, or is the text of another row, this program did not write it. Values of the vault are checked
in `vault.py`.
"""

from __future__ import annotations

from audit.defect import make_defect
from storage.database.database import Database
from storage.vault import encrypted_columns

from .findings import TableFindings


def check_encrypted_columns(database: Database) -> TableFindings:
    """Find every text that is plain although others are encrypted, or that cannot be decrypted in its place."""
    with database.reading() as connection:
        texts = encrypted_columns.misplaced_texts(database, connection)
    return TableFindings(
        tuple(
            make_defect(f"encrypted_{fault}", None, None, table=table, column=column, row=row.replace("\n", " "))
            for fault, table, column, row in texts
        )
    )
