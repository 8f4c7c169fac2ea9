"""Checks of the tables beside the ledger: each is compared with the entries that record its rows.

The projections are checked by the replay and can be made again from the entries. The tables here cannot: the vault,
documents, contacts, working days, the security log, stored replay reports. The schema is checked here too. Nothing here
writes. Read `all_tables.py` first; each other file checks one table.
"""
