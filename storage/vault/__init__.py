"""What is encrypted and can be erased: confidential values, personal columns, the secrets of accounts.

Erasing a value deletes its key with it. The key above them all is `storage/master_key.py`. Read `vault.py`.
"""
