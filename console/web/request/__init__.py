"""One request of one browser, in four parts. Every page is handed a `PageRequest`, and nothing else.

`page_request.py` is read first: it holds the parts, and the records that pages share. `user.py`: who asks. `permissions.py`: what
that user may see and do. `form.py`: what was typed. `answer.py`: how to answer. Beside them: how values are written for the reader
(`formatter.py`), the cookie (`session_cookie.py`), and what all requests of the process share (`app_state.py`).

Not here: how a request is guarded, refused and answered when something fails (`console/web/app.py`), and how a form becomes a
command (`console/web/forms`).
"""
