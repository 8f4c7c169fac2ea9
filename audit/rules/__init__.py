"""Checks of the meaning of entries: whether the rulebook allowed each step to its actor, and whether scores are right.

Whether an entry was changed is checked in `audit/chain/`. Read `rule_checks.py`.
"""
