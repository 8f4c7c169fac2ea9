"""THE POST. It turns entries of the ledger into notices, and notices into letters and messages.

`notices/`: the notices of an entry and the roles that receive them (pure). `letter_text.py`: their text (one template
for each kind of notice, in Chinese and English). `contacts.py`: the accounts that have a role. `send_times.py`: when a
notice is sent. `post.py`: makes deliveries, claims, sends and marks them. `channels/`: one file for each way to send.
Not here: what is due (`scheduler/`), and the tables of entries and deliveries (`storage/`). Read `notices/notice.py`,
then `post.py`.
"""
