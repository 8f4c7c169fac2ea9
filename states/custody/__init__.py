"""What the ledger says about keeping itself: its seals, the tables beside it, the confidential values, the time somebody confirmed.

The seals themselves are made in `audit/seals/`. Read `seals.py`.
"""
