"""THE DOORS. Through them people and other systems come in: web pages, the JSON API, the command line.

They are in `web/`, `api/` and `cli/`. The modules beside them are shared: the application of pages and API (`app.py`),
the HTTP server, the supervisor of the daemon, names for display, and files with seals and keys. Not here: rules,
decisions and SQL. Read `app.py` and `cli/table.py` first.
"""
