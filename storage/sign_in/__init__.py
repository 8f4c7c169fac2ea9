"""The rows for signing in: accounts and sessions, failed attempts, rates, the security log. Read `accounts.py`.

Not here: whether somebody may sign in (`states/accounts/`), and how long a delay is (`console/web/throttling/`).
"""
