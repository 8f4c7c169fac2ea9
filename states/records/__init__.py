"""States that more than their own noun needs: accounts, cases, routine checks, the roster, the year. Plain values.

Facts fold into them elsewhere: each noun's commands, facts and checks are in its own file (`cases/case.py`,
`year/year.py`, `accounts/account.py`, `routine_check.py`). They are apart from the checks because every check is handed
a context (`context.py`), and the context has these states in it: in one file with the checks, each noun would import
all others. The state of an assessment is in `states/assessment.py`. Read `roster.py`, then `lineage.py`.
"""
