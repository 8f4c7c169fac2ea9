"""The Excel papers (文书): for each, the function that makes its worksheets. Their columns are the program's.

- `sheets.py`: the function of each paper, by its key.
- `source.py`: for whom a paper is made, and what is read for it.
- One file for each paper; the functions are given states and values, and return tables.

Some of these tables are downloads of a page too, and are made here for both. Not here: which papers there are and who
may make them (`states/papers/`), Word papers (`workflow/papers/`), and how a table becomes a file
(`documents/sheets/writing.py`).
"""
