"""The commands, facts and checks of a year and of the roster: also reorganisations and on-site visits.

Not here: the assessment of one department (`states/assessment.py`, `states/stages/`), and the states of a year and of
the roster (`states/records/`). Read `year.py` first, then `roster.py`.
"""
