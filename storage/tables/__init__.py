"""The tables, by noun: a row class each, and beside it the Core table that statements are written with.

A row class is a carrier and validates nothing: the core validated what goes in. What the tables mean is told here; who
may write which is in `docs/ledger-format.md`.

- `ledger.py`: the entries, the head that is their lock, the commands and rulebooks beside them. `entry` and `rulebook`
  are append-only: triggers refuse a change (`migrations/`).
- `projections.py`: made from the ledger, and can be made again from it.
- `seals.py`: append-only too. Seals vouch for the ledger and are no part of it.
- `accounts.py`, `vault.py`, `papers.py`: what must be erasable, and therefore is in no entry.
- `post.py`, `clock.py`, `sign_in.py`, `security_log.py`, `replay_jobs.py`: working memory. It changes, and no entry
  rests on it.

Two rules hold for every column. Text has no length: PostgreSQL would enforce one and SQLite would not. A score is a
whole number of hundredths: SQLite would store a NUMERIC as a binary fraction.

This sign imports every module, so whoever imports one table has the whole metadata: alembic and the schema check
(`storage/schema/`) would take a table that nobody had imported for one that should not exist. That is also why the
tables are here and not each beside the module that queries it. Read `ledger.py` first.
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
