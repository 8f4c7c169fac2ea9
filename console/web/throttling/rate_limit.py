"""Limits how many calls one caller may make in a minute, over all processes together.

If the database refuses the count, the call is allowed.
"""

from __future__ import annotations

from datetime import datetime
from math import ceil
from threading import Lock

from storage.database.database import Database
from storage.errors import StorageError
from storage.sign_in import rates

_USED_UP = -1
"""The caller has no calls left in this minute, so the database is not queried again."""


class RateLimit:
    """Allows each caller at most `limit` calls in a minute.

    The count is in the database. Each process claims several calls at once and counts them in memory
    (`storage/sign_in/rates.py`), so most calls cause no write.
    """

    def __init__(self, database: Database, limit: int) -> None:
        self.limit = limit
        self._database = database
        self._minute = 0
        self._claimed: dict[str, int] = {}
        self._lock = Lock()

    def count_call(self, caller: str, now: datetime) -> int:
        """Count a call.

        Returns 0 if it is allowed, otherwise the seconds until the next minute. Does not wait itself.
        """
        minute, seconds = divmod(now.timestamp(), 60)
        with self._lock:
            if self._minute != minute:
                self._minute, self._claimed = int(minute), {}
            # `_USED_UP` is not 0: nothing more is claimed in this minute for a caller without calls.
            remaining = self._claimed.get(caller, 0) or self._claim(caller) or _USED_UP
            self._claimed[caller] = max(remaining - 1, _USED_UP)
        return 0 if remaining > 0 else max(ceil(60 - seconds), 1)

    def _claim(self, caller: str) -> int:
        try:
            return rates.claim_calls(self._database, caller, self._minute, self.limit)
        except StorageError:
            # Allow the call. It may only read, and a database that refuses writes may still answer reads.
            return 1
