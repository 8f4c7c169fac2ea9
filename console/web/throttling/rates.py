"""How much one caller may ask in a minute, whichever process is asked."""

from __future__ import annotations

from datetime import datetime
from math import ceil
from threading import Lock

from storage.database.database import Database
from storage.errors import StorageError
from storage.sign_in import rates

_SPENT = -1
"""The database had nothing left for the caller: it is not asked again in this minute."""


class Rate:
    """How often each caller may ask in a minute, of all processes together; each takes some calls ahead (`storage/sign_in/rates.py`)."""

    def __init__(self, database: Database, most: int) -> None:
        self.most = most
        self._database = database
        self._minute = 0
        self._left: dict[str, int] = {}
        self._lock = Lock()

    def wait(self, caller: str, now: datetime) -> int:
        """Count one more; how many seconds until the caller may ask again, 0 for at once."""
        minute, seconds = divmod(now.timestamp(), 60)
        with self._lock:
            if self._minute != minute:
                self._minute, self._left = int(minute), {}
            left = self._left.get(caller, 0) or self._claimed(caller) or _SPENT
            self._left[caller] = max(left - 1, _SPENT)
        return 0 if left > 0 else max(ceil(60 - seconds), 1)

    def _claimed(self, caller: str) -> int:
        try:
            return rates.claim(self._database, caller, self._minute, self.most)
        except StorageError:
            return 1  # a database that cannot be written may still be read
