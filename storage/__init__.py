"""THE MEMORY. The only room that speaks SQL.

What lives here: the ledger (台账) and what is derived from it, on SQLite and on PostgreSQL alike.
`database.py` opens and creates one institution's database, `chain.py` says what an entry's bytes are,
`ledger.py` is the one pen everything is written with, `queries.py` what others may ask, `tables.py` the rows,
`migrations/` their history, `errors.py` the sentences when something goes wrong.

What does not: what a fact means, whether it is allowed, who may do it (`states/`, `workflow/`), and any clock:
every function that needs the time is handed it. Storage imports `states` for `Told` and `Text` only.

Read `ledger.py` first: `Ledger.pen` is the only way in.
"""
