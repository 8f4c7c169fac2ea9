"""Encrypted data that can be erased: confidential values, personal columns, the secrets of accounts. Read `vault.py`.

To erase a value also deletes its key. The master key, which encrypts these keys, is in `storage/master_key.py`.
"""
