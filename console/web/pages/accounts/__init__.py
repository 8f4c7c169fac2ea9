"""Pages about accounts: how somebody gets in, one's own account, and what administrators do to the accounts of others.

Read `accounts.py` first (the list of all accounts), then `account.py` (one of them). `sign_in.py`, `single_sign_on.py`
and `one_time_link.py` are the ways in; `own_account.py` is what people may do to their own account.
Not here: passwords, codes and sessions themselves (`console/web/credentials.py`, `sessions.py`), and which role may
do what (`states/accounts`).
"""
