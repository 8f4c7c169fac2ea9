"""Limits how many calls one caller may make in a minute, over all processes together."""

from __future__ import annotations

from datetime import datetime
from math import ceil
from threading import Lock

from storage.database.database import Database
from storage.errors import StorageError
from storage.sign_in import rates

_USED_UP = -1
"""The caller has no calls left in this minute, so the database is not asked again."""


class Rate:
    """A limit of `most` calls of each caller in a minute.

    The count is in the database. Each process claims several calls at once and counts them itself
    (`storage/sign_in/rates.py`), so that not every call is a write.
    """

    def __init__(self, database: Database, most: int) -> None:
        self.most = most
        self._database = database
        self._minute = 0
        self._remaining: dict[str, int] = {}
        self._lock = Lock()

    def wait(self, caller: str, now: datetime) -> int:
        """Count a call. Returns 0 if it is allowed, otherwise how many seconds the caller has to wait."""
        minute, seconds = divmod(now.timestamp(), 60)
        with self._lock:
            if self._minute != minute:
                self._minute, self._remaining = int(minute), {}
            remaining = self._remaining.get(caller, 0) or self._claim(caller) or _USED_UP
            self._remaining[caller] = max(remaining - 1, _USED_UP)
        return 0 if remaining > 0 else max(ceil(60 - seconds), 1)

    def _claim(self, caller: str) -> int:
        try:
            return rates.claim(self._database, caller, self._minute, self.most)
        except StorageError:
            # The call is allowed: a database that cannot be written can perhaps be read.
            return 1
