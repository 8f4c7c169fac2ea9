"""Notices: the messages that an entry of the ledger causes, and the roles and accounts that receive them.

There is a file for each kind of stream that has notices, with a pure function of the entry. Not here: the text of a
notice (`letter_text.py`), and sending (`post.py`). Nothing is read from the database. Read `notice.py` first, then
`assessments.py`.
"""
