"""THE MEMORY. The only room that speaks SQL.

What lives here: the ledger (台账) and what is derived from it, on SQLite and on PostgreSQL alike.
`database/` opens and creates one institution's database, `ledger/chain.py` says what an entry's bytes are,
`ledger/` has the one transaction everything is written with (its connection in `writer.py`, its SQL in `statements.py`
and `prepared.py`); its `facts.py` and `projection.py` lead from an entry to its fact and from a state to its
row, `state_cache.py` remembers folded states for the engine and the post, `queries.py` is what others may ask, `tables.py` the rows, `migrations/` their history, `errors.py` the
sentences when something goes wrong (`database/driver_errors.py` makes them of the drivers' errors).

What does not: what a fact means, whether it is allowed, who may do it (`states/`, `workflow/`), and any clock:
every function that needs the time is handed it.

Read `ledger/ledger.py` first: `Ledger.pen` is the only way in.
"""
