"""What entries mean: was each step allowed, by that actor, under that edition of the rulebook; does each score come out again.

Whether entries were changed is checked in `audit/chain/`. Read `rule_checks.py`.
"""
