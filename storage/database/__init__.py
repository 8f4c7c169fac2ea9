"""One database behind one URL, SQLite or PostgreSQL: its connections, transactions, lock, and errors.

This shelf names no table. Read `database.py` first. `sqlite.py` and `postgres.py` contain what each database needs,
with the reasons. A few modules of other shelves must know which of the two it is (`Database.dialect`): the ledger's
writer, backups, the schema check, erasing.
"""
