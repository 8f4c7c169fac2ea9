"""Pages about accounts: signing in, one's own account, and what administrators do to the accounts of others."""
