"""The web pages: the checks of every request, the request object of a page, the forms, the pages and their display.

Read `console/app.py` first: it calls the page. Then `request/` (the object that a page receives), `forms/` (from a form
to a command), `pages/` (one module for each noun) and `display/` (how records are written for a reader).
`single_sign_on/`, `throttling/` and `network/` protect the sign-in and the server.

Not here: the JSON interface for other systems (`console/api/`) and the command line (`console/cli/`).
"""
