"""The directory of people (人员): reads, stores and erases them. Entries have their ids only, and no other field.

The details of a person are one text, encrypted with the vault's key and bound to their row. Without the key nobody has
a name. Not here: which post a person has in the team of a department (the roster), and which account they have.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from hashlib import sha256
from secrets import choice

import msgspec
from msgspec import Struct
from sqlalchemy import Row, select, update

from states.vocabulary import Opaque, Text
from storage.database.database import Database
from storage.database.upsert import upsert
from storage.table_cache import TableCache
from storage.tables.people import PERSON
from storage.vault import encrypted_columns

ERASED = Text(zh="〔已删除〕", en="[erased]")
"""What stands in place of the name of a person, or of an account, that was erased."""

MAX_WORD = 60
"""The most characters of a name, a staff number or a post."""

_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
"""The letters of an id: none that is read as another."""


class Person(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What the institution's office knows of a person.

    - `staff_number`: 工号, which the personnel office gives. The sheets of other offices name people by it.
    - `unit`: the department where they work; a member of its team is on the roster too.
    - `is_party_member`, `is_cadre`: None if nobody has said.
    - `since`, `until`: the first and the last day at the institution; None if not known, or still there.
    - `roles`: the roles that they are to have. An account with them is opened and granted by two administrators.
    """

    id: Opaque
    name: str
    staff_number: str = ""
    post: str = ""
    unit: str | None = None
    is_party_member: bool | None = None
    is_cadre: bool | None = None
    phone: str = ""
    email: str = ""
    since: date | None = None
    until: date | None = None
    roles: tuple[str, ...] = ()

    def is_there_on(self, day: date) -> bool:
        """Whether they belong to the institution on a day."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


def new_id(taken: Iterable[str]) -> Opaque:
    """An id for one more person: it tells nothing of them, and nobody has had it."""
    others = set(taken)
    while True:
        id_ = "p-" + "".join(choice(_LETTERS) for _ in range(8))
        # Digits alone could be read as a number of personal data.
        if id_ not in others and not id_[2:].isdecimal():
            return Opaque(id_)


class Directory(Struct, frozen=True):
    """The whole directory: by id everybody who can be read, the ids of those who were erased, and every id that was given.

    Nobody can be read if the key is not here.
    """

    people: Mapping[str, Person]
    erased: frozenset[str]
    ids: frozenset[str]


def directory(database: Database) -> Directory:
    """The directory now. For many requests there is `PeopleCache`."""
    with database.reading() as connection:
        rows = connection.execute(_ROWS).all()
    return _directory(database, rows)


def people(database: Database) -> Mapping[str, Person]:
    """Everybody who can be read, by id. Not those who were erased, and nobody if the key is not here."""
    return directory(database).people


def person(database: Database, id_: str) -> Person | None:
    """One person; None for an unknown id, for somebody who was erased, and without the key."""
    with database.reading() as connection:
        details = connection.execute(select(PERSON.c.details).where(PERSON.c.id == id_)).scalar_one_or_none()
    return _read(database, id_, details)


def with_staff_number(database: Database, number: str) -> Person | None:
    """The person with this staff number; None if nobody has it."""
    return next((one for one in people(database).values() if number and one.staff_number == number), None)


def erased(database: Database) -> frozenset[str]:
    """The ids of people who were erased."""
    with database.reading() as connection:
        return frozenset(connection.execute(select(PERSON.c.id).where(PERSON.c.details.is_(None))).scalars())


def ids(database: Database) -> frozenset[str]:
    """Every id that was given, also of people who were erased."""
    with database.reading() as connection:
        return frozenset(connection.execute(select(PERSON.c.id)).scalars())


def store(database: Database, entries: Sequence[Person]) -> None:
    """Add people, or replace what is known of them."""
    if not entries:
        return
    rows = [
        encrypted_columns.encrypt_row(database, "person", one.id, {"id": one.id, "details": _text_of(one)})
        for one in entries
    ]
    with database.writing() as connection:
        connection.execute(upsert(PERSON, database.dialect), rows)


def erase(database: Database, id_: str) -> None:
    """Erase what is known of a person. The id stays, so that nobody else gets it."""
    with database.writing() as connection:
        connection.execute(update(PERSON).where(PERSON.c.id == id_).values(details=None))


class PeopleCache(TableCache[Directory]):
    """The directory in memory: read and decrypted again only after a change. It grows by about 1 kB a person."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, PERSON.name, _ROWS, partial(_directory, database))


def digests(database: Database) -> dict[str, str]:
    """The digest of each person, by id. It needs no key."""
    with database.reading() as connection:
        rows = connection.execute(select(PERSON.c.id, PERSON.c.details)).all()
    return {id_: digest_of(id_, is_erased=details is None) for id_, details in rows}


def digest_of(id_: str, *, is_erased: bool) -> str:
    """The digest by which an entry refers to a person. It covers whether they were erased, and no detail.

    A name could be guessed from a digest that covers it.
    """
    return sha256(msgspec.json.encode((id_, is_erased))).hexdigest()


_ROWS = select(PERSON.c.id, PERSON.c.details).order_by(PERSON.c.id)


def _directory(database: Database, rows: Sequence[Row[str, str | None]]) -> Directory:
    """The directory of these rows: ids with the encrypted details."""
    read = {id_: _read(database, id_, details) for id_, details in rows}
    return Directory(
        people={id_: person for id_, person in read.items() if person is not None},
        erased=frozenset(id_ for id_, details in rows if details is None),
        ids=frozenset(read),
    )


def _text_of(one: Person) -> str:
    details = {name: value for name, value in msgspec.to_builtins(one).items() if name != "id"}
    return msgspec.json.encode(details).decode()


def _read(database: Database, id_: str, details: str | None) -> Person | None:
    text = encrypted_columns.decrypt(database, "person", "details", id_, details)
    return None if text is None else msgspec.convert({**msgspec.json.decode(text), "id": id_}, Person, strict=False)
