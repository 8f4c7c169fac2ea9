"""Seals: signed checkpoints over the ledger, their keys, their proofs, and the witnesses who cosign them.

A *seal* (封存) is a signed checkpoint and nothing else; values in the vault are *encrypted*. How a seal is made:
`sealing.py` extends the tree (`merkle.py`) over the entries, signs its root (`checkpoints.py`, `notes.py`, `keys.py`),
writes the seal to a file beside the key (`last_seal.py`) and then to the database. `key_rotation.py`: the handover from
one key to the next. `high_water.py`: finds entries that were deleted from the end between two seals. `proofs.py` and
`proving.py`: proofs for somebody who has no ledger. `witness.py` runs on the computer of a witness, `cosigning.py` on
ours. `seal_checks.py`: the checks of all this by a replay.

The facts about seals in the ledger itself are in `states/custody/seals.py`. Read `sealing.py`, then `seal_checks.py`.
"""
