"""Accounts: their department, their roles, and their credentials. Each account has its own stream.

No secret is here: an entry has only the digest of a secret, and a table has the secret itself (`storage/vault/`). Read
`account.py` first, then `credentials.py`. Also here: the entries about refused attempts (`attempts.py`).
"""
