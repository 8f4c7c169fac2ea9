"""THE WORK. `Engine.submit` is the only writer of the ledger.

What lives here: the engine (open a transaction, fold, decide, append, project), work on many streams at once (open a
year, move a deadline, import a calendar), and the code that opens a database with its engine. Not here: rules
(`states`), SQL (`storage`), letters (`notifications`), the rounds of the clock (`scheduler`). Read `engine.py` first.
"""
