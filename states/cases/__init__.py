"""Disciplinary cases, and their effects on a department's result: deductions, vetoes, and open questions.

Not here: the state of a case (`states/records/case.py`) and routine checks (`states/routine_check.py`). Read `case.py`,
then `effects.py`.
"""
