"""One database behind one URL, SQLite or PostgreSQL: its connections, transactions, lock, and errors.

This shelf names no table. The shelves above it do not ask which of the two databases it is, except to compile a
statement. Read `database.py` first; `sqlite.py` and `postgres.py` contain what each database needs, with the reasons.
"""
