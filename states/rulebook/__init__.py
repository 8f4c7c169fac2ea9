"""One edition of a measure as data: its types, sentences for its readings, names of clauses, the printed text.

Not here: reading a file (`config/rulebooks.py`). Read `types.py` first.
"""
