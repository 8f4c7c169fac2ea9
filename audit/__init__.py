"""THE AUDITOR. Reads everything, can write nothing.

What lives here: the replay. It reads a ledger (台账) from its first entry to its last, checks every link, folds every
fact again under the rulebook it was done under, scores every score again, compares what comes out with the
projections, and lists every defect. `reader.py` says what it reads, `report.py` what it answers.

What does not: anything that acts. `audit` imports `states`, `config` and `storage`, never `workflow`: there is no
engine, no clock and no pen in reach, and the database is opened read-only.

Read `replay.py` first.
"""
