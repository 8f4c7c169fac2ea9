"""台账记录: every entry as a sentence, found by what it says; one entry to the byte; what was tampered with is marked."""

from __future__ import annotations

from datetime import date, timedelta

from states.records.account import ADMINISTRATORS
from tests.audit.test_sealing import tamper

from .auditors import move_deadline, words
from .web import PEOPLE, Console


def test_an_entry_says_who_did_what_and_leads_to_the_assessment_as_it_was_then(college: Console) -> None:
    number = move_deadline(college, "u-1", date(2026, 11, 28))
    page = college.sign_in("audit_admin").get("/audit").text
    total = college.engine.ledger.head().number
    assert f'href="/audit/assessments/2026/u-1?as_of={number}"' in page
    said = words(page)
    assert "调整期限 · 样例·office（" in said
    assert "理由：会议改期" in said
    assert "期限：2026-11-28" in said
    assert f"台账共 {total} 条" in said


def test_every_kind_of_entry_there_is_can_be_read(college: Console) -> None:
    """Roster, year, assessments, accounts and refusals: none is left as a name of a class."""
    college.sign_in("discipline").post("/accounts", data={})
    for language, unread in (("zh", "无法解读"), ("en", "cannot be read")):
        page = college.sign_in("audit_admin", language).get("/audit").text
        assert unread not in page
        assert "UnitRegistered" not in page


def test_entries_are_found_by_kind_account_unit_stream_and_moment(college: Console) -> None:
    number = move_deadline(college, "u-1", date(2026, 11, 28))
    client = college.sign_in("committee")

    def shown(query: str) -> int:
        return client.get(f"/audit?{query}").text.count('<li id="e')

    assert shown("group=accounts&actor=operator") == 2 * len(PEOPLE) + len(ADMINISTRATORS)
    assert shown("unit=u-1") == 2
    assert shown("unit=u-1&group=steps&year=2026") == 2
    assert shown("unit=u-1&year=2025") == 0
    assert shown("stream=assessment/2026/u-2") == 1
    assert shown("stream=roster&upto=1") == 1
    assert shown(f"upto={number}") == min(number, 50)
    assert shown("upto=2026-11-01") == 0
    assert shown("upto=2026-11-02&stream=assessment/2026/u-1") == 2


def test_a_moment_that_is_none_is_told_so(college: Console) -> None:
    answer = college.sign_in("audit_admin").get("/audit?upto=gestern")
    assert answer.status_code == 409
    assert "不是记录编号，也不是日期或时间" in answer.text


def test_a_clock_that_ran_behind_is_marked(college: Console) -> None:
    college.clock.at -= timedelta(seconds=90)
    move_deadline(college, "u-1", date(2026, 11, 28))
    assert "当时服务器时钟慢 90 秒" in college.sign_in("audit_admin").get("/audit").text


def test_a_body_that_was_changed_is_marked_where_it_stands(college: Console) -> None:
    number = move_deadline(college, "u-1", date(2026, 11, 28))
    client = college.sign_in("audit_admin")
    page = client.get(f"/audit/entries/{number}").text
    assert "重算摘要与所存一致" in page
    assert "所记前条摘要与前一条一致" in page
    assert "尚未封存" in page
    tamper(
        college.database, f"UPDATE entry SET body = replace(body, '2026-11-28', '2026-12-01') WHERE number = {number}"
    )
    assert "正文与所存摘要或索引不符" in client.get("/audit").text
    assert "重算摘要与所存不符" in client.get(f"/audit/entries/{number}").text


def test_an_entry_nobody_can_read_hides_no_other(college: Console) -> None:
    number = move_deadline(college, "u-1", date(2026, 11, 28))
    tamper(college.database, f"UPDATE entry SET body = 'rubbish' WHERE number = {number - 1}")
    page = college.sign_in("audit_admin").get("/audit").text
    assert f'id="e{number - 1}"' in page
    assert "正文与所存摘要或索引不符" in page
    assert "会议改期" in page
    assert college.sign_in("audit_admin").get(f"/audit/entries/{number - 1}").status_code == 200
