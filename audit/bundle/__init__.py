"""Bundles: a ledger, or the part of one assessment, as one file that can be checked on another computer.

`export.py` and `dossier.py` make the two kinds, `bundle.py` writes and reads the file, `document_list.py` lists its
documents, `check.py` checks a bundle from elsewhere. `html_page.py` makes the page in a bundle and the page of a replay
report; `html_page_check.py` checks the first. `verify.py` is copied into every bundle and needs only Python. It is a
second implementation of docs/ledger-format.md: it imports no other module of ours, and no other module imports it. Read
`bundle.py`, then `verify.py`.
"""
