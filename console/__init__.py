"""THE DOORS. People and other systems come in here: web pages (`web/`), the JSON API (`api/`), the command line (`cli/`).

Beside these three lies what they share: the HTTP server, the supervisor of the daemon, names for display, and seals handed in as files.
Not here: rules, SQL, or anything decided. Read `web/app.py` and `cli/table.py` first.
"""
