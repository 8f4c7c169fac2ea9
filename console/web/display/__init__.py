"""What people read of the ledger: titles of fields, values in words, an assessment's state as rows, what was recorded.

Here nothing is decided and nothing is written, and no page is made. Read `titles.py` first, then `values.py`.
"""
