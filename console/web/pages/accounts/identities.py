"""The identities of an account at the institution's sign-in servers, for the pages that list them."""

from __future__ import annotations

from msgspec import Struct

from console.web.request.page_request import PageRequest
from states.records.account import Account, Binding
from states.vocabulary import Digest
from storage.sign_in import accounts
from storage.sign_in.accounts import digest_of
from storage.tables.accounts import IdentityRow


class AccountIdentity(Struct, frozen=True):
    """One identity. The row has the server's name for the person; the ledger's binding says whether it is confirmed."""

    row: IdentityRow
    digest: Digest
    binding: Binding


def identities_of(request: PageRequest, account: Account) -> list[AccountIdentity]:
    """The identities of an account. A row that the ledger does not know is left out: nobody can sign in with it."""
    rows = [(row, digest_of(row)) for row in accounts.identities(request.database, account.id)]
    return [
        AccountIdentity(row, digest, account.identities[digest]) for row, digest in rows if digest in account.identities
    ]
