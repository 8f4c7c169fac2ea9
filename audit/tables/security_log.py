"""Checks the security log: its own hash chain, and the entries that record its length and last digest."""

from __future__ import annotations

from collections.abc import Sequence

from audit.defect import Defect, make_defect
from states.custody.tables import SECURITY_LOG, SecurityLogNoted
from states.streams import table_stream
from states.vocabulary import Text
from storage.database.database import Database
from storage.sign_in import security_log
from storage.sign_in.security_log import SecurityLogExtent

from . import table_facts
from .findings import TableFindings

STREAM = table_stream(SECURITY_LOG)


def check_security_log(database: Database) -> TableFindings:
    """Find every break of the chain, every entry that the log contradicts, and old lines deleted without an entry.

    Lines after the last such entry could be rewritten unnoticed; a caveat says how many there are.
    """
    facts = table_facts.security_log_facts(database)  # Read before the log, which only grows.
    extent = security_log.extent(database)
    if extent is None:
        return TableFindings((make_defect("log_head", None, None),))
    digests, defects = _check_chain(database, extent)
    for number, fact in facts:
        absent = fact.digest if fact.number == 0 else ""  # A fact about an empty log names no line to compare.
        if fact.number > extent.number:
            defects.append(make_defect("log_shorter", number, STREAM, noted=fact.number, last=extent.number))
        elif fact.number >= extent.first and digests.get(fact.number, absent) != fact.digest:
            defects.append(make_defect("log_rewritten", number, STREAM, line=fact.number))
    defects += _check_beginning(facts, extent)
    last = facts[-1][1].number if facts else 0
    return TableFindings(tuple(defects), (_unrecorded_caveat(extent.number - last),) if extent.number > last else ())


def _check_beginning(facts: Sequence[tuple[int, SecurityLogNoted]], extent: SecurityLogExtent) -> list[Defect]:
    """Check that only those old lines were deleted whose deletion the last entry about the log records."""
    allowed, before = (facts[-1][1].first, facts[-1][1].before) if facts else (1, extent.before)
    if extent.first > allowed:
        return [make_defect("log_cut", None, STREAM, first=extent.first, allowed=allowed)]
    if extent.first == allowed and extent.before != before:
        return [make_defect("log_rewritten", facts[-1][0], STREAM, line=extent.first - 1)]
    return []


def _check_chain(database: Database, extent: SecurityLogExtent) -> tuple[dict[int, str], list[Defect]]:
    """The digests of the lines by number, and the breaks of the chain."""
    digests: dict[int, str] = {}
    defects = []
    number, previous = extent.first - 1, extent.before
    for row in security_log.all_lines(database):
        if row.id is None or row.id > extent.number:
            break  # The line was written after the extent was read.
        if row.id <= number:  # The line is before the first one.
            defects.append(make_defect("log_changed", None, STREAM, line=row.id))
            continue
        if row.id > number + 1:
            defects.append(make_defect("log_missing", None, STREAM, first=number + 1, last=row.id - 1))
        elif security_log.digest_of(previous, row) != row.digest:
            defects.append(make_defect("log_changed", None, STREAM, line=row.id))
        number, previous = row.id, row.digest
        digests[number] = previous
    if number < extent.number:
        defects.append(make_defect("log_missing", None, STREAM, first=number + 1, last=extent.number))
    elif previous != extent.digest:
        defects.append(make_defect("log_changed", None, STREAM, line=number))
    return digests, defects


def _unrecorded_caveat(count: int) -> Text:
    return Text(
        zh=f"安全日志最后 {count} 行尚未登记入台账：连同其链整体改写，无从证明。",
        en=(
            f"The last {count} lines of the security log are not yet recorded in the ledger: if they were rewritten "
            f"together with their chain, it would not show."
        ),
    )
