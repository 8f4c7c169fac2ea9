"""THE WORK. One way in: `Engine.submit` is the only writer of the ledger.

Here live the engine (take the transaction, fold, decide, append, project), the year (open one, move a deadline) and the
composition of the rooms below. Not here: rules (`states`), SQL (`storage`), words for people (`notifications`),
what happens unasked (`scheduler`). Read `engine.py` first.
"""
