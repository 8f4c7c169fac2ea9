"""Pages about the ledger, for auditors and administrators: what is in it, whether it is intact, what may leave it.

Read `timeline.py` first: every entry. `history.py` and `difference.py` show an assessment as it was, `verification.py`
replays the ledger, `seals.py` lists its seals, `exports.py` hands out bundles, `vault.py` and
`confidential_access_log.py` are about confidential values, and `rulebook.py` shows the measure. Not here: how a replay,
a seal or a bundle is made (`audit/`). These pages read; what they write is the witness's signature and what is erased
from the vault.
"""
