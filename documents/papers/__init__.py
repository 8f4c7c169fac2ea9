"""The names that the templates of papers may use (`names.py`, `tables.py`), and the templates to start from.

Not here: which papers there are (`states/papers/`), the values of the names (`workflow/papers/`), and filling a
template (`documents/word/`).
"""
