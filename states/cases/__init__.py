"""Disciplinary cases, vetoes and routine checks, and their effects on a result: deductions, vetoes, open questions.

Not here: the state of a case (`states/records/case.py`) and that of a routine check
(`states/records/routine_check.py`). Read `case.py`, then `effects.py`.
"""
