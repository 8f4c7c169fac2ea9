"""Copies of a whole database: a snapshot of an SQLite file, a dump of a PostgreSQL schema, a copy for a rehearsal.

Read `snapshots.py`, then `dumps.py`. The copy of `copying.py` is no backup. Not here: the record of the last backup
(`storage/last_backup.py`).
"""
