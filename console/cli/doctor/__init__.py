"""The checks of `kaohe doctor`, one file for each subject.

Each check prints its findings and returns the number of faults.

A fault (✗) makes the exit code 1; a warning (!) does not. Read `checks.py`.
"""
