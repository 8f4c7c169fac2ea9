"""The schema compared with the one that the migrations make.

Tables, columns, keys, indexes, triggers and their functions.

The guards of the ledger (`migrations/guards.py`) stop accidents only: the owner of a database can drop them, change an
entry, and make them again. That the chain and the seals find. Here is found that a guard is missing, disabled or
changed now.

Read `differences.py` first; `sqlite.py` and `postgres.py` read a database's own catalogue.
"""

from .differences import Difference, differences

__all__ = ["Difference", "differences"]
