"""Facts that the ledger records about its own custody: seals, tables beside it, confidential values, a confirmed time.

Not here: making a seal (`audit/seals/`), storing a value or a row (`storage/`). Read `seals.py` first.
"""
