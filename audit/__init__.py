"""THE AUDITOR. Reads everything, can write nothing but seals.

What lives here: the replay, which reads a ledger (台账) from its first entry to its last, checks every link, folds every
fact again under the rulebook it was done under, scores every score again, compares what comes out with the
projections, and lists every defect; and the seals (封存): the tree over all entries (`seals/merkle.py`), the signed
notes that name its root (`seals/notes.py`, `seals/keys.py`, `seals/checkpoints.py`), making one (`seals/sealing.py`), holding the ledger against
those kept (`seals/seal_checks.py`), proofs for somebody who has no ledger (`seals/proofs.py`), and the witness's own side (`seals/witness.py`).

What does not: anything that acts. `audit` imports `states`, `config` and `storage`, never `workflow`: there is no engine,
no clock and no transaction of the ledger in reach. A replay opens the database read-only; sealing adds to the tables of seals, and never to
the ledger.

Read `replay.py` first, then `seals/sealing.py`.
"""
