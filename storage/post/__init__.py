"""The rows of the post: deliveries, paused channels, inboxes, contacts. What a letter says is in `notifications/`.

Read `deliveries.py`.
"""
