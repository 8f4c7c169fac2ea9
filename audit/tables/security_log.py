"""The security log: its own hash chain, and the entries that record its length and last digest."""

from __future__ import annotations

from collections.abc import Iterator

from audit.defect import Defect, make_defect
from states.custody.tables import SECURITY_LOG
from states.streams import table_stream
from states.vocabulary import Text
from storage.database.database import Database
from storage.sign_in import security_log
from storage.sign_in.security_log import SecurityLogExtent

from . import table_facts
from .findings import TableFindings

STREAM = table_stream(SECURITY_LOG)


def check_security_log(database: Database) -> TableFindings:
    """Every break of the chain, and every entry that the log contradicts. Lines after the last entry about it could be rewritten."""
    notes = table_facts.security_log_facts(database)  # read before the log, which only grows
    there = security_log.extent(database)
    if there is None:
        return TableFindings((make_defect("log_head", None, None),))
    lines, broken = _chain(database, there)
    defects = [*broken]
    for number, note in notes:
        if note.number > there.number:
            defects.append(make_defect("log_shorter", number, STREAM, noted=note.number, last=there.number))
        elif (
            note.number >= there.first
            and lines.get(note.number, note.digest if note.number == 0 else "") != note.digest
        ):
            defects.append(make_defect("log_rewritten", number, STREAM, line=note.number))
    allowed, before = (notes[-1][1].first, notes[-1][1].before) if notes else (1, there.before)
    if there.first > allowed:
        defects.append(make_defect("log_cut", None, STREAM, first=there.first, allowed=allowed))
    elif there.first == allowed and there.before != before:
        defects.append(make_defect("log_rewritten", notes[-1][0], STREAM, line=there.first - 1))
    last = notes[-1][1].number if notes else 0
    return TableFindings(tuple(defects), (_unnoted(there.number - last),) if there.number > last else ())


def _chain(database: Database, there: SecurityLogExtent) -> tuple[dict[int, str], list[Defect]]:
    """The digests of the lines, and where the chain breaks."""
    digests: dict[int, str] = {}
    broken = list(_breaks(database, there, digests))
    return digests, broken


def _breaks(database: Database, there: SecurityLogExtent, digests: dict[int, str]) -> Iterator[Defect]:
    number, link = there.first - 1, there.before
    for row in security_log.all_lines(database):
        if row.id is None or row.id > there.number:
            break  # written since
        if row.id <= number:  # before the first line
            yield make_defect("log_changed", None, STREAM, line=row.id)
            continue
        if row.id > number + 1:
            yield make_defect("log_missing", None, STREAM, first=number + 1, last=row.id - 1)
        elif security_log.digest_of(link, row) != row.digest:
            yield make_defect("log_changed", None, STREAM, line=row.id)
        number, link = row.id, row.digest
        digests[number] = link
    if number < there.number:
        yield make_defect("log_missing", None, STREAM, first=number + 1, last=there.number)
    elif link != there.digest:
        yield make_defect("log_changed", None, STREAM, line=number)


def _unnoted(count: int) -> Text:
    return Text(
        zh=f"安全日志最后 {count} 行尚未登记入台账：连同其链整体改写，无从证明。",
        en=f"The last {count} lines of the security log are not yet recorded in the ledger: if they were rewritten together with their chain, it would not show.",
    )
