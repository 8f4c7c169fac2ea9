"""Limits on attempts to sign in and on calls. Nobody can use these limits to lock out somebody else.

Read `attempts.py` first: it slows guesses at passwords and codes. `devices.py`: the cookie by which an account
recognises a browser. `rate_limit.py`: calls of the API and lines of the security log per minute. `password_pool.py`:
the threads that hash passwords.

Not here: whether a password is right (`credentials.py`), and the tables (`storage/sign_in/`).
"""
