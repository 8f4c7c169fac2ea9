"""The results of an assessment: their inputs, what they rest on, and their tasks with the persons whom these concern.

Not here: the calculation (`states/rulebook/calculation/`). Read `inputs.py`, then `result.py`.
"""
