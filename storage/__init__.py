"""THE MEMORY. The only room that speaks SQL, on SQLite and on PostgreSQL alike.

- `database/`: one institution's database: opened, read and written in transactions, its lock, its errors. Names no
  table.
- `tables/`: the tables, by noun. `migrations/`: how a database gets them. `schema/`: whether it still has them.
- `ledger/`: the entries (台账) as a hash chain, the one transaction that appends to it, and the folded states it
  remembers.
- `vault/`: what is encrypted and can be erased. `papers/`, `post/`, `sign_in/`: the rows of documents, letters,
  sessions.
- `backup/`: copies of the whole database.
- `queries.py`: what others ask of the projections. `seals.py`, `lease.py`, `holidays.py`, `replay_jobs.py`: a table
  each.
- Below all of them: `errors.py`, `private_files.py`, `master_key.py`, `last_backup.py`, `bilingual_column.py`.

What does not live here: what a fact means, whether it is allowed, who may do it (`states/`, `workflow/`), and any
clock: every function that needs the time is handed it.

Read `ledger/ledger.py` first: `Ledger.transaction` is the only way to write an entry.
"""
