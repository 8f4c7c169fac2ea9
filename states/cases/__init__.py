"""Disciplinary cases, routine checks, and the vetoes that follow from cases or are recorded with reasons.

Not here: the state of a case (`states/records/case.py`) and that of a routine check
(`states/records/routine_check.py`), and what they give or cost (`states/rulebook/calculation/ladders.py`). Read
`case.py`, then `vetoes.py`.
"""
