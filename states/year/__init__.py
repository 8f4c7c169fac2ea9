"""What concerns a year and all departments: the year, the roster, reorganisations, the plan of the on-site round.

The assessment of one department is in `states/assessment.py`. Read `year.py`, then `roster.py`.
"""
