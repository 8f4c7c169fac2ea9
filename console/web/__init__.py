"""The web pages: what happens to every request, what a page is handed, the forms, the pages and their display.

Read `console/app.py` first: it calls the page. Then `request/` (what a page is handed), `forms/` (from a form to a command),
`pages/` (one module a noun) and `display/` (how records are written for a reader). `single_sign_on/`, `throttling/` and
`network/` protect the sign-in and the server.

Not here: the JSON interface for other systems (`console/api/`) and the command line (`console/cli/`).
"""
