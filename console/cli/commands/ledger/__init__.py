"""Commands that prove the ledger: its replay, its seals and their keys, bundles, and the commands of a witness.

Read `audit.py`.
"""
