"""The rows of the post: deliveries, paused channels, inboxes, contacts. Read `deliveries.py`.

Not here: the text of letters (`notifications/`).
"""
