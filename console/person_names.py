"""The names of people by id, as the database has them now. Entries and programs have the ids."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from states.titles import same_text
from states.vocabulary import Text
from storage import people
from storage.database.database import Database
from storage.errors import StorageError


def names_of_persons(
    database: Database, account_names: Mapping[str, str], people_of_accounts: Callable[[], Mapping[str, str]]
) -> dict[str, Text]:
    """The names of people by id: of the directory, else of the account that they have. Who was erased has a word for it.

    `people_of_accounts` reads the person of each account.
    """
    # A damaged account must not stop the pages on which an auditor would see it. Then members have only their posts.
    try:
        holders = people_of_accounts()
    except StorageError:
        holders = {}
    names = {person: same_text(account_names[id_]) for id_, person in holders.items() if id_ in account_names}
    names |= {id_: same_text(person.name) for id_, person in people.people(database).items()}
    return names | dict.fromkeys(people.erased(database), people.ERASED)
