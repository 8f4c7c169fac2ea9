"""Pages about a year and its departments: opening and closing, deadlines, working days, on-site visits, the roster.

Read `year.py` first (the list of years, and functions for all pages of a year), then `opening.py`. The daemon opens
years too; both use `workflow/year.py`.

Not here: the assessments of a year (`pages/assessments/`), and the board with the progress of all of them (`board.py`).
"""
