"""The web pages: what happens to every request (`app.py`), the requests that pages are handed (`request/`), forms, pages and their display.

The JSON interface for other systems is `console/api/`. Read `app.py` first, then `request/`.
"""
