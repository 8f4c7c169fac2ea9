"""The ledger: entries in a hash chain, written in one transaction together with the rows that are derived from them.

Reading for boards and lists is in `storage/queries.py`. Read `ledger.py`, then `transaction.py`.
"""
