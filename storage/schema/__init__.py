"""Compares the schema of a database with the schema that the migrations make.

It compares tables, columns, keys, indexes, triggers and the functions of triggers, and finds rules, row security and
settings with which they have no effect. The guards of the ledger (`migrations/guards.py`) only prevent accidents: the
owner of a database can drop them, change an entry, and make them again. The hash chain and the seals find such a
change. This shelf finds a guard that is missing, disabled or changed now.

Read `differences.py` first. `sqlite.py` and `postgres.py` read the catalogue of a database.
"""

from .differences import Difference, differences

__all__ = ["Difference", "differences"]
