"""The kinds of stages, one file a kind: its command, its fact and its check.

Which of them a measure has, and in which order, is for the rulebook. Beside them what begins an assessment
(`opening.py`) and what sends one back (`reopening.py`). Read `kinds.py`, then `meeting.py`.
"""
