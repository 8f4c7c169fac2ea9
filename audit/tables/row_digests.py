"""Checks the tables whose rows the ledger records one by one, by digest: working days, contacts, people, comments, reports.

Each row must have the digest that the last entry about it records, and there must be no other row.
"""

from __future__ import annotations

from collections.abc import Mapping

from audit.defect import Defect, make_defect
from states.custody.tables import COMMENT, CONTACT, HOLIDAYS, PERSON, VERIFICATION
from states.streams import table_stream
from states.vocabulary import Text
from storage import holidays, people, replay_jobs
from storage.database.database import Database
from storage.papers import comments
from storage.post import contacts
from storage.vault import encrypted_columns

from . import table_facts
from .findings import TableFindings

TABLE_TITLES: Mapping[str, Text] = {
    HOLIDAYS: Text(zh="放假安排", en="working-day table"),
    CONTACT: Text(zh="联系人", en="contact"),
    PERSON: Text(zh="人员", en="person"),
    COMMENT: Text(zh="意见", en="comment"),
    VERIFICATION: Text(zh="核验报告", en="replay report"),
}


def check_holidays(database: Database) -> TableFindings:
    """Compare the tables of working days. The key is the year."""
    expected = table_facts.expected_rows(database, HOLIDAYS)
    stored = {str(year): holidays.digest_of(source) for year, source in holidays.tables(database).items()}
    return TableFindings(tuple(compare_rows(HOLIDAYS, expected, stored)))


def check_contacts(database: Database) -> TableFindings:
    """Compare the contacts. The key is the account. A caveat says that no entry records their addresses."""
    expected = table_facts.expected_rows(database, CONTACT)
    stored = contacts.digests(database)
    with database.reading() as connection:
        has_key = bool(encrypted_columns.count_by_key(connection).keys() - {""})
    caveat = _ADDRESSES_NOT_RECORDED if has_key else _ADDRESSES_NOT_ENCRYPTED
    return TableFindings(tuple(compare_rows(CONTACT, expected, stored)), (caveat,) if stored else ())


def check_people(database: Database) -> TableFindings:
    """Compare the people. The key is the person. A caveat says that no entry records what is known of them."""
    expected = table_facts.expected_rows(database, PERSON)
    stored = people.digests(database)
    caveats = (_DETAILS_NOT_RECORDED,) if stored else ()
    return TableFindings(tuple(compare_rows(PERSON, expected, stored)), caveats)


def check_comments(database: Database) -> TableFindings:
    """Compare the comments on assessments. The key is the id. A caveat says that no entry records their texts."""
    expected = table_facts.expected_rows(database, COMMENT)
    stored = comments.digests(database)
    caveats = (_COMMENTS_NOT_RECORDED,) if stored else ()
    return TableFindings(tuple(compare_rows(COMMENT, expected, stored)), caveats)


def check_replay_reports(database: Database) -> TableFindings:
    """Compare the reports of replays that were started on a page. The key is their number."""
    expected = table_facts.expected_rows(database, VERIFICATION)
    stored = {str(number): digest for number, digest in replay_jobs.answer_digests(database).items()}
    return TableFindings(tuple(compare_rows(VERIFICATION, expected, stored)))


_ADDRESSES_NOT_RECORDED = Text(
    zh="联系人的邮箱不入台账，由保密库密钥保护：换回同一人的旧邮箱，无从发现。",
    en=(
        "A contact's address is in no entry. The vault's key guards it, but if an older address of the same person "
        "was put back, it would not show."
    ),
)

_DETAILS_NOT_RECORDED = Text(
    zh="人员的姓名等不入台账，由保密库密钥保护：换回同一人的旧内容，无从发现。",
    en=(
        "What is known of a person is in no entry. The vault's key guards it, but if an older text about the same "
        "person was put back, it would not show."
    ),
)

_COMMENTS_NOT_RECORDED = Text(
    zh="意见的文字不入台账，由保密库密钥保护：台账只登记每条意见的作者、时间和是否撤回。",
    en=(
        "The text of a comment is in no entry; the vault's key guards it. The ledger records of each comment its "
        "author, its time, and whether it was withdrawn."
    ),
)

_ADDRESSES_NOT_ENCRYPTED = Text(
    zh="联系人的邮箱不入台账，又未设保密库密钥：邮箱换成别的，无从发现。请设置 KAOHE_VAULT_KEY。",
    en=(
        "A contact's address is in no entry and no vault key guards it: if it was replaced by another, it would not "
        "show. Set KAOHE_VAULT_KEY."
    ),
)


def compare_rows(table: str, expected: table_facts.ExpectedRows, stored: Mapping[str, str]) -> list[Defect]:
    """The differences between the rows that the ledger records and the rows `stored` in the table (digest by key)."""
    stream, title = table_stream(table), TABLE_TITLES[table]
    defects = []
    for key, (digest, number) in expected.items():
        if key not in stored:
            defects.append(make_defect("row_missing", number, stream, table=title, key=key))
        elif stored[key] != digest:
            defects.append(make_defect("row_changed", number, stream, table=title, key=key))
    surplus = (key for key in stored if key not in expected)
    return defects + [make_defect("row_surplus", None, stream, table=title, key=key) for key in surplus]
