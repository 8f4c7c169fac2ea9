"""Pages about assessments: one assessment, acts on one or on many, cases, routine checks, results and follow-up tasks.

Read `assessment.py` first, then `act_page.py`. `comments.py` has what those who work on one write to each other.
`confidential.py` is about the confidential values of all of these, and
`special.py` opens a special assessment. Not here: the pages about a whole year, such as its opening, deadlines
and visits (`pages/year/`).
"""
