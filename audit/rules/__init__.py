"""The replay's second half: was each act allowed, to this actor, in this stage, under the edition that was pinned.

Read `rule_checks.py`.
"""
