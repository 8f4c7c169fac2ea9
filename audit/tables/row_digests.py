"""Tables whose rows the ledger records one by one, by digest: working days, contacts, replay reports.

Each row must be as the last entry about it says, and no other row may be there.
"""

from __future__ import annotations

from collections.abc import Mapping

from audit.defect import Defect, make_defect
from states.custody.tables import CONTACT, HOLIDAYS, VERIFICATION
from states.streams import table_stream
from states.vocabulary import Text
from storage import holidays, replay_jobs
from storage.database.database import Database
from storage.post import contacts
from storage.vault import encrypted_columns

from . import table_facts
from .findings import TableFindings

TITLES: Mapping[str, Text] = {
    HOLIDAYS: Text(zh="放假安排", en="working-day table"),
    CONTACT: Text(zh="联系人", en="contact"),
    VERIFICATION: Text(zh="核验报告", en="replay report"),
}


def check_holidays(database: Database) -> TableFindings:
    """The working-day tables, by year."""
    known = table_facts.expected_rows(database, HOLIDAYS)
    there = {str(year): holidays.digest_of(source) for year, source in holidays.tables(database).items()}
    return TableFindings(tuple(compare_rows(HOLIDAYS, known, there)))


def check_contacts(database: Database) -> TableFindings:
    """The contacts, by account. Their addresses are in no entry, and that is said."""
    known = table_facts.expected_rows(database, CONTACT)
    there = contacts.digests(database)
    with database.reading() as connection:
        has_key = bool(encrypted_columns.count_by_key(connection).keys() - {""})
    addresses = _ADDRESSES if has_key else _PLAIN_ADDRESSES
    return TableFindings(tuple(compare_rows(CONTACT, known, there)), (addresses,) if there else ())


def check_replay_reports(database: Database) -> TableFindings:
    """The reports of replays that were started on a page, by number."""
    known = table_facts.expected_rows(database, VERIFICATION)
    there = {str(number): digest for number, digest in replay_jobs.answer_digests(database).items()}
    return TableFindings(tuple(compare_rows(VERIFICATION, known, there)))


_ADDRESSES = Text(
    zh="联系人的邮箱不入台账，由保密库密钥保护：换回同一人的旧邮箱，无从发现。",
    en="A contact's address is in no entry. The vault's key guards it, but if an older address of the same person was put back, it would not show.",
)

_PLAIN_ADDRESSES = Text(
    zh="联系人的邮箱不入台账，又未设保密库密钥：邮箱换成别的，无从发现。请设置 KAOHE_VAULT_KEY。",
    en="A contact's address is in no entry and no vault key guards it: if it was replaced by another, it would not show. Set KAOHE_VAULT_KEY.",
)


def compare_rows(table: str, known: table_facts.ExpectedRows, there: Mapping[str, str]) -> list[Defect]:
    """The differences between the rows in the table (digest by key) and those the ledger records."""
    stream, title = table_stream(table), TITLES[table]
    found = []
    for key, (digest, number) in known.items():
        if key not in there:
            found.append(make_defect("row_missing", number, stream, table=title, key=key))
        elif there[key] != digest:
            found.append(make_defect("row_changed", number, stream, table=title, key=key))
    found += [make_defect("row_surplus", None, stream, table=title, key=key) for key in there if key not in known]
    return found
