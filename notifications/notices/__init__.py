"""Notices: which roles and accounts should hear of an entry of the ledger, and what they should hear.

One file for each kind of stream that has notices, each a pure function of the entry. Here nothing is read from the database, put
into sentences (`letter_text.py`) or sent (`post.py`). Read `notice.py` first, then `assessments.py`.
"""
