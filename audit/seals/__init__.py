"""Seals: signed checkpoints over the ledger, their keys, their proofs, and the witnesses who cosign them.

A *seal* (封存) is a signed checkpoint and nothing else; values in the vault are *encrypted*. How a seal is made:
`sealing.py` extends the tree (`merkle.py`) over the entries, signs its root (`checkpoints.py`, `notes.py`, `keys.py`),
writes the seal to a file beside the key (`last_seal.py`) and then to the database. `key_rotation.py`: the handover from
one key to the next. `high_water.py`: notices if entries after the last seal were deleted or rewritten. `proofs.py`: the
form of a proof for somebody who has no ledger; `proving.py` makes proofs from a database. `witness.py` runs on the
computer of a witness, `cosigning.py` on the server of the ledger. `keyfiles.py`: the files of private keys;
`note_repair.py`: notes that mail programs changed. `seal_checks.py`: how a replay checks all this.

The facts about seals in the ledger itself are in `states/custody/seals.py`. Read `sealing.py`, then `seal_checks.py`.
"""
