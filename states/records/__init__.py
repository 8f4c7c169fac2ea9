"""The states that are parts of a decision's context: accounts, cases, routine checks, the roster, the year.

Also here: who is recused from a department, and which departments answer for it (`lineage.py`).

Not here: the commands, facts and checks of each noun (`cases/case.py`, `year/year.py`, `accounts/account.py`,
`routine_check.py`), and the state of an assessment (`states/assessment.py`). The states have files of their own because
every check gets a context (`context.py`), and the context contains them. In the same file as its checks, each noun
would import all others. Read `roster.py` first, then `lineage.py`.
"""
