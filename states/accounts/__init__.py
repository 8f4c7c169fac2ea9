"""Accounts: the department, the roles, and everything by which a person or a system gets in. One stream an account.

No secret is here: an entry has only the digest of a secret, a table has the secret itself (`storage/vault/`). Read
`account.py`, then `credentials.py`.
"""
