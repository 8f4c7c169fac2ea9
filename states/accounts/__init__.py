"""Accounts: unit, roles, and everything that lets a person or a system in. One stream an account.

No secret is here: an entry names the digest, a table keeps the secret (`storage/vault/`). Read `account.py`.
"""
