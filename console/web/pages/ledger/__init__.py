"""Pages about the ledger and the vault: entries, past states, verification, seals, exports, and confidential values.

Read `timeline.py` first: it lists the entries. `history.py` and `difference.py` show past states of an assessment,
`verification.py` starts replays, `seals.py` lists the seals, and `exports.py` sends bundles. `vault.py` and
`confidential_access_log.py` are about confidential values, and `rulebook.py` shows the measure. These pages only read,
with three exceptions: they start replays, they accept the signature of a witness, and they erase values from the vault.

Not here: making a replay, a seal or a bundle (`audit/`).
"""
