"""Channels: one file for each service that can send a message. A channel tries to send a message once.

Here are the message, the two ways in which sending fails, and the channels. Not here: the text of a message
(`letter_text.py`), retries (`retry.py`), and the states of deliveries (`post.py`). Read `message.py` first.
"""
