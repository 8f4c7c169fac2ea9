"""Checks of the meaning of entries: whether each step was allowed to its actor under its edition of the rulebook, and whether each score is right.

Whether an entry was changed is checked in `audit/chain/`. Read `rule_checks.py`.
"""
