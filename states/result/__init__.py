"""The result of an assessment, its explanation, and the persons whom its consequences concern.

Not here: the effects of cases (`states/cases/effects.py`). Read `result.py`.
"""
