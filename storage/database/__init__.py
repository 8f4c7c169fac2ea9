"""One database behind one URL: SQLite or PostgreSQL, its connections, its lock, and its errors in our own words.

No table is named here. Read `database.py`.
"""
