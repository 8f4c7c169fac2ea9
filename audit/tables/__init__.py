"""The tables beside the ledger, each compared with the entries that say what its rows should be.

The replay reads the entries and the projections, which can be made again from them. These tables cannot: the vault, documents, contacts,
working days, the security log, stored replay reports, and the schema itself. Read `all_tables.py` first; each other file checks one table.
Nothing here writes.
"""
