"""The rows behind signing in: accounts and sessions, failed attempts, rates, the security log.

Not here: whether somebody may sign in (`states/accounts/`), and how long a delay is (`console/web/throttling/`).

Read `accounts.py`.
"""
