"""Channels: one file for each way to send, which hands one message to one service, once.

Here are the message, the two ways in which sending fails, and the channels. Not here: what a message says
(`notices/`, `letter_text.py`), when it is tried again, and what was sent (the post). Read `message.py` first.
"""
