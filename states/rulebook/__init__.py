"""One edition of a measure as data: its types, the sentences for its readings, how clauses are named, the measure as printed.

No file is read here (`config/rulebooks.py` does that). Read `types.py`.
"""
