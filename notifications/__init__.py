"""THE POST. Who should hear what, in which words, by which channel.

`notices/` says which roles should hear of an entry (pure), `letter_text.py` in which words (one template for each kind of notice in Chinese and
English), `contacts.py` who has a role, `send_times.py` when; `post.py` makes deliveries, claims, sends and marks them; `channels/` has one
file for each way to send. Not here: what is due (`scheduler`), what happened and what became of a letter (`storage`).
Read `notices/notice.py`, then `post.py`.
"""
