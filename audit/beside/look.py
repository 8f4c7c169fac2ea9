"""Every table beside the ledger is checked, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from audit.report import Defect, in_order
from storage.database.database import Database

from . import documents, guards, personal, registers, security_log, values
from .found import Beside
from .sentences import defect

Look = Callable[[Database], Beside]


SMALL: tuple[Look, ...] = (
    guards.look,
    security_log.look,
    registers.look_at_holidays,
    registers.look_at_contacts,
    registers.look_at_reports,
    personal.look,
)
"""Checks that are quick, however long the ledger is."""


def look(database: Database, *, with_documents: bool = True) -> Beside:
    """Hold every table beside the ledger against it. Writes nothing.

    `with_documents`: read the bytes of every document too; the time grows with them. The vault's values are opened where the
    database was opened with its key.
    """
    return _all(database, *SMALL, values.look, documents.look if with_documents else documents.leave_out)


def glance(database: Database) -> Beside:
    """The same for `SMALL` tables alone, which is quick enough to ask often."""
    return _all(database, *SMALL)


def _all(database: Database, *looks: Look) -> Beside:
    found = [_twice(one, database) for one in looks]
    defects = (defect for one in found for defect in one.defects)
    return Beside(in_order(defects), tuple(text for one in found for text in one.unvouched))


def _twice(one: Look, database: Database) -> Beside:
    """Others write meanwhile, and the table is read after the entries. So only a defect that is found twice counts."""
    try:
        first = one(database)
    except (ValueError, TypeError, LookupError, AttributeError) as error:  # SQLite holds whatever it was given
        table = one.__module__.rpartition(".")[2]
        return Beside((defect("table_unreadable", None, None, table=table, why=type(error).__name__),))
    if not first.defects:
        return first
    again = one(database)
    return Beside(_both(first.defects, again.defects), again.unvouched)


def _both(first: Iterable[Defect], again: Iterable[Defect]) -> tuple[Defect, ...]:
    before = set(first)
    return tuple(defect for defect in again if defect in before)
