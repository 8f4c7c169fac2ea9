"""The names of people by id, as the database has them now. Entries and programs have the ids."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from states.titles import same_text
from states.vocabulary import Text
from storage.errors import StorageError
from storage.people import ERASED, Directory


def names_of_persons(
    directory: Directory, account_names: Mapping[str, str], holders: Mapping[str, str]
) -> Mapping[str, Text]:
    """The names of people by id: of the directory, else of the account that they have. Who was erased has a word for it.

    `holders`: the person of each account.
    """
    names = {person: same_text(account_names[id_]) for id_, person in holders.items() if id_ in account_names}
    names |= {id_: same_text(person.name) for id_, person in directory.people.items()}
    return names | dict.fromkeys(directory.erased, ERASED)


def readable_holders(people_of_accounts: Callable[[], Mapping[str, str]]) -> Mapping[str, str]:
    """The person of each account, as `people_of_accounts` reads them; nobody if an account cannot be read."""
    # A damaged account must not stop the pages on which an auditor would see it. Then members have only their posts.
    try:
        return people_of_accounts()
    except StorageError:
        return {}
