"""What people read of the ledger: a field's value in words, an entry, an assessment's state as rows, what its steps recorded.

`values.py` says how each field is shown, `records.py` the structs within fields, `terms.py` what ids are called. Of these are made
entries (`entries.py`), commands to confirm (`commands.py`), steps (`recorded.py`) and rows (`rows.py`). Here nothing is decided, nothing is
written and no page is made. What a field is called is in `states/titles.py`. Read `values.py` first, then `entries.py`.
"""
