"""Rows of the post: letters to be delivered, channels that are paused, inboxes, contacts. What a letter says is in `notifications/`.

Read `deliveries.py`.
"""
