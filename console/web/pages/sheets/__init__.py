"""Pages about sheets that people fill in offline: the file of a score sheet, and reading it back.

Not here: the form itself (`pages/assessments/act_page.py`), and moving in from sheets (`pages/people/move_in.py`).
"""
