"""What concerns a whole year and all its units: the year itself, the roster, its reorganisations, the plan of the on-site round.

One unit's assessment is in `states/assessment.py`. Read `year.py`.
"""
