"""What is encrypted: confidential values, the secrets of accounts, and the key above them all. Erasing a value deletes its key.

Read `vault.py`.
"""
