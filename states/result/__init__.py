"""The results of an assessment: their inputs, what they rest on, and the persons whom their consequences concern.

Not here: the calculation (`states/rulebook/calculation/`). Read `inputs.py`, then `result.py`.
"""
