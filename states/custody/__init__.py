"""Commands, facts and checks of the ledger's own custody: seals, tables beside it, confidential values, its time.

Not here: making a seal (`audit/seals/`), storing a value or a row (`storage/`). Read `seals.py` first.
"""
