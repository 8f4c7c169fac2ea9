"""Encrypted data that can be erased: confidential values, personal columns, the secrets of accounts. Read `vault.py`.

When a value is erased, its key is deleted too. The master key, which encrypts these keys, is in
`storage/master_key.py`.
"""
