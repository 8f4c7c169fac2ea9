"""THE AUDITOR. Reads everything; adds nothing but seals.

How a replay goes: `kaohe audit replay` opens the database read-only and calls `replay.py: replay`. It reads the entries
in order and checks each one twice: what is written (`chain/`: does it follow from the entry before, do the rows repeat
it) and what it means (`rules/`: was the step allowed there, by that actor, under that edition; does the score come out
again). Each fact is folded into a state, and the state compared with its row in the database. In the end the seals are
compared with the tree over all entries (`seals/`) and the tables beside the ledger with what entries say of them
(`tables/`). Everything that does not add up is a `Defect` (`defect.py`) in a `Report` (`report.py`).

The shelves: `chain/` what is written, `rules/` what it means, `seals/` signed checkpoints, their keys, proofs and
witnesses, `tables/` the tables beside the ledger, `bundle/` a ledger to take away. Beside them `history.py`: the ledger
as it was at any entry; `compare.py`: the same facts under another rulebook.

What does not live here: anything that acts. `audit` imports `states`, `config` and `storage`, never `workflow`, so that
no engine, clock or ledger transaction is in reach. A contract in `pyproject.toml` holds that.

Read `replay.py` first, then `seals/sealing.py`.
"""
