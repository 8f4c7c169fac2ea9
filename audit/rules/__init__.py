"""Checks of the meaning of entries: the rulebook allowed each step to its actor, and each score is right.

Also here: the metadata of entries (`metadata_checks.py`), and the rows that are compared with the folded states:
projections (`projection_checks.py`) and rows that let somebody sign in (`credentials.py`). Whether an entry was changed
is checked in `audit/chain/`. Read `rule_checks.py` first.
"""
