"""Makes the checks of all tables beside the ledger, or only the quick ones. A check that finds defects is repeated."""

from __future__ import annotations

from collections.abc import Callable

from audit.defect import make_defect, sort_defects
from storage.database.database import Database

from . import documents, encrypted_columns, row_digests, schema, security_log, vault
from .findings import TableFindings

TableCheck = Callable[[Database], TableFindings]


SMALL_CHECKS: tuple[TableCheck, ...] = (
    schema.check_schema,
    security_log.check_security_log,
    row_digests.check_holidays,
    row_digests.check_contacts,
    row_digests.check_people,
    row_digests.check_comments,
    row_digests.check_replay_reports,
    encrypted_columns.check_encrypted_columns,
)
"""The checks that are quick, however long the ledger is."""


def check_tables(database: Database, *, with_documents: bool = True) -> TableFindings:
    """Make every check: the schema, the encrypted columns, and each table beside the ledger. Writes nothing.

    `with_documents`: also read the bytes of every document, which takes as long as there are bytes. Values of the vault
    are decrypted only if the database has its key.
    """
    return _run(
        database,
        *SMALL_CHECKS,
        vault.check_vault,
        documents.check_documents if with_documents else documents.skip_documents,
    )


def check_small_tables(database: Database) -> TableFindings:
    """Make only the quick checks (`SMALL_CHECKS`)."""
    return _run(database, *SMALL_CHECKS)


def _run(database: Database, *checks: TableCheck) -> TableFindings:
    all_findings = [_check_twice(check, database) for check in checks]
    defects = (defect for findings in all_findings for defect in findings.defects)
    caveats = (caveat for findings in all_findings for caveat in findings.caveats)
    return TableFindings(sort_defects(defects), tuple(caveats))


_UNREADABLE = (ValueError, TypeError, LookupError)
"""What a check raises on a value that this system did not write. SQLite does not enforce the types of columns."""


def _check_twice(check: TableCheck, database: Database) -> TableFindings:
    """Make one check and, if it finds defects, make it again. Only the defects of both times count."""
    # The table may be written to during the check. It is read after the entries that record its rows, so a row may be
    # newer than the entries that were read, and looks wrong once.
    try:
        first = check(database)
    except _UNREADABLE as error:
        table = check.__module__.rpartition(".")[2]
        return TableFindings((make_defect("table_unreadable", None, None, table=table, why=type(error).__name__),))
    if not first.defects:
        return first
    second = check(database)
    first_defects = set(first.defects)
    return TableFindings(tuple(defect for defect in second.defects if defect in first_defects), second.caveats)
