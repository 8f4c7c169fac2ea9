"""The checks of all tables beside the ledger, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from audit.defect import Defect, make_defect, sort_defects
from storage.database.database import Database

from . import documents, encrypted_columns, row_digests, schema, security_log, vault
from .findings import TableFindings

TableCheck = Callable[[Database], TableFindings]


SMALL_CHECKS: tuple[TableCheck, ...] = (
    schema.check_schema,
    security_log.check_security_log,
    row_digests.check_holidays,
    row_digests.check_contacts,
    row_digests.check_replay_reports,
    encrypted_columns.check_encrypted_columns,
)
"""Checks that are quick, however long the ledger is."""


def check_tables(database: Database, *, with_documents: bool = True) -> TableFindings:
    """Compare every table beside the ledger with it. Writes nothing.

    `with_documents`: read the bytes of every document too; the time grows with them. The vault's values are opened where the
    database was opened with its key.
    """
    return _all(
        database,
        *SMALL_CHECKS,
        vault.check_vault,
        documents.check_documents if with_documents else documents.skip_documents,
    )


def check_small_tables(database: Database) -> TableFindings:
    """The quick checks alone (`SMALL_CHECKS`)."""
    return _all(database, *SMALL_CHECKS)


def _all(database: Database, *checks: TableCheck) -> TableFindings:
    found = [_checked_twice(one, database) for one in checks]
    defects = (make_defect for one in found for make_defect in one.defects)
    return TableFindings(sort_defects(defects), tuple(text for one in found for text in one.caveats))


def _checked_twice(one: TableCheck, database: Database) -> TableFindings:
    """The findings of one check, made twice."""
    # Others write meanwhile, and a table is read after the entries that say what its rows should be, so a row may be newer than what
    # was read. Only a defect that is found both times counts.
    try:
        first = one(database)
    except (
        ValueError,
        TypeError,
        LookupError,
        AttributeError,
    ) as error:  # a column of SQLite holds whatever was put there
        table = one.__module__.rpartition(".")[2]
        return TableFindings((make_defect("table_unreadable", None, None, table=table, why=type(error).__name__),))
    if not first.defects:
        return first
    again = one(database)
    return TableFindings(_both(first.defects, again.defects), again.caveats)


def _both(first: Iterable[Defect], again: Iterable[Defect]) -> tuple[Defect, ...]:
    before = set(first)
    return tuple(make_defect for make_defect in again if make_defect in before)
