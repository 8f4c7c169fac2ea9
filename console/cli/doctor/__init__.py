"""The checks of `kaohe doctor`, one file for each subject.

Each check prints its findings. A check that can find faults returns their number; the others (`backups.py`,
`roster.py`, `time.py`) print only warnings and return None. A fault (✗) makes the exit code 1; a warning (!) does not.
Read `checks.py`.
"""
