"""Bundles: a ledger, or the part of one assessment, as one file that can be checked on another computer.

`export.py` and `dossier.py` make the two kinds, `bundle.py` writes and reads the file, `check.py` checks a bundle from
elsewhere. `verify.py` is copied into every bundle and needs only Python. It is a second implementation of
docs/ledger-format.md: it imports no other module of ours, and no other module imports it. Read `bundle.py`, then
`verify.py`.
"""
