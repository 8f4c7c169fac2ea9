"""THE MEMORY. The only room that uses SQL, for SQLite and PostgreSQL alike.

- `database/`: opens one institution's database, and has its transactions, its lock and its errors. It names no table.
- `tables/`: the tables, by noun. `migrations/`: the steps that make them. `schema/`: the check that a database still
  has them.
- `ledger/`: the entries (台账) as a hash chain, and the only transaction that appends to it.
- `state_cache.py`: the states that were folded from the entries, in memory.
- `vault/`: encrypted data that can be erased. `papers/`, `post/`, `sign_in/`: the rows of documents, letters, sessions.
- `backup/`: copies of the whole database.
- `queries.py`: the queries of other rooms, most of them on the projections. `seals.py`: seals, cosignatures and keys.
  `lease.py`, `holidays.py`, `replay_jobs.py`: one table each.
- Used by all of them: `errors.py`, `private_files.py`, `master_key.py`, `last_backup.py`, `bilingual_column.py`.

Not here: the meaning of a fact, whether it is allowed, and who may record it (`states/`, `workflow/`). Nor a clock:
callers pass the time to every function that needs it. Only a lease uses the time of the database (`lease.py`).

Read `ledger/ledger.py` first: `Ledger.transaction` is the only way to write an entry.
"""
