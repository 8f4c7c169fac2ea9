"""Seals: signed checkpoints over the ledger, their keys, their proofs, and the outsiders who cosign them.

What the ledger itself says of its seals is in `states/custody/seals.py`. Read `sealing.py`, then `seal_checks.py`.
"""
