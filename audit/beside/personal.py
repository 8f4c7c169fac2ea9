"""What is personal lies sealed once the database has a key: plain text among it was put there by somebody else."""

from __future__ import annotations

from storage import sealed
from storage.database import Database

from .found import Beside
from .sentences import defect


def look(database: Database) -> Beside:
    """Every text that lies plain where others are sealed."""
    with database.reading() as connection:
        if not sealed.masters(connection).keys() - {""}:
            return Beside()
        found = sealed.plain(connection)
    return Beside(tuple(defect("sealed_plain", None, None, table=t, column=c, row=r) for t, c, r in found))
