"""Reads and records how far an account has read its inbox.

The notices in an inbox are the deliveries of the channel "inbox" (`deliveries.py`) to the account, to its roles and to
its department.
"""

from __future__ import annotations

from sqlalchemy import ClauseElement, bindparam, select

from storage.database.database import Database
from storage.database.upsert import upsert_maximum
from storage.tables.post import INBOX


def last_read_entry(database: Database, account: str) -> int:
    """The number of the last entry whose notices the account has read; 0 if there is none."""
    with database.cursor() as cursor:
        row = database.prepare(_last_read_entry).run(cursor, account=account).fetchone()
    return row[0] if row is not None else 0


def _last_read_entry(_dialect: str) -> ClauseElement:
    """The number up to which `account` has read."""
    return select(INBOX.c.number).where(INBOX.c.account == bindparam("account"))


def mark_read(database: Database, account: str, number: int) -> None:
    """Mark everything up to this entry as read.

    The mark never moves back, because an older window may send its mark late.
    """
    with database.writing() as connection:
        row = {"account": account, "number": number}
        connection.execute(upsert_maximum(INBOX, database.dialect, "number"), row)
