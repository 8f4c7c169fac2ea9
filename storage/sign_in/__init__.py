"""Rows about who signs in: accounts and sessions, failed attempts, rates, the security log. Whether somebody may sign in is decided elsewhere.

Read `accounts.py`.
"""
