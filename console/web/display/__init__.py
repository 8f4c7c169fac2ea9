"""Writes the records of the ledger for people: values, entries, the steps and the state of an assessment.

`values.py` formats each field, `records.py` the structs within fields; `terms.py` has the names for ids. The other
modules use these three for entries (`entries.py`), commands to confirm (`commands.py`), steps (`recorded.py`) and rows
(`rows.py`). Nothing is decided, stored or rendered here. The titles of fields are in `states/titles.py`. Read
`values.py` first, then `entries.py`.
"""
