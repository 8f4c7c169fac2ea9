"""Pages about accounts: signing in, the user's own account, and the acts of administrators on the accounts of others.

Read `accounts.py` first (the list of all accounts), then `account.py` (the page of one account). `new_accounts.py` and
`new_roles.py` do an act for many accounts at once, and `links.py` does the steps of one-time links. `sign_in.py`,
`single_sign_on.py` and `one_time_link.py` are the three ways to sign in. `own_account.py` is the page on which people
change their own account, `deputies.py` the one on which they name a deputy. `security_log.py` lists sign-ins, refused
access and changes of credentials.

Not here: checking passwords and codes, and sessions (`console/web/credentials.py`, `sessions.py`); the acts of each
role (`states/accounts`).
"""
