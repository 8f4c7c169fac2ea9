"""Pages about assessments: one assessment, acts on one or on many, cases, routine checks, results and follow-up tasks.

Read `assessment.py` first, then `act_page.py`. Not here: the pages about a whole year, such as its opening, deadlines
and visits (`pages/year/`).
"""
