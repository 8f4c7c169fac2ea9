"""The identities of an account at the institution's sign-in providers, for the pages that list them.

Not here: the acts on identities (`account.py`, `own_account.py`), and signing in with one (`single_sign_on.py`).
"""

from __future__ import annotations

from msgspec import Struct

from console.web.request.page_request import PageRequest
from states.records.account import Account
from states.vocabulary import Digest
from storage.sign_in import accounts
from storage.sign_in.accounts import digest_of


class AccountIdentity(Struct, frozen=True):
    """One identity of an account: the name of a person (`subject`) at a provider, with its state in the ledger.

    Entries name the identity by its `digest`. Nobody can sign in with it until it `is_confirmed`.
    """

    provider: str
    subject: str
    digest: Digest
    proposed_by: str
    is_confirmed: bool


def identities_of(request: PageRequest, account: Account) -> list[AccountIdentity]:
    """The identities of an account. A row without an entry in the ledger is omitted, because it signs nobody in."""
    rows = [(row, digest_of(row)) for row in accounts.identities(request.database, account.id)]
    recorded = [(row, digest, account.identities[digest]) for row, digest in rows if digest in account.identities]
    return [
        AccountIdentity(row.provider, row.subject, digest, binding.by, bool(binding.confirmed))
        for row, digest, binding in recorded
    ]
