"""The ledger: entries in a hash chain, written in one transaction together with the rows that are derived from them.

`chain.py` defines an entry's bytes; `ledger.py` opens the transaction, `transaction.py` gathers what it writes,
`writer.py` is its connection and `statements.py` its SQL. `facts.py` and `projection.py` lead from an entry to its fact
and from a state to its row; `timeline.py` looks through the entries backwards.

Not here: what boards and lists ask (`storage/queries.py`), and whether a fact is allowed (`states/`).
Read `ledger.py`, then `transaction.py`.
"""
