"""What the ledger records about its own upkeep: seals, the tables beside it, confidential values, a confirmed time.

The seals themselves are made in `audit/seals/`. Read `seals.py`.
"""
