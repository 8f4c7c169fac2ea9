"""THE DOORS. People and other systems come in here: web pages (`web/`), the JSON API (`api/`), the command line (`cli/`).

Beside these three lies what they share: the application of pages and API (`app.py`), the HTTP server, the supervisor of the daemon, names for display, and seals handed in as files.
Not here: rules, SQL, or anything decided. Read `app.py` and `cli/table.py` first.
"""
