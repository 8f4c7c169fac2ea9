"""The web pages: routes, who asks, what stands before every page, and how a page answers.

The JSON interface for other systems is `console/api/`. Read `app.py`, then `request.py`.
"""
