"""Copies of the database: snapshots, dumps, copying from one engine to the other, and when the last backup was made. Read `snapshots.py`."""
