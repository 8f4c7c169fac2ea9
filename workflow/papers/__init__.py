"""The values of the papers that an office makes: what the names in their templates stand for.

`values.py` has the function of each paper. They read states and the rulebook only; `sources.py` and `assessors.py` read
these from the ledger, and `archive.py` has the pieces for the archive. The values are Chinese, as the papers are. Not
here: which papers there are and who may make them (`states/papers/`), and templates (`documents/papers/`).
"""
