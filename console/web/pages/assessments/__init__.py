"""The pages about assessments: one of them and the form of each act on it; many at once; special ones; routine checks, cases and
confidential values; results and what follows from them.

Read `assessment.py` first, then `act_page.py`. The pages about a year as a whole (opening, deadlines, visits) are in `pages/year/`.
"""
