"""The inbox of an account: the notices of its roles, of its unit and of itself, and up to where it has read them.

The notices are deliveries of the channel "inbox" (`deliveries.py`); here is only the mark of the reader.
"""

from __future__ import annotations

from sqlalchemy import select

from storage.database.database import Database
from storage.database.upsert import upsert_larger
from storage.tables.post import INBOX


def read_upto(database: Database, account: str) -> int:
    """The number of the last entry whose notices the account has read; 0 for none."""
    with database.reading() as connection:
        return connection.scalar(select(INBOX.c.number).where(INBOX.c.account == account)) or 0


def mark_read(database: Database, account: str, number: int) -> None:
    """Let everything up to this entry be read. The mark never goes back."""
    with database.writing() as connection:
        row = {"account": account, "number": number}
        connection.execute(upsert_larger(INBOX, database.dialect, "number"), row)
