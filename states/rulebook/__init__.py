"""One edition of a measure as data: its types, sentences for readings, names of clauses, the measure as printed.

Not here: reading a file (`config/rulebooks.py`). Read `types.py`.
"""
