"""The kinds of stages. Each has a file with its commands, its facts and its checks.

A rulebook says which of these stages a measure has, and in which order. Also here: the acts that withdraw an assessment
or undo a step (`opening.py`), the reopening of a result (`reopening.py`), whether a score is stale (`scoring.py`), and
the checks of deadlines (`deadline_checks.py`). Not here: the table of all acts (`states/acts.py`). Read `meeting.py`
first.
"""
