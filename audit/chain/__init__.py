"""Checks of the entries as data: whether each follows the one before it and agrees with its columns and command id.

The meaning of an entry is checked in `audit/rules/`. Read `hash_chain.py`, then `fast_path.py`.
"""
