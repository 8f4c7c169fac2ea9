"""THE LAW. Pure: no file, no clock, no database, and nothing of ours.

Here live the words everything is written in (`vocabulary.py`, `refusals.py`), what a rulebook is (`rulebook/`), the
state of an assessment and how facts fold into it (`assessment.py`), the states of all else (`records/`), who may do what when (`chart.py`, `policy.py`), the
result and its explanation (`result/`), and one file for each kind of stage (`stages/`).

Not here: a rulebook's numbers (`config/rulebooks/`), what time it is (handed in), how facts are kept (`storage`).

Read `assessment.py` first, then `chart.py`, then one stage: `stages/meeting.py`.
"""
