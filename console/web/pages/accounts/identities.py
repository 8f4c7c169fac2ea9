"""The identities of an account at the institution's sign-in servers, for the pages that list them."""

from __future__ import annotations

from msgspec import Struct

from console.web.request.page_request import PageRequest
from states.records.account import Account
from states.vocabulary import Digest
from storage.sign_in import accounts
from storage.sign_in.accounts import digest_of


class AccountIdentity(Struct, frozen=True):
    """One identity: the server (`provider`) and its name for the person (`subject`), and what the ledger says about it.

    `digest` is what entries call it. Until it `is_confirmed`, nobody can sign in with it.
    """

    provider: str
    subject: str
    digest: Digest
    proposed_by: str
    is_confirmed: bool


def identities_of(request: PageRequest, account: Account) -> list[AccountIdentity]:
    """The identities of an account. A row that the ledger does not know is left out: nobody can sign in with it."""
    rows = [(row, digest_of(row)) for row in accounts.identities(request.database, account.id)]
    known = [(row, digest, account.identities[digest]) for row, digest in rows if digest in account.identities]
    return [
        AccountIdentity(row.provider, row.subject, digest, binding.by, bool(binding.confirmed))
        for row, digest, binding in known
    ]
