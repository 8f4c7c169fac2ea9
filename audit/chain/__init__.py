"""Checks of the entries as data: whether each entry follows the one before it, and whether the columns and command ids agree with it.

The meaning of an entry is checked in `audit/rules/`. Read `hash_chain.py`, then `fast_path.py`.
"""
