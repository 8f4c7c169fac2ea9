"""A ledger to take away: made, described, and checked by the program that lies in it (`verify.py`), which imports nothing of ours.

Read `bundle.py`.
"""
