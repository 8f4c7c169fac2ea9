"""Forms somebody has begun and not yet handed in, and whose a document is that was handed in with one.

A draft is its writer's own, holds what was typed and nothing that was decided, and is gone once the form is accepted. What was
typed, names of files included, lies sealed (`sealed.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from msgspec import Struct, json
from sqlalchemy import ColumnElement, Connection, and_, delete, select, update

from . import sealed
from .database import Database
from .errors import Conflict
from .tables import METADATA

_DRAFT, _HANDED = METADATA.tables["draft"], METADATA.tables["handed_in"]

Fields = list[tuple[str, str]]
"""What was typed: each field with its value, in the form's order."""


class Draft(Struct, frozen=True):
    """A form as it was left, and when."""

    fields: Fields
    at: datetime


def keep(database: Database, account: str, form: str, fields: Fields, now: datetime) -> None:
    """Let this be what the account has typed into the form so far."""
    with database.writing() as connection:
        _put(database, connection, account, form, fields, now)


def keep_over(
    database: Database, account: str, form: str, fields: Fields, now: datetime, seen: datetime | None
) -> bool:
    """The same, but only over the draft that was `seen` (None: there was none): whether it was kept.

    It is not where another window kept one since, or the form was handed in: neither is overwritten unasked.
    """
    with database.writing() as connection:
        at = connection.execute(select(_DRAFT.c.at).where(_of(account, form))).scalar_one_or_none()
        if (at and at.astimezone(UTC)) != seen:
            return False
        _put(database, connection, account, form, fields, now)
    return True


def find(database: Database, account: str, form: str) -> Draft | None:
    """What the account left in the form; None if nothing, or if the key it was sealed by is not here."""
    with database.reading() as connection:
        row = connection.execute(select(_DRAFT.c.fields, _DRAFT.c.at).where(_of(account, form))).one_or_none()
    if row is None:
        return None
    typed = sealed.opened(database, "draft", "fields", sealed.row_id(account, form), row[0])
    return None if typed is None else Draft(json.decode(typed, type=Fields), row[1].astimezone(UTC))


def drop(database: Database, account: str, form: str) -> None:
    """Forget what was typed."""
    with database.writing() as connection:
        connection.execute(delete(_DRAFT).where(_of(account, form)))


def hand_in(database: Database, account: str, sha256: str, name: str | None = None) -> None:
    """Put down that the account handed in this document, and what its file is called; the last name holds."""
    row = sealed.sealed(database, "handed_in", sealed.row_id(account, sha256), {"name": name})
    try:
        with database.writing() as connection:
            if connection.execute(select(_HANDED.c.sha256).where(_by(account, sha256))).one_or_none() is None:
                connection.execute(_HANDED.insert().values(account=account, sha256=sha256, **row))
            elif name is not None:
                connection.execute(update(_HANDED).where(_by(account, sha256)).values(row))
    except Conflict:  # the same account, twice at once
        pass


def handed_in(database: Database, account: str, sha256: str) -> bool:
    """Whether the account handed in this document: only then may it name it in a form."""
    with database.reading() as connection:
        return connection.execute(select(_HANDED).where(_by(account, sha256))).one_or_none() is not None


def handed_in_by(database: Database, digests: Iterable[str]) -> dict[tuple[str, str], str | None]:
    """Who handed in these documents: account and digest -> what its file is called, None where that cannot be read.

    One query, however many there are.
    """
    wanted = select(_HANDED.c.account, _HANDED.c.sha256, _HANDED.c.name).where(_HANDED.c.sha256.in_(list(digests)))
    with database.reading() as connection:
        rows = connection.execute(wanted).all()
    return {
        (account, sha256): sealed.opened(database, "handed_in", "name", sealed.row_id(account, sha256), name)
        for account, sha256, name in rows
    }


def _put(database: Database, connection: Connection, account: str, form: str, fields: Fields, now: datetime) -> None:
    typed = {"account": account, "form": form, "fields": json.encode(fields).decode(), "at": now}
    row = sealed.sealed(database, "draft", sealed.row_id(account, form), typed)
    connection.execute(delete(_DRAFT).where(_of(account, form)))
    connection.execute(_DRAFT.insert().values(row))


def _of(account: str, form: str) -> ColumnElement[bool]:
    return and_(_DRAFT.c.account == account, _DRAFT.c.form == form)


def _by(account: str, sha256: str) -> ColumnElement[bool]:
    return and_(_HANDED.c.account == account, _HANDED.c.sha256 == sha256)
