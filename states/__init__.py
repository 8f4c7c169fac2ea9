"""THE LAW. Pure: no file, no clock, no database; imports no other room.

Here live the words everything is written in (`vocabulary.py`, `refusals.py`), the types of a rulebook (`rulebook/`),
the state of an assessment and how facts fold into it (`assessment.py`), the states of the other streams (`records/`,
`custody/`), who may do what and when (`chart.py`, `policy.py`), the result and its explanation (`result/`), and one
file for each kind of stage (`stages/`).

Not here: a rulebook's numbers (`config/rulebooks/`), the time (handed in), how facts are stored (`storage/`).

Read `assessment.py` first, then `chart.py`, then one stage: `stages/meeting.py`.
"""
