"""Copies of a whole database: a snapshot of an SQLite file, a dump of a PostgreSQL schema, a copy to try things out on.

Read `snapshots.py`, then `dumps.py`; `copying.py` makes no backup. When the last backup was made is in
`storage/last_backup.py`.
"""
