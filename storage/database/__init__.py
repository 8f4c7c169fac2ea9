"""One database behind one URL, SQLite or PostgreSQL.

Its connections, its transactions, its lock, its errors in our own words.

No table is named here, and nothing above this shelf asks which of the two it is, save to compile a statement.
Read `database.py`; `sqlite.py` and `postgres.py` say what each needs and why.
"""
