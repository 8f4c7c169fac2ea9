"""What `kaohe doctor` checks: one file for each thing. Each check prints what it finds and returns the number of faults.

A fault (✗) makes the exit code 1; a warning (!) does not. Read `checks.py`.
"""
