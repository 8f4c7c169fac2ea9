"""The tables, by noun. Each has a row class and a Core table (`ENTRY`), which the statements use.

A row class only carries values and validates nothing, because the core has validated them. The docstrings here define
the meaning of the tables; `docs/ledger-format.md` states who may write them.

- `ledger.py`: the entries, the head (whose row is the lock), and the commands and rulebooks. `entry` and `rulebook` are
  append-only: triggers refuse a change (`migrations/`).
- `projections.py`: rows that are made from the ledger and can be made from it again.
- `seals.py`: append-only too. Seals prove that the ledger did not change, and are no part of it.
- `accounts.py`, `vault.py`, `papers.py`: data that must be erasable, and is therefore in no entry.
- `post.py`, `clock.py`, `sign_in.py`, `security_log.py`, `replay_jobs.py`: working data. It changes, and no entry
  depends on it.

Two rules apply to every column. Text has no maximum length, because PostgreSQL would enforce it and SQLite would not. A
score is an integer in hundredths, because SQLite would store a NUMERIC as a binary fraction.

This module imports all the others, so that the metadata is complete whichever table somebody imports. Otherwise Alembic
and the schema check (`storage/schema/`) would report a table that nobody imported as surplus. For the same reason the
tables are together here, and not in the modules that query them. Read `ledger.py` first.
"""

from . import accounts, clock, ledger, papers, post, projections, replay_jobs, seals, security_log, sign_in, vault

__all__ = [
    "accounts",
    "clock",
    "ledger",
    "papers",
    "post",
    "projections",
    "replay_jobs",
    "seals",
    "security_log",
    "sign_in",
    "vault",
]
