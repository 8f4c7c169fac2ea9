"""Pages about people (人员): the directory, one person, and moving in: bringing departments and people in from sheets.

Read `directory.py` first. Not here: accounts (`pages/accounts/`), and the teams of departments
(`pages/year/roster.py`).
"""
