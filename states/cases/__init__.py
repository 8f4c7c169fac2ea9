"""Disciplinary cases, and what they do to the result of a unit: deductions, vetoes, what is still undecided.

What a routine check finds is in `states/routine_check.py`. Read `case.py`, then `effects.py`.
"""
