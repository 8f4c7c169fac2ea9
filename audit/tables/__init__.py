"""Checks of the tables beside the ledger: each is compared with the entries that record its rows.

The tables: the vault, documents, contacts, working days, the security log, stored replay reports. They cannot be made
again from the entries. Also here: the schema (`schema.py`), and texts that should be encrypted
(`encrypted_columns.py`). Not here: the projections, which the replay checks, and the rows that let somebody sign in
(`rules/credentials.py`). Nothing here writes. Read `all_tables.py` first.
"""
