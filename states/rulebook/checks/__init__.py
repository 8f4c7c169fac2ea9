"""What is checked before rules are used: that every table answers, every sum comes out, and every name is there.

`rule_checks.py` has the two ways in. Not here: the calculation itself, which these checks ask in every possible case.
"""
