"""The tables beside the ledger compared with it, to find what the owner of the database changed in them.

The replay (`audit/replay.py`) reads entries and the tables that can be made again from them. This package checks the other tables:
is each row what an entry said it was? Read `look.py` first; each other file is one table. Nothing here writes.
"""

from .found import Beside
from .look import glance, look

__all__ = ["Beside", "glance", "look"]
