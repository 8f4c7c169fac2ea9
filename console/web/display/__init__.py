"""Prepares for people what the ledger records: values, entries, steps and states in words; and data for some pages.

`values.py` formats each field, `records.py` the structs within fields; `terms.py` has the names for ids. These three
are used for entries (`entries.py`), commands to confirm (`commands.py`), steps (`recorded.py`), the rows of a state
(`rows.py`) and the state at an earlier time (`history.py`).

Some modules also decide what the user may read: `entries.py`, `overview.py`, `progress.py`, and `terms.py` for the
names of files. The others leave this to their callers.

Also here: score sheets, highlights, pictures, the coming days, the first steps of an installation, the words for
deliveries, and CSV files. Not here: HTML (`templates/`), the titles of fields (`states/titles.py`). Nothing is stored.
Read `values.py` first, then `entries.py`.
"""
