"""One request of a browser or, at the API, of a program. Every page receives a `PageRequest`.

Read `page_request.py` first: it has the parts of a request and the records that pages share. The parts are the user
(`user.py`), the user's permissions (`permissions.py`), the form (`form.py`) and the factory of answers (`answer.py`).
The other modules format values for the reader (`formatter.py`), make the titles of streams (`stream_titles.py`) and the
navigation (`navigation.py`), set the cookie (`session_cookie.py`), sort the errors of a form by field
(`field_errors.py`), and hold the state that all requests of the process share (`app_state.py`).

Not here: the checks before a page and the answer to an error (`console/app.py`), and how a form becomes a command
(`console/web/forms`).
"""
