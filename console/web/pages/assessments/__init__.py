"""The pages about assessments: one or many of them, cases and routine checks, results and what follows from them.

Read `assessment.py` first, then `act_page.py`. The pages about a year as a whole (opening, deadlines, visits) are in
`pages/year/`.
"""
