"""The sending edge of the post: one file for each channel, each handing one message to one service, once.

Here live the message, the two ways in which sending fails, and the channels. Not here: what is said to whom
(`notices/`, `letter_text.py`), when it is tried again, and what was sent (the post). Read `message.py` first.
"""
