"""What the ledger says of each thing now: the states that others than their own noun ask for, and what they are made of.

Plain values, folded from facts elsewhere: each noun's commands, facts and checks are in its own file (`cases/case.py`, `year/year.py`,
`accounts/account.py`, `routine_check.py`). They lie apart, because a decision is handed them (`context.py`), and every check is handed a
context: with the checks beside them, each of these files would import all others. The state of an assessment is in
`states/assessment.py`. Read `roster.py` and `lineage.py` for who answers for whom.
"""
