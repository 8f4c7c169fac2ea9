"""THE AUDITOR. Reads everything; writes no entry. It adds rows only to the tables of seals, cosignatures and keys.

How a replay goes: `kaohe audit replay` opens the database read-only and calls `replay.py: replay`. It reads the entries
in order and checks each one twice. `chain/` checks what is written: the entry follows the entry before it, and the
columns of its row repeat it. `rules/` checks what it means: the rulebook that binds the stream allowed the step to that
actor at that stage, and the score is computed again. Each fact is folded into a state, and the state is compared with
its row in the database. At the end the seals are compared with the tree over all entries (`seals/`). After `replay` the
command calls `tables/all_tables.py`, which checks the tables beside the ledger. Each inconsistency is a `Defect`
(`defect.py`) in a `Report` (`report.py`).

The shelves: `chain/` what is written, `rules/` what it means, `seals/` signed checkpoints, their keys, proofs and
witnesses, `tables/` the tables beside the ledger, `bundle/` a ledger in one file that is checked elsewhere. Beside them
`reader.py`: how all of this reads a ledger; `parallel.py`: a replay in other processes; `history.py`: the ledger as it
was at any entry; `compare.py`: the same facts under another rulebook.

Not here: anything that does an act. `audit` imports `states`, `config` and `storage`, never `workflow`, so that
no engine, clock or ledger transaction is in reach. A contract in `pyproject.toml` holds that.

Read `replay.py` first, then `seals/sealing.py`.
"""
