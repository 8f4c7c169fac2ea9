"""The schema compared with the one the migrations make: triggers, their functions, indexes, columns, constraints.

A trigger stops accidents only: the owner of a database can drop it. A trigger that is missing, disabled or changed is found here.
Read `differences.py` first; `sqlite.py` and `postgres.py` read a database's own catalogue.
"""

from .differences import Difference, differences

__all__ = ["Difference", "differences"]
