"""Workbooks that bring something in: upload, what they would change, doing it, the marked copy; and the sheets of cases.

- `flow.py`: the pages of every kind of sheet. `drafts.py`: what was read of a file, kept until it is done.
- `case_heads.py`, `case_reading.py`: the sheets of disciplinary cases, one row for each sanction.

Not here: people and departments (`workflow/move_in/`), days off (`config/calendar_sheets.py`), score sheets
(`console/score_files/`). Read `flow.py` first.
"""
