"""Bundles: a ledger, or one assessment's part of it, as one file that can be checked far away.

`export.py` and `dossier.py` make the two kinds, `bundle.py` writes and reads the file, `check.py` checks one that came from elsewhere.
`verify.py` lies in every bundle and checks it with nothing but Python. It is a second implementation of docs/ledger-format.md: it imports
nothing of ours and nothing of ours imports it. Read `bundle.py`, then `verify.py`.
"""
