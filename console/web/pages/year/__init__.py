"""Pages about a year and its departments: opening and closing, deadlines, working days, the on-site round, the roster.

Read `year.py` first (the years, and what the pages of a year share), then `opening.py`. A year is also opened by the
daemon; both go through `workflow/year.py`. Not here: the assessments of a year (`pages/assessments`), and the list of
where they all stand (`board.py`).
"""
