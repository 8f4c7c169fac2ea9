"""THE WORK. `Engine.submit` is the only writer of the ledger.

Here live the engine (open a transaction, fold, decide, append, project), work on many streams at once (open a year,
move a deadline, adopt a calendar) and the composition of the rooms below. Not here: rules (`states`), SQL (`storage`),
letters (`notifications`), what the clock does (`scheduler`). Read `engine.py` first.
"""
