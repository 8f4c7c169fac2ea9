"""Checks of the entries as data: each must follow the one before it, and agree with its columns and its command id.

The meaning of an entry is checked in `audit/rules/`. Read `hash_chain.py`, then `fast_path.py`.
"""
