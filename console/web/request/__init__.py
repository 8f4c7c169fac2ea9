"""One request of one browser. Every page is handed a `PageRequest`, and nothing else.

Read `page_request.py` first: it holds the four parts of a request and the records that pages share. The parts are the
user (`user.py`), the user's permissions (`permissions.py`), the form (`form.py`) and the answer (`answer.py`). Beside
them are the formatting of values for the reader (`formatter.py`), the cookie (`session_cookie.py`), the errors of a
form by field (`field_errors.py`), and what all requests of the process share (`app_state.py`).

Not here: the checks before a page and the answer to an error (`console/app.py`), and how a form becomes a command
(`console/web/forms`).
"""
