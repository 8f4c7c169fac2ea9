"""The tables beside the ledger, held against it: what somebody can do to them who owns the database.

The replay (`audit/replay.py`) reads entries and what can be made again from them. What lives here asks of everything else: is it
what an entry said it was? Read `look.py` first; each other file is one table. Nothing here writes.
"""

from .found import Beside
from .look import glance, look

__all__ = ["Beside", "glance", "look"]
