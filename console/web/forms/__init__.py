"""Forms: drawn from a command, read back, checked, confirmed, and filled in again after an error.

Read `act_form.py`.
"""
