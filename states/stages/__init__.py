"""The kinds of stages, one file a kind: its command, its fact and its check.

The rulebook says which of them a measure has, and in which order. Also here: what begins an assessment (`opening.py`),
and what sends a result back (`reopening.py`). Read `kinds.py`, then `meeting.py`.
"""
