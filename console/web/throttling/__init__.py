"""Limits on attempts to sign in, which never lock out the right person.

`attempts.py`: guesses at passwords and codes. `rates.py`: calls of the API, and lines of the security log, a minute. `devices.py`: the cookie by which a browser is known to an account.
`password_pool.py`: the threads that hash. Not here: whether a password is right (`credentials.py`).
"""
