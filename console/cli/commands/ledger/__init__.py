"""Commands about the ledger as evidence: its replay, its seals and their keys, bundles, and the witness's own side.

Read `audit.py`.
"""
