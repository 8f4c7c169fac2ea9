"""The result of an assessment and why it is so; the persons whom its consequences concern.

What cases add to it is worked out in `states/cases/effects.py`. Read `result.py`.
"""
