"""The ledger: entries in a hash chain, written in one transaction together with the rows that are derived from them.

Read `ledger.py`, then `transaction.py`. `ledger.py` opens the transaction, `transaction.py` collects the rows to write,
`writer.py` is the connection that writes them, and `statements.py` has the SQL. `chain.py` defines the bytes of an
entry. `facts.py` decodes the fact of an entry, `projection.py` makes the row of a state, and `timeline.py` reads the
entries backwards.

Not here: the queries of boards and lists (`storage/queries.py`), and whether a fact is allowed (`states/`).
"""
