"""THE LAW. Pure: it reads no file, no clock and no database, and it imports no other room.

- `vocabulary.py`, `refusals.py`: the types and the refusals that all other modules use.
- `assessment.py`: the state of an assessment, and how facts fold into it.
- `stages/`: one file for each kind of stage. `cases/`, `deadlines/`, `accounts/`, `year/`: the other nouns.
- `acts.py`: every act. `chart.py`, `policy.py`: which act is possible in which stage, and for whom.
- `views.py`: who may look at what. `privacy.py`: what may never be in an entry.
- `records/`: the states of the other streams. `custody/`: seals, confidential values, tables beside the ledger.
- `rulebook/`: the types of a rulebook. `result/`: the result of an assessment and its explanation.

Not here: a rulebook's numbers (`config/rulebooks/`), how facts are stored (`storage/`). The caller passes the time.

Read `assessment.py` first, then `acts.py` and `chart.py`, then one stage: `stages/meeting.py`.
"""
