"""THE DOORS. People and other systems come in here: web pages (`web/`), the JSON API (`api/`), the command line (`cli/`).

Not here: rules, SQL, or anything decided. Read `web/app.py` and `cli/app.py` first.
"""
