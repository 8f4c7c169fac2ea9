"""THE POST. Who should hear what, in which words, by which channel.

Here live the notices (entry -> who hears: pure), their words (one template each in Chinese and English), the contacts, and
the post itself: it gathers from the ledger, claims, sends and marks; `channels/` has one file for each way to send. Not
here: what is due (`scheduler`), what happened and what became of a letter (`storage`). Read `notices.py`, then `post.py`.
"""
