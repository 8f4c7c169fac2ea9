"""Seals: signed checkpoints over the ledger, their keys, their proofs, and the witnesses who cosign them.

A *seal* (封存) is a signed checkpoint and nothing else; what the vault does to a value is encryption. How a seal is made: `sealing.py` grows
the tree (`merkle.py`) over the entries, signs its root (`checkpoints.py`, `notes.py`, `keys.py`), writes it beside the key (`last_seal.py`) and
then to the database. `key_rotation.py`: how one key hands on to the next. `high_water.py`: how a missing end is found between two seals.
`proofs.py` and `proving.py`: proofs for somebody who has no ledger. `witness.py`: the witness's own side; `cosigning.py`: ours.
`seal_checks.py`: all of it checked by a replay.

What the ledger itself says of its seals is in `states/custody/seals.py`. Read `sealing.py`, then `seal_checks.py`.
"""
